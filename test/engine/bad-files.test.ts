/** Files that are no good as a whole: refused in words that say what was wrong and where, and nothing is written. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ImportRequest } from '../../src/http/kick-off/bodies.ts';
import { readTimeline } from '../../src/store/jobs/find-jobs.ts';
import { countsOf, createEngine, type Engine, type Finished, rowsOf } from './harness.ts';

const SCHEMA = {
  type: 'object',
  properties: { id: { type: 'integer' }, name: { type: ['string', 'null'] } },
};

let engine: Engine;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query(`create table things (id bigint primary key, name text);
    insert into things values (1, 'kept')`);
  await engine.apply({ name: 'things', key: ['id'], target: { table: 'things' }, schema: SCHEMA });
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

beforeEach(() => engine.database.pool.query('delete from things where id > 1'));

/** Runs both kinds of job, which must refuse in the same words; gives the import. */
async function send(bytes: Buffer | string, request: Partial<ImportRequest> = {}): Promise<Finished> {
  const source = { upload: await engine.upload(bytes) };
  const validation = await engine.validate({ collection: 'things', source, ...request });
  const imported = await engine.import({ collection: 'things', source, ...request });
  assert.deepEqual(validation.issues, imported.issues);
  if (imported.job.failure?.code !== 'job.nothing_accepted') {
    assert.deepEqual(validation.job.failure, imported.job.failure);
  }
  return imported;
}

async function assertUntouched(): Promise<void> {
  assert.deepEqual(await rowsOf(engine, 'things'), [{ id: 1, name: 'kept' }]);
}

describe('a file that cannot be read is refused as a whole', () => {
  const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
  const zip = Buffer.from('504b03041400000008000000210000000000', 'hex');
  const packed = gzipSync(Buffer.from(`id,name\n${'2,two\n'.repeat(5000)}`));
  const cases: readonly [name: string, bytes: Buffer | string, code: string, message: RegExp][] = [
    ['an empty file', '', 'source.empty', /empty.*Send a file with records/s],
    ['white space alone', ' \n\n', 'source.empty', /empty/],
    ['only a header', 'id,name\n', 'format.no_records', /header \(id, name\) but no records/],
    ['an empty array', '[]', 'format.no_records', /no records/],
    ['a picture', png, 'source.binary', /PNG/i],
    ['a zip archive that is cut', zip, 'source.unreadable', /zip/i],
    ['a gzip that is cut', packed.subarray(0, packed.length - 20), 'format.truncated', /gzip/i],
    ['a missing key column', 'nam,other\na,b\n', 'job.missing_key_field', /"id".*key of things.*nam, other/s],
    [
      'a header of a million columns',
      `${Array.from({ length: 1_000_000 }, (_, index) => `column ${index}`).join()}\n`,
      'format.limit_exceeded',
      /^The source has 1000000 fields; at most 2000 are read \(limit: limits\.recordFields\)/,
    ],
    [
      'a header without an end',
      `id,${'x'.repeat(17 * 1024 * 1024)}\n`,
      'source.unreadable',
      /^The header of the CSV source cannot be read: .*more than 16777216 bytes/,
    ],
    [
      'a key column with another name',
      'ids,name\n2,b\n',
      'job.missing_key_field',
      /"id".*did you mean "ids"/s,
    ],
  ];
  for (const [name, bytes, code, message] of cases) {
    test(name, async () => {
      const { job, issues } = await send(bytes);
      assert.equal(job.state, 'failed');
      assert.equal(job.failure?.code, code, job.failure?.message);
      assert.match(job.failure?.message ?? '', message);
      assert.deepEqual(issues, []);
      await assertUntouched();
    });
  }
});

describe('a record that cannot be read is rejected, and the others land', () => {
  test('a quote that is never closed says where it was opened', async () => {
    const { job, issues } = await send('id,name\n2,two\n3,"three\n4,four\n');
    // Reading goes on with the next line.
    assert.deepEqual(countsOf(job), { created: 2, rejected: 1 });
    const [issue] = issues;
    assert.equal(issue?.code, 'record.unclosed_quote');
    assert.deepEqual([issue?.record, issue?.line, issue?.byteOffset], [2, 3, 14]);
    assert.equal((await engine.artifact(job, 'unreadable.bin')).toString(), '3,"three\n');
  });

  test('bytes that are no UTF-8 name their offset, and come back byte for byte', async () => {
    const bad = Buffer.concat([
      Buffer.from('id,name\n2,two\n3,t'),
      Buffer.from([0xc3, 0x28]),
      Buffer.from('\n4,four\n'),
    ]);
    const { job, issues } = await send(bad, { dialect: { encoding: 'utf-8' } });
    assert.deepEqual(countsOf(job), { created: 2, rejected: 1 });
    assert.equal(issues[0]?.code, 'record.bad_encoding');
    assert.deepEqual(issues[0]?.params, { offset: 17, encoding: 'utf-8' });
    assert.deepEqual(
      await engine.artifact(job, 'unreadable.bin'),
      Buffer.from([0x33, 0x2c, 0x74, 0xc3, 0x28, 0x0a]),
    );
  });

  test('JSON that is cut in the middle keeps what came before the cut', async () => {
    const { job, issues } = await send('[{"id": 2, "name": "two"}, {"id": 3, "na');
    assert.deepEqual(countsOf(job), { created: 1, rejected: 1 });
    assert.equal(issues[0]?.code, 'record.not_json');
    assert.deepEqual([issues[0]?.record, issues[0]?.byteOffset], [2, 27]);
    assert.equal((await engine.artifact(job, 'unreadable.bin')).toString(), '{"id": 3, "na');
  });

  test('a line of 200 MB is an issue at its beginning, in bounded memory', { timeout: 120_000 }, async () => {
    const before = process.memoryUsage().rss;
    let most = before;
    const upload = await engine.upload(
      (async function* () {
        yield Buffer.from('id,name\n2,two\n3,');
        const piece = Buffer.alloc(1024 * 1024, 'x');
        for (let count = 0; count < 200; count += 1) yield piece;
        yield Buffer.from('\n4,four\n');
      })(),
    );
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
    const { job, issues } = await engine.import({ collection: 'things', source: { upload } });
    clearInterval(watch);
    assert.deepEqual(countsOf(job), { created: 2, rejected: 1 });
    assert.deepEqual([issues[0]?.code, issues[0]?.record, issues[0]?.line], ['record.too_long', 2, 3]);
    assert.ok(
      most - before < 160 * 1024 * 1024,
      `memory grew by ${Math.round((most - before) / 1024 / 1024)} MiB`,
    );
    assert.equal((await engine.artifact(job, 'unreadable.bin')).length, 200 * 1024 * 1024 + 3);
  });
});

test('fields that the collection does not know are left out, and the timeline says which', async () => {
  const { job } = await send('id,nmae,extra,name\n1,a,9,kept\n');
  assert.deepEqual([job.state, countsOf(job)], ['succeeded', { unchanged: 1 }]);
  const timeline = await readTimeline(engine.database.pool, job.id);
  const noted = timeline.find(({ event }) => event === 'fields_ignored');
  assert.deepEqual(noted?.detail, { count: 2, fields: ['nmae', 'extra'] });
  assert.deepEqual(job.parts[0]?.ignored, { count: 2, fields: [{ name: 'nmae' }, { name: 'extra' }] });
  await assertUntouched();
});

test('an unknown collection is refused with the names of those that are there', async () => {
  const upload = await engine.upload('id\n1\n');
  await assert.rejects(engine.import({ collection: 'thing', source: { upload } }), {
    code: 'collection.not_found',
    message: /no collection "thing".*There are: things/s,
  });
});

test('a schema that does not compile is refused with every place that is wrong', async () => {
  const schema = {
    type: 'object',
    properties: { id: { type: 'integre' }, name: { type: 'string', pattern: '(' } },
  };
  await assert.rejects(engine.apply({ name: 'broken', key: ['id', 'x'], schema }), (error: Error) => {
    assert.equal((error as Error & { code?: string }).code, 'collection.invalid');
    assert.match(error.message, /integre/);
    assert.match(error.message, /pattern/);
    assert.match(error.message, /"x"|key/);
    return true;
  });
});
