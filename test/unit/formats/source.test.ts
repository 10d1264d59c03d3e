import assert from 'node:assert/strict';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { isAppError } from '../../../src/core/errors.ts';
import { type CsvDialect, DEFAULT_READ_LIMITS, type SourceRecord } from '../../../src/formats/format.ts';
import { formatByName } from '../../../src/formats/formats.ts';
import { DEFAULT_DECOMPRESSION_LIMITS } from '../../../src/formats/source/decompression-limits.ts';
import { indexSource } from '../../../src/formats/source/index-source.ts';
import {
  openSeekableSource,
  type SeekableSourceOptions,
} from '../../../src/formats/source/open-seekable-source.ts';
import type { SeekableSource } from '../../../src/formats/source/seekable-source.ts';
import { CSV, createReader, readAll } from './reading.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** 2.6 MB: three frames of a spool. */
const TEXT = `id,name\n${Array.from({ length: 60_000 }, (_, i) => `${i},"Müller 🙂 ${i % 7 === 0 ? 'a\nb' : 'ab'} ${'x'.repeat(20)}"\n`).join('')}`;
const UTF8 = Buffer.from(TEXT);

const VARIANTS: Record<string, [bytes: () => Buffer, dialect: Partial<CsvDialect>]> = {
  plain: [() => UTF8, {}],
  gzip: [() => gzipSync(UTF8), { compression: 'gzip' }],
  'gzip of several members': [
    () => Buffer.concat([gzipSync(UTF8.subarray(0, 999)), gzipSync(UTF8.subarray(999))]),
    { compression: 'gzip' },
  ],
  zstd: [() => zstdCompressSync(UTF8), { compression: 'zstd' }],
  'zstd of several frames': [
    () =>
      Buffer.concat([
        zstdCompressSync(UTF8.subarray(0, 999)),
        Buffer.from('502a4d1803000000616263', 'hex'), // a skippable frame
        zstdCompressSync(Buffer.alloc(0)),
        zstdCompressSync(UTF8.subarray(999)),
      ]),
    { compression: 'zstd' },
  ],
  'utf-16le': [() => Buffer.from(TEXT, 'utf16le'), { encoding: 'utf-16le' }],
  'gzip of utf-16be': [
    () => gzipSync(Buffer.from(TEXT, 'utf16le').swap16()),
    { encoding: 'utf-16be', compression: 'gzip' },
  ],
};

describe('a seekable source', () => {
  for (const [name, [bytes, dialect]] of Object.entries(VARIANTS)) {
    it(`is the same bytes from any offset: ${name}`, async (test) => {
      const source = await openBytes(test, bytes(), dialect);
      test.after(() => source.close());
      assert.equal(source.sizeBytes, UTF8.length);
      for (const from of [0, 1, 1_048_575, 1_048_576, 2_000_000, UTF8.length - 1, UTF8.length]) {
        assert.ok((await collect(source.read(from))).equals(UTF8.subarray(from)), `from ${from}`);
      }
      for (const [start, end] of [
        [0, 10],
        [1_048_570, 1_048_580],
        [500, 2_200_000],
        [UTF8.length - 5, UTF8.length + 5],
      ] as const) {
        assert.ok(Buffer.from(await source.readRange(start, end)).equals(UTF8.subarray(start, end)));
      }
    });
  }

  it('builds its spool once, and anew when it is damaged', async (test) => {
    const folder = await temporaryFolder(test);
    let builds = 0;
    const options = await write(folder, gzipSync(UTF8), { compression: 'gzip' });
    const open = () =>
      openSeekableSource({ ...options, onProgress: (read, size) => (builds += Number(read === size)) });
    const spool = async () => join(options.spoolDir, (await readdir(options.spoolDir))[0] as string);
    await (await open()).close();
    await (await open()).close();
    assert.equal(builds, 1);
    await truncate(await spool(), 1000);
    await (await open()).close();
    assert.equal(builds, 2);

    const damaged = await readFile(await spool());
    damaged[500] = (damaged[500] as number) ^ 1;
    await writeFile(await spool(), damaged);
    const source = await open();
    await assert.rejects(
      collect(source.read(0)),
      (error) => isAppError(error, 'storage.corrupt') && error.isRetryable,
    );
    await source.close();
    await (await open()).close();
    assert.equal(builds, 3);
  });

  for (const [compression, compress] of [
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const) {
    it(`refuses ${compression} that was cut off or damaged, and leaves nothing behind`, async (test) => {
      const whole = compress(UTF8);
      for (const cut of [1, 5, 1000, Math.floor(whole.length / 2)]) {
        const options = await write(await temporaryFolder(test), whole.subarray(0, whole.length - cut), {
          compression,
        });
        await assert.rejects(openSeekableSource(options), (error) => isAppError(error, 'format.truncated'));
        assert.deepEqual(await readdir(options.spoolDir), []);
      }
      const damaged = Buffer.from(whole).fill(7, 2000, 2100);
      const options = await write(await temporaryFolder(test), damaged, { compression });
      await assert.rejects(openSeekableSource(options), (error) => isAppError(error, 'source.unreadable'));
    });
  }

  it('refuses more decompressed bytes than the limit, which it names', async (test) => {
    const options = await write(await temporaryFolder(test), gzipSync(UTF8), { compression: 'gzip' });
    await assert.rejects(
      openSeekableSource({
        ...options,
        decompression: { ...DEFAULT_DECOMPRESSION_LIMITS, maxBytes: 1_000_000 },
      }),
      (error) =>
        isAppError(error, 'format.limit_exceeded') && error.message.includes('limits.decompressedBytes'),
    );
  });

  it('lets the reader find broken UTF-16 at its record', async (test) => {
    const units = Buffer.from('a,b\n1,\ud83d\n2,\udc00x\n3,🙂\n4,y', 'utf16le');
    const source = await openBytes(test, Buffer.concat([units, Buffer.of(0x41)]), { encoding: 'utf-16le' });
    test.after(() => source.close());
    const dialect = { ...CSV, encoding: 'utf-16le' as const };
    const records = readAll(createReader(dialect), await collect(source.read(0)));
    assert.deepEqual(
      records.map((record) => record.problems?.[0]?.code),
      ['record.bad_encoding', 'record.bad_encoding', undefined, 'record.bad_encoding'],
    );
    assert.deepEqual(records[2]?.values, ['3', '🙂']);
  });

  it('says what is not there and what is a folder', async (test) => {
    const folder = await temporaryFolder(test);
    const options = { path: join(folder, 'no.csv'), dialect: CSV, hash: 'h', spoolDir: folder };
    await assert.rejects(openSeekableSource(options), (error) => isAppError(error, 'source.not_found'));
    await assert.rejects(openSeekableSource({ ...options, path: folder }), (error) =>
      isAppError(error, 'source.is_directory'),
    );
  });

  it('stops when it is aborted', async (test) => {
    const source = await openBytes(test, UTF8, {});
    test.after(() => source.close());
    const abort = new AbortController();
    let pieces = 0;
    const reading = (async () => {
      for await (const _ of source.read(0, abort.signal))
        if ((pieces += 1) === 2) abort.abort(new Error('enough'));
    })();
    await assert.rejects(reading, /enough/);
    assert.equal(pieces, 2);
    const options = await write(await temporaryFolder(test), gzipSync(UTF8), { compression: 'gzip' });
    await assert.rejects(
      openSeekableSource({ ...options, signal: AbortSignal.abort(new Error('enough')) }),
      /enough/,
    );
  });
});

describe('the index pass', () => {
  it('counts the records, and says where the first begins', async (test) => {
    const source = await openBytes(test, gzipSync(UTF8), { compression: 'gzip' });
    test.after(() => source.close());
    const seen: SourceRecord[] = [];
    const progress: number[] = [];
    const { header, ...index } = await indexSource({
      source,
      format: formatByName('csv'),
      dialect: CSV,
      limits: DEFAULT_READ_LIMITS,
      onRecord: (record) => seen.push(record),
      onProgress: (read, size) => progress.push(read / size),
    });
    assert.equal(index.records, 60_000);
    assert.equal(seen.length, 60_000);
    assert.equal(index.firstRecordByte, seen[0]?.startByte);
    assert.equal(progress.at(-1), 1);
    assert.equal(header?.startByte, 0);
  });

  it('says of a source without records what names it has', async (test) => {
    const source = await openBytes(test, Buffer.from('a,b\n'), {});
    test.after(() => source.close());
    const { header, ...index } = await indexSource({
      source,
      format: formatByName('csv'),
      dialect: CSV,
      limits: DEFAULT_READ_LIMITS,
    });
    assert.deepEqual(index, { records: 0, fields: ['a', 'b'] });
    assert.equal(header?.startByte, 0);
  });
});

type Test = Parameters<typeof temporaryFolder>[0];

async function write(
  folder: string,
  bytes: Buffer,
  dialect: Partial<CsvDialect>,
): Promise<SeekableSourceOptions> {
  const path = join(folder, 'source');
  await writeFile(path, bytes);
  return { path, dialect: { ...CSV, ...dialect }, hash: 'abc', spoolDir: join(folder, 'spool') };
}

async function openBytes(test: Test, bytes: Buffer, dialect: Partial<CsvDialect>): Promise<SeekableSource> {
  return await openSeekableSource(await write(await temporaryFolder(test), bytes, dialect));
}

async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) {
    assert.ok(piece.length <= 64 * 1024);
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces);
}
