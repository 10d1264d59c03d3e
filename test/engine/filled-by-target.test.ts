/** Columns that only the database fills: an own export has them, and imports again all the same. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ImportRequest } from '../../src/http/kick-off/bodies.ts';
import { countsOf, createEngine, type Definition, type Engine, type Finished } from './harness.ts';

const SCHEMA = {
  type: 'object',
  properties: {
    id: { type: 'integer', title: 'number' },
    ref: { type: 'string' },
    qty: { type: 'integer' },
    total: { type: 'integer' },
  },
  required: ['ref', 'total'],
};
const COLUMNS =
  'id bigint generated always as identity primary key, ref text unique, qty int not null, total int generated always as (qty * 2) stored';

describe('columns that only the database fills', () => {
  let engine: Engine;
  before(async () => {
    engine = await createEngine();
  });
  after(() => engine.close());

  async function apply(name: string, definition: Partial<Definition> = {}): Promise<void> {
    await engine.database.pool.query(
      `create table ${name} (${COLUMNS}); insert into ${name} (ref, qty) values ('a', 1), ('b', 2)`,
    );
    await engine.apply({ name, key: ['ref'], target: { table: name }, schema: SCHEMA, ...definition });
  }

  async function rows(table: string): Promise<{ id: number; ref: string; total: number }[]> {
    return (await engine.database.pool.query(`select id::int, ref, total from ${table} order by id`)).rows;
  }

  /** A validation, then the import: both must say the same. */
  async function both(request: ImportRequest): Promise<Finished> {
    const validation = await engine.validate({ ...request, effects: true });
    const imported = await engine.import(request);
    // Where all is written or nothing, an import that rejects a record writes none of the others.
    if (imported.job.state === 'succeeded')
      assert.deepEqual(countsOf(validation.job), countsOf(imported.job));
    const told = ({ issues }: Finished) => issues.map(({ record, code, field }) => [record, code, field]);
    assert.deepEqual(told(validation), told(imported));
    assert.deepEqual(validation.job.parts[0]?.ignored, imported.job.parts[0]?.ignored);
    return imported;
  }

  const FILES: Readonly<Record<string, string>> = {
    csv: 'id,ref,qty,total\n1,a,5,99\n2,b,2,4\n7,c,3,x\n',
    jsonl:
      '{"id":1,"ref":"a","qty":5,"total":99}\n{"id":2,"ref":"b","qty":2,"total":4}\n{"id":7,"ref":"c","qty":3,"total":"x"}\n',
  };
  for (const format of Object.keys(FILES)) {
    for (const mode of ['upsert', 'replace', 'insert'] as const) {
      for (const unknownFields of mode === 'upsert'
        ? (['ignore', 'error'] as const)
        : (['ignore'] as const)) {
        test(`${format}, ${mode}, unknown fields: ${unknownFields}: they are ignored, and told`, async () => {
          const name = `own_${format}_${mode}_${unknownFields}`;
          await apply(name, { unknownFields });
          const upload = await engine.upload(FILES[format] ?? '');
          const { job, issues } = await both({ collection: name, source: { upload }, mode });
          assert.deepEqual(job.parts[0]?.ignored, {
            count: 2,
            fields: [
              { name: 'id', because: 'identity' },
              { name: 'total', because: 'generated' },
            ],
          });
          const totals = Object.fromEntries((await rows(name)).map(({ ref, total }) => [ref, total]));
          if (mode === 'insert') {
            assert.deepEqual(countsOf(job), { created: 1, rejected: 2 });
            assert.deepEqual(totals, { a: 2, b: 4, c: 6 });
          } else {
            assert.deepEqual(issues, []);
            assert.deepEqual(countsOf(job), { created: 1, updated: 1, unchanged: 1 });
            assert.deepEqual(totals, { a: 10, b: 4, c: 6 });
          }
        });
      }
    }
  }

  test('one that comes late in JSON, under another of its names, is ignored as well', async () => {
    await apply('late', { unknownFields: 'error' });
    const filler = Array.from({ length: 12_000 }, (_, n) => `{"ref":"r${n}","qty":1}\n`).join('');
    const upload = await engine.upload(`${filler}{"number":5,"ref":"z","qty":1}\n`);
    const { job, issues } = await engine.import({ collection: 'late', source: { upload } });
    assert.deepEqual([job.failure, issues], [undefined, []]);
    assert.deepEqual(job.parts[0]?.ignored?.fields, [{ name: 'number', because: 'identity' }]);
  });

  test('a mapping that names one is refused, with advice', async () => {
    await apply('mapped');
    const upload = await engine.upload('n,ref,qty\n1,a,1\n');
    const fields = [
      { field: 'id', source: 'n' },
      { field: 'ref', source: 'ref' },
      { field: 'qty', source: 'qty' },
    ];
    const { job } = await both({ collection: 'mapped', source: { upload }, mapping: { fields } });
    assert.equal(job.failure?.code, 'target.unsupported');
    assert.match(job.failure?.message ?? '', /"id" cannot be written.*identity.*Leave it out of the mapping/);
  });

  test('a source of nothing else is refused', async () => {
    await engine.database.pool.query(
      'create table alone (id bigint generated always as identity, total int generated always as (2) stored)',
    );
    const schema = { type: 'object', properties: { id: { type: 'integer' }, total: { type: 'integer' } } };
    await engine.apply({ name: 'alone', target: { table: 'alone' }, schema });
    const upload = await engine.upload('id,total\n1,2\n');
    const { job } = await both({ collection: 'alone', source: { upload }, mode: 'insert' });
    assert.match(job.failure?.message ?? '', /"id" cannot be written.*\n.*"total" cannot be written/);
  });

  for (const key of ['id', 'total']) {
    for (const [mode, atomicity] of [
      ['upsert', 'chunk'],
      ['upsert', 'all'],
      ['replace', 'chunk'],
    ] as const) {
      {
        test(`key ${key}, ${mode}, ${atomicity}: it is looked up and never written`, async () => {
          const name = `key_${key}_${mode}_${atomicity}`;
          await apply(name, { key: [key] });
          await engine.database.pool.query(`create unique index on ${name} (total)`);
          const values = key === 'id' ? ['1', '2', '9'] : ['2', '4', '18'];
          const good = `${key},ref\n${values[0]},A\n${values[1]},b\n`;
          const found = await both({
            collection: name,
            source: { upload: await engine.upload(good) },
            mode,
            atomicity,
          });
          assert.deepEqual(countsOf(found.job), { updated: 1, unchanged: 1 });
          const missing = await both({
            collection: name,
            source: { upload: await engine.upload(`${key},ref\n${values[0]},a\n${values[2]},new\n`) },
            mode,
            atomicity,
          });
          assert.deepEqual(
            missing.issues.map(({ record, code, field: named }) => [record, code, named]),
            [[2, 'key.not_found', key]],
          );
          assert.deepEqual(
            (await rows(name)).map(({ id, total }) => [id, total]),
            [
              [1, 2],
              [2, 4],
            ],
          );
        });
      }
    }
  }

  test('mode insert is refused where it is the key', async () => {
    await apply('inserted', { key: ['id'] });
    const upload = await engine.upload('id,ref,qty\n5,e,1\n');
    const { job } = await both({ collection: 'inserted', source: { upload }, mode: 'insert' });
    assert.match(job.failure?.message ?? '', /"id" cannot be written.*mode update or upsert/);
  });
});
