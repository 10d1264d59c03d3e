/** A small file that becomes a large one is refused early, by size, ratio and time; honest files of a high ratio are not. */
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { AppError } from '../../../src/core/errors.ts';
import type { Compression } from '../../../src/formats/format.ts';
import { sniffSource } from '../../../src/formats/sniff/sniff-source.ts';
import { decompress } from '../../../src/formats/source/decompress.ts';
import {
  DEFAULT_DECOMPRESSION_LIMITS,
  type DecompressionLimits,
} from '../../../src/formats/source/decompression-limits.ts';
import { openSeekableSource } from '../../../src/formats/source/open-seekable-source.ts';
import { temporaryFolder } from './temporary-folder.ts';

const MIB = 1024 * 1024;
const LIMITS: DecompressionLimits = { ...DEFAULT_DECOMPRESSION_LIMITS, allowanceBytes: MIB };
const LINE = Buffer.alloc(8 * MIB, 'x');
const BAD_RECORDS = Buffer.alloc(8 * MIB, '1,"\n');

const repeated = (piece: Buffer, count: number) => Buffer.concat(Array.from({ length: count }, () => piece));

async function spool(
  folder: string,
  bytes: Buffer,
  compression: Compression,
  more: { limits?: DecompressionLimits; signal?: AbortSignal; onProgress?: () => void } = {},
): Promise<number> {
  const path = join(folder, 'source');
  await writeFile(path, bytes);
  const { limits = LIMITS, ...options } = more;
  const source = await openSeekableSource({
    path,
    dialect: { compression, encoding: 'utf-8' },
    hash: 'abc',
    spoolDir: join(folder, 'spool'),
    decompression: limits,
    ...options,
  });
  await source.close();
  return source.sizeBytes;
}

const BOMBS: readonly (readonly [what: string, compression: Compression, bytes: Buffer])[] = [
  ['gzip of one endless line', 'gzip', gzipSync(LINE)],
  ['gzip of bad records', 'gzip', gzipSync(BAD_RECORDS)],
  ['gzip of many members', 'gzip', repeated(gzipSync(LINE.subarray(0, MIB)), 8)],
  ['gzip that begins like any other', 'gzip', Buffer.concat([gzipSync('id\n1\n'), gzipSync(LINE)])],
  ['zstd of one endless line', 'zstd', zstdCompressSync(LINE)],
  ['zstd of bad records', 'zstd', zstdCompressSync(BAD_RECORDS)],
  ['zstd of many frames', 'zstd', repeated(zstdCompressSync(LINE.subarray(0, MIB)), 8)],
  ['zstd of many small frames', 'zstd', repeated(zstdCompressSync(LINE.subarray(0, 100_000)), 80)],
];

for (const [what, compression, bytes] of BOMBS) {
  test(`${what}, ${bytes.length} bytes, is refused by its ratio, and leaves nothing`, async (context) => {
    const folder = await temporaryFolder(context);
    await assert.rejects(spool(folder, bytes, compression), ({ code, message, details }: AppError) => {
      assert.equal(code, 'format.limit_exceeded');
      assert.match(message, /limits\.decompressionRatio/);
      assert.match(message, /limits\.decompressionAllowanceBytes/);
      assert.deepEqual(details, {
        limit: 'limits.decompressionRatio',
        maximum: Math.max(MIB, 250 * bytes.length),
      });
      return true;
    });
    assert.deepEqual(await readdir(join(folder, 'spool')), []);
  });
}

/** What people send: measured, at the default limits. Ratios are those of the names, about. */
const HONEST: readonly (readonly [what: string, bytes: Buffer])[] = [
  ['a row and its number', numbered(',active,Vienna,2026-01-01,EUR,0', 300_000)],
  ['long texts that are all the same', numbered(`,${'abcdefghij'.repeat(20)}`, 60_000)],
  ['columns that are nearly all empty', numbered(','.repeat(1500), 10_000)],
  ['the same row, again and again', Buffer.from('2,two\n'.repeat(3_000_000))],
];

function numbered(rest: string, count: number): Buffer {
  return Buffer.from(Array.from({ length: count }, (_, id) => `${id}${rest}\n`).join(''));
}

for (const [what, bytes] of HONEST) {
  test(`an honest file passes at the default limits: ${what}`, async (context) => {
    for (const [compression, packed] of [
      ['gzip', gzipSync(bytes)],
      ['zstd', zstdCompressSync(bytes)],
    ] as const) {
      context.diagnostic(`${compression} ${Math.round(bytes.length / packed.length)}:1`);
      const folder = await temporaryFolder(context);
      assert.equal(
        await spool(folder, packed, compression, { limits: DEFAULT_DECOMPRESSION_LIMITS }),
        bytes.length,
      );
    }
  });
}

test('beyond the allowance a file passes up to exactly its ratio', async (context) => {
  const bytes = gzipSync(LINE);
  const ratio = LINE.length / bytes.length;
  const at = (maxRatio: number) => ({ limits: { ...LIMITS, maxRatio } });
  assert.equal(await spool(await temporaryFolder(context), bytes, 'gzip', at(Math.ceil(ratio))), LINE.length);
  await assert.rejects(spool(await temporaryFolder(context), bytes, 'gzip', at(Math.floor(ratio))), {
    code: 'format.limit_exceeded',
  });
});

test('what takes too long is refused and says so, also where nothing comes of it', async (context) => {
  const limits = { ...DEFAULT_DECOMPRESSION_LIMITS, maxSeconds: 0 };
  const empty = gzipSync('');
  for (const bytes of [gzipSync('id\n1\n'), repeated(empty, 1000)]) {
    const folder = await temporaryFolder(context);
    await assert.rejects(
      spool(folder, bytes, 'gzip', { limits }),
      /after 0 seconds \(limit: limits\.decompressionSeconds\)/,
    );
    assert.deepEqual(await readdir(join(folder, 'spool')), []);
  }
});

test('a stop counts in the middle of one piece of the file, of which 64 KiB may become a gigabyte', async (context) => {
  const bytes = zstdCompressSync(Buffer.alloc(64 * MIB));
  assert.ok(bytes.length < 64 * 1024);
  const folder = await temporaryFolder(context);
  const abort = new AbortController();
  // The piece is read to its end, so this comes only once, before most of it is decompressed.
  const stop = () => abort.abort(new Error('stopped'));
  await assert.rejects(
    spool(folder, bytes, 'zstd', {
      limits: DEFAULT_DECOMPRESSION_LIMITS,
      signal: abort.signal,
      onProgress: stop,
    }),
    /stopped/,
  );
  assert.deepEqual(await readdir(join(folder, 'spool')), []);
});

const NOTHING: readonly (readonly [what: string, compression: 'gzip' | 'zstd', piece: Buffer])[] = [
  ['members of gzip', 'gzip', gzipSync('')],
  ['frames of zstd', 'zstd', zstdCompressSync(Buffer.alloc(0))],
  ['skippable frames of zstd', 'zstd', Buffer.from('502a4d1800000000', 'hex')],
];

for (const [what, compression, piece] of NOTHING) {
  test(`empty ${what} are read without hurry or harm: others get their turn, and no end is no end`, async () => {
    let pieces = 0;
    async function* endless(): AsyncIterable<Uint8Array> {
      // Large frames of nothing are as endless, and take less time to tell.
      const large = compression === 'gzip' ? repeated(piece, 3000) : skippable(64 * 1024);
      yield repeated(piece, 1000);
      for (;;) {
        pieces += 1;
        yield large;
      }
    }
    let turns = 0;
    const turn = setInterval(() => (turns += 1), 1);
    await assert.rejects(drain(decompress(endless(), compression)), {
      code: 'source.unreadable',
      message: /consecutive bytes that decompress to nothing/,
    });
    clearInterval(turn);
    assert.ok(pieces <= 80, `${pieces} pieces were read`);
    assert.ok(turns > 0);
  });

  test(`empty ${what} between others are nothing`, async (context) => {
    const packed = compression === 'gzip' ? gzipSync('id\n1\n') : zstdCompressSync(Buffer.from('id\n1\n'));
    const bytes = Buffer.concat([repeated(piece, 500), packed, repeated(piece, 500)]);
    const folder = await temporaryFolder(context);
    assert.equal(await spool(folder, bytes, compression), 5);
  });
}

test('what a file is, is found out without reading nothing to its end', async (context) => {
  const path = join(await temporaryFolder(context), 'source');
  await writeFile(path, repeated(skippable(64 * 1024), 100));
  await assert.rejects(sniffSource(path), { code: 'source.unreadable' });
});

function skippable(bytes: number): Buffer {
  const frame = Buffer.alloc(bytes);
  frame.writeUInt32LE(0x184d2a50, 0);
  frame.writeUInt32LE(bytes - 8, 4);
  return frame;
}

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of bytes);
}
