/** Columns of one's own tables may be of any type: what is exported from them imports again as the same value. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { countsOf, createEngine, type Engine, rowsOf } from './harness.ts';

/** SQL values by type; each is one row. `json`: the collection's schema says array or object, else string. */
const COLUMNS: Readonly<Record<string, { readonly isJson?: true; readonly values: readonly string[] }>> = {
  jsonb: { isJson: true, values: [`'{"a": [1, {"b": null}]}'`, `'[]'`, `'[12345678901234567890, 0.10]'`] },
  json: { isJson: true, values: [`'{"a": 1}'`, `'[1,2]'`] },
  'text[]': {
    isJson: true,
    values: [`'{}'`, `array['a', '', null, 'NULL', 'b c', '"', '\\', '{', ',', E'line\\nbreak', 'é']`],
  },
  'int[]': { isJson: true, values: [`'{1,-2,NULL}'`, `'{{1,2},{3,4}}'`, `'{{{1},{2}},{{3},{4}}}'`] },
  'text[] ': { isJson: true, values: [`'{{a,b},{"c d",NULL}}'`] },
  'bigint[]': { isJson: true, values: [`'{9223372036854775807}'`] },
  'numeric[]': { isJson: true, values: [`'{1.10,12345678901234567890.1,-0.5}'`] },
  'float8[]': { isJson: true, values: [`'{1.5,-0.25,1e200,5e-324}'`] },
  'boolean[]': { isJson: true, values: [`'{t,f,NULL}'`] },
  'date[]': { isJson: true, values: [`'{2024-02-29,0001-01-01}'`] },
  'timestamptz[]': { isJson: true, values: [`'{"2024-02-29 12:00:00.123456+02"}'`] },
  'timestamp[]': { isJson: true, values: [`'{"2024-02-29 12:00:00"}'`] },
  'time[]': { isJson: true, values: [`'{12:00:00}'`] },
  'uuid[]': { isJson: true, values: [`'{00000000-0000-0000-0000-000000000001}'`] },
  'mood[]': { isJson: true, values: [`'{ok,"so so"}'`] },
  'interval[]': { isJson: true, values: [`'{1 day 02:00:00}'`] },
  'inet[]': { isJson: true, values: [`'{10.0.0.0/8}'`] },
  'jsonb[]': {
    isJson: true,
    values: [`array['{"a": 1.10}', '2', 'true', '"text"', '"5"', '"{}"', '""', '[1, "x"]', null]::jsonb[]`],
  },
  tags: { values: [`'{a,"b,c"}'`] },
  mood: { values: [`'ok'`, `'so so'`] },
  interval: { values: [`'1 year -3 days 04:05:06.7'`, `'-00:00:01'`, `'0'`] },
  money: { values: [`'1234567.89'`, `'-0.01'`] },
  inet: { values: [`'10.0.0.1'`, `'2001:db8::/32'`] },
  cidr: { values: [`'10.0.0.0/8'`] },
  macaddr: { values: [`'08:00:2b:01:02:03'`] },
  bytea: { values: [`'\\x00ff'`] },
  'bit(3)': { values: [`'101'`] },
  int4range: { values: [`'[1,10)'`, `'empty'`] },
  tsrange: { values: [`'["2024-01-01 00:00:00","2024-01-02 00:00:00")'`] },
  point: { values: [`'(1.5,-2)'`] },
  xml: { values: [`'<a b="c">d</a>'`] },
  'char(5)': { values: [`'ab'`] },
  hstore_like: { values: [`'("a,b",2)'`] },
};

describe('an export of a table with columns of every kind', () => {
  let engine: Engine;
  before(async () => {
    engine = await createEngine();
    await engine.database.pool.query(`
      create type mood as enum ('ok', 'so so');
      create domain tags as text[];
      create type hstore_like as (a text, b int)`);
  });
  after(() => engine.close());

  for (const format of ['csv', 'jsonl', 'json'] as const) {
    test(`imports again unchanged, as ${format}`, async () => {
      const table = `kinds_${format}`;
      await makeTable(engine, table);
      const before = await rowsOf(engine, table);
      const exported = await engine.export({ collection: table, format });
      assert.equal(exported.job.state, 'succeeded', exported.job.failure?.message);
      const bytes = await engine.artifact(exported.job, `${table}.${format}`);
      const request = {
        collection: table,
        source: { upload: await engine.upload(bytes) },
        mode: 'upsert' as const,
      };
      const same = await engine.import(request);
      assert.deepEqual(engine.bugs.map(String), []);
      assert.deepEqual([same.job.failure, same.issues], [undefined, []]);
      assert.deepEqual(countsOf(same.job), { unchanged: before.length });
      await engine.database.pool.query(`truncate ${table}`);
      const again = await engine.import(request);
      assert.deepEqual(countsOf(again.job), { created: before.length });
      assert.deepEqual(await rowsOf(engine, table), before);
      assert.deepEqual(engine.bugs, []);
    });
  }
});

/** One column for each type; each row has one value of one of them, the last has none. */
async function makeTable(engine: Engine, table: string): Promise<void> {
  const columns = Object.entries(COLUMNS).map(([type, column], at) => ({ ...column, type, name: `c${at}` }));
  await engine.database.pool.query(
    `create table ${table} (id int primary key, ${columns.map(({ name, type }) => `${name} ${type}`).join(', ')})`,
  );
  let id = 0;
  for (const { name, values } of columns) {
    for (const value of values) {
      id += 1;
      await engine.database.pool.query(`insert into ${table} (id, ${name}) values (${id}, ${value})`);
    }
  }
  await engine.database.pool.query(`insert into ${table} values (${id + 1})`);
  await engine.apply({
    name: table,
    key: ['id'],
    target: { table },
    schema: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        ...Object.fromEntries(
          columns.map(({ name, isJson, type }) => [
            name,
            isJson ? schemaOf(type) : { type: ['string', 'null'] },
          ]),
        ),
      },
    },
  });
}

function schemaOf(type: string) {
  return type.startsWith('json') && !type.endsWith('[]')
    ? { type: ['object', 'array', 'null'] }
    : { type: ['array', 'null'] };
}
