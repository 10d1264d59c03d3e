/** Archives from others are judged before they are read. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import {
  DEFAULT_DECOMPRESSION_LIMITS,
  type DecompressionLimits,
} from '../../../src/formats/source/decompression-limits.ts';
import { openZipFiles, type ZipFiles, type ZipLimits } from '../../../src/formats/zip/zip-files.ts';
import { zipOf } from '../../support/zip.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-zip-'));
after(() => rmSync(folder, { recursive: true }));

const PLENTY: ZipLimits = { decompression: DEFAULT_DECOMPRESSION_LIMITS, maxFiles: 1000 };

const allowing = (limits: Partial<DecompressionLimits>) => ({
  decompression: { ...DEFAULT_DECOMPRESSION_LIMITS, ...limits },
});

function open(bytes: Buffer, limits: Partial<ZipLimits> = {}) {
  const path = join(folder, 'archive.zip');
  writeFileSync(path, bytes);
  return openZipFiles(path, { ...PLENTY, ...limits });
}

async function textOf(files: ZipFiles, name: string): Promise<string> {
  const bytes = await files.open(name);
  assert.ok(bytes, name);
  return text(bytes);
}

/** The archive with a name in place of another one of the same length. */
function renamed(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
}

test('files are opened by name, stored or deflated, more than once', async () => {
  for (const compress of [true, false]) {
    const files = await open(
      await zipOf({ 'a/b.txt': 'hello', 'a/ü.txt': 'x'.repeat(100_000) }, { compress }),
    );
    for (const _ of [1, 2]) {
      assert.equal(await textOf(files, 'a/b.txt'), 'hello');
      assert.equal((await textOf(files, 'a/ü.txt')).length, 100_000);
    }
    assert.equal(await files.open('a/c.txt'), undefined);
    assert.equal(await files.open('a/'), undefined);
    files.close();
  }
});

test('names that lead out of the archive are refused', async () => {
  const bytes = await zipOf({ 'aa/bb.txt': 'x' });
  for (const name of ['../bb.txt', '/a/bb.txt', 'c:/bb.txt', 'a\\..\\.\\b']) {
    await assert.rejects(open(renamed(bytes, 'aa/bb.txt', name)), { code: 'source.unreadable' }, name);
  }
});

test('links, encrypted files and two files of one name are refused', async () => {
  await assert.rejects(open(await zipOf({ link: '/etc/passwd' }, { mode: 0o120777 })), /symbolic link/);
  const twice = renamed(await zipOf({ 'a.txt': 'x', 'b.txt': 'y' }), 'b.txt', 'a.txt');
  await assert.rejects(open(twice), /"a\.txt" twice/);
  const encrypted = await zipOf({ 'a.txt': 'x'.repeat(100) });
  const entry = encrypted.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
  encrypted.writeUInt16LE(encrypted.readUInt16LE(entry + 8) | 1, entry + 8);
  await assert.rejects(open(encrypted), /encrypted/);
});

test('too many files, and too many bytes once decompressed, are refused before one is read', async () => {
  const bytes = await zipOf({ a: Buffer.alloc(6000), b: Buffer.alloc(6000) });
  assert.ok(bytes.length < 1000);
  const refused = { code: 'format.limit_exceeded' };
  await assert.rejects(open(bytes, { maxFiles: 1 }), refused);
  await assert.rejects(open(bytes, allowing({ maxBytes: 11_999 })), refused);
  (await open(bytes, { ...allowing({ maxBytes: 12_000 }), maxFiles: 2 })).close();
});

test('an archive is refused by its ratio before a file of it is read, beyond what any may have', async () => {
  const bytes = await zipOf({ a: Buffer.alloc(1_000_000), b: Buffer.alloc(1_000_000) });
  (await open(bytes)).close();
  await assert.rejects(open(bytes, allowing({ allowanceBytes: 1_999_999 })), {
    code: 'format.limit_exceeded',
    message: /^The ZIP archive is \d+ bytes and becomes more than 1999999 .*limits\.decompressionRatio/,
  });
  (await open(bytes, allowing({ allowanceBytes: 2_000_000 }))).close();
});

test('a file that is opened over and over counts each time', async () => {
  const bytes = await zipOf({ a: Buffer.alloc(1_000_000) });
  const files = await open(bytes, allowing({ allowanceBytes: 3_000_000 }));
  for (const _ of [1, 2, 3]) assert.equal((await textOf(files, 'a')).length, 1_000_000);
  await assert.rejects(textOf(files, 'a'), { code: 'format.limit_exceeded' });
  files.close();
});

test('a file that is larger than the directory says is not read to its end', async () => {
  const bytes = await zipOf({ bomb: Buffer.alloc(10_000_000) });
  const entry = bytes.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
  bytes.writeUInt32LE(10, entry + 24);
  const files = await open(bytes);
  await assert.rejects(textOf(files, 'bomb'), { code: 'source.unreadable' });
  files.close();
});

test('damage is seen: in the directory, in what is deflated, and by the checksum', async () => {
  const bytes = await zipOf({ 'a.txt': 'hello hello hello' }, { compress: false });
  await assert.rejects(open(bytes.subarray(0, bytes.length - 10)), { code: 'source.unreadable' });
  const flipped = await open(renamed(bytes, 'hello hello hello', 'hello hello jello'));
  await assert.rejects(textOf(flipped, 'a.txt'), /checksum/);
  flipped.close();
  const deflated = await zipOf({ 'a.txt': 'hello hello hello'.repeat(100) });
  deflated.fill(0xff, 40, 50);
  const broken = await open(deflated);
  await assert.rejects(textOf(broken, 'a.txt'), { code: 'source.unreadable' });
  broken.close();
});

test('a reader may leave in the middle', async () => {
  const files = await open(await zipOf({ a: Buffer.alloc(1_000_000) }));
  for await (const piece of (await files.open('a')) ?? []) {
    assert.ok(piece.byteLength > 0);
    break;
  }
  files.close();
});
