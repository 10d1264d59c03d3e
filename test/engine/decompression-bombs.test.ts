/** Small files that become large ones: the job fails early and says why, and nothing is left of them but what was sent. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { DEFAULT_DECOMPRESSION_LIMITS } from '../../src/formats/source/decompression-limits.ts';
import { countsOf, createEngine, type Engine } from './harness.ts';

const MIB = 1024 * 1024;
const SETTINGS = { decompression: { ...DEFAULT_DECOMPRESSION_LIMITS, allowanceBytes: MIB } };
const HEADER = Buffer.from('id,name\n');

let engine: Engine;
before(async () => {
  engine = await createEngine();
  await engine.apply({
    name: 'things',
    key: ['id'],
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
  });
});
after(async () => {
  await engine.close();
  assert.deepEqual(engine.bugs, [], 'bugs came up');
});

/** Files below the data folder. */
async function filesLeft(): Promise<string[]> {
  const found = await readdir(engine.dataDir, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map(({ parentPath, name }) => `${parentPath}/${name}`);
}

const CONTENT = {
  'one endless line': Buffer.concat([HEADER, Buffer.alloc(8 * MIB, 'x')]),
  'bad records alone': Buffer.concat([HEADER, Buffer.alloc(8 * MIB, '1,"\n')]),
  'no record': Buffer.alloc(8 * MIB, '\n'),
};
const COMPRESSED = {
  gzip: (content: Buffer) => gzipSync(content),
  'gzip of several members': (content: Buffer) =>
    Buffer.concat([gzipSync(content.subarray(0, MIB)), gzipSync(content.subarray(MIB))]),
  zstd: (content: Buffer) => zstdCompressSync(content),
};

for (const [what, content] of Object.entries(CONTENT)) {
  for (const [compression, compress] of Object.entries(COMPRESSED)) {
    test(`${compression} of ${what} is refused, and only the upload stays`, async () => {
      const upload = await engine.upload(compress(content), 'bomb.csv');
      const before = await filesLeft();
      const request = { collection: 'things', source: { upload }, dialect: { format: 'csv' as const } };
      for (const kind of ['validate', 'import'] as const) {
        const { job, issues } = await engine[kind](request, SETTINGS);
        assert.deepEqual([job.state, job.failure?.code], ['failed', 'format.limit_exceeded']);
        assert.match(job.failure?.message ?? '', /limits\.decompressionRatio/);
        assert.deepEqual(issues, []);
        assert.deepEqual(await filesLeft(), before);
      }
    });
  }
}

test('small files of a high ratio are imported', async () => {
  const rows = Array.from({ length: 20_000 }, (_, id) => `${id},${'abcdefghij'.repeat(4)}\n`).join('');
  const packed = zstdCompressSync(Buffer.from(`id,name\n${rows}`));
  assert.ok(packed.length * 25 < rows.length);
  const { job } = await engine.import({
    collection: 'things',
    source: { upload: await engine.upload(packed) },
  });
  assert.deepEqual([job.state, countsOf(job)], ['succeeded', { created: 20_000 }]);
});

test('of unreadable records so much is kept as helps a person, and the file and its entry say so', async () => {
  const bad = '{"id": 1, "na\n';
  const upload = await engine.upload(`${bad.repeat(1000)}${'x'.repeat(3 * MIB)}\n`);
  const request = {
    collection: 'things',
    source: { upload },
    dialect: { format: 'jsonl' as const },
    allowNothingAccepted: true,
  };
  const total = bad.length * 1000 + 3 * MIB + 1;
  for (const [unreadableBytes, kept] of [
    [100, 100],
    [MIB, MIB],
    [total - 1, total - 1],
    [total, total],
  ] as const) {
    const { job } = await engine.validate(request, { unreadableBytes, maxRecordBytes: 2 * MIB });
    assert.equal(countsOf(job)['rejected'], 1001);
    const artifact = (await engine.artifacts(job)).find(({ kind }) => kind === 'unreadable_rows');
    assert.deepEqual([artifact?.records, artifact?.cutFromBytes], [1001, kept === total ? undefined : total]);
    const text = (await engine.artifact(job, 'unreadable.bin')).toString();
    assert.equal(text.slice(0, kept), `${bad.repeat(1000)}${'x'.repeat(3 * MIB)}\n`.slice(0, kept));
    const note = `\n[Cut here by Waybill: these are the first ${kept} of ${total} bytes (limit: limits.unreadableBytes). The issues say where in the source each record begins.]\n`;
    assert.equal(text.slice(kept), kept === total ? '' : note);
  }
});
