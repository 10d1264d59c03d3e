/**
 * Whatever SQLSTATE a type, a rule or a trigger raises for a value, it costs one record: people's functions have states of their own
 * (`using errcode = 'MY001'`), and extensions raise XX000 for a text that they cannot read.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { countsOf, createEngine, type Engine, type Finished } from './harness.ts';

let engine: Engine;
let made = 0;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query(`
    create function refuse(v text) returns text language plpgsql immutable as $$ begin
      if v like 'raise %' then raise exception 'no %', v using errcode = substr(v, 7); end if;
      return v;
    end $$;
    create function refuse_row() returns trigger language plpgsql as $$ begin
      new.v := refuse(new.v); return new;
    end $$;
    create domain refusing as text check (refuse(value) is not null)`);
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

/** Tables whose rule raises for `raise STATE`; with a trigger only the import can know it. */
const PLACES = {
  'a check': 'create table TABLE (id int primary key, v text check (refuse(v) is not null))',
  'a domain': 'create table TABLE (id int primary key, v refusing)',
  'a generated column':
    'create table TABLE (id int primary key, v text, made text generated always as (refuse(v)) stored)',
  'an index': 'create table TABLE (id int primary key, v text); create index on TABLE (refuse(v))',
  'a unique index':
    'create table TABLE (id int primary key, v text); create unique index on TABLE (refuse(v))',
  'a partial index':
    "create table TABLE (id int primary key, v text); create index on TABLE (id) where refuse(v) <> ''",
  'a trigger': `create table TABLE (id int primary key, v text);
    create trigger refuses before insert or update on TABLE for each row execute function refuse_row()`,
} as const;

const STATES =
  'MY001 U0001 99999 P0001 P0002 P0003 P0004 20000 02000 09000 27000 2F002 38001 39004 44000 XX000 21000 22012 23000 23502 23503 23505 23514'.split(
    ' ',
  );

async function makeTable(sql: string, properties: object): Promise<string> {
  const table = `refusing_${(made += 1)}`;
  await engine.database.pool.query(sql.replaceAll('TABLE', table));
  await engine.apply({
    name: table,
    key: ['id'],
    target: { table },
    schema: { type: 'object', properties: { id: { type: 'integer' }, ...properties } },
  });
  return table;
}

/** The issues of a validation, and of an import in chunks of two records and of all. */
async function judge(table: string, csv: string): Promise<readonly Finished[]> {
  const request = {
    collection: table,
    source: { upload: await engine.upload(csv) },
    dialect: { format: 'csv', header: true, delimiter: ',' } as const,
  };
  return [
    await engine.validate(request),
    await engine.import(request, { maxChunkRecords: 2 }),
    await engine.import(request, { maxChunkRecords: 1000 }),
  ];
}

describe('a record for which an expression raises an error is the only one that is rejected', () => {
  for (const [place, sql] of Object.entries(PLACES)) {
    test(`by ${place}, whatever the SQLSTATE`, async () => {
      const table = await makeTable(sql, { v: { type: 'string' } });
      const lines = STATES.map((state, at) => `${2 * at + 1},ok ${at}\n${2 * at + 2},raise ${state}\n`);
      const [validation, first, second] = await judge(table, `id,v\n${lines.join('')}`);
      const wanted = STATES.map((_, at) => 2 * at + 2);
      const code = place === 'a trigger' ? 'database.refused' : 'check.raised';
      for (const done of [first, second]) {
        assert.equal(done?.job.state, 'succeeded', done?.job.failure?.message);
        assert.deepEqual(
          done?.issues.map((issue) => [issue.record, issue.code]),
          wanted.map((record) => [record, code]),
        );
      }
      assert.deepEqual(countsOf(first?.job as never), { created: STATES.length, rejected: STATES.length });
      assert.deepEqual(validation?.issues, place === 'a trigger' ? [] : first?.issues);
    });
  }
});

/** Values that a type refuses in other words than a data exception, by type. */
const TYPES = {
  jsonpath: ['$.a', '$['],
  tsquery: ['fat & rat', 'fat rat'],
  regclass: ['pg_class', 'no_such_table'],
  regtype: ['int', 'no_such_type'],
  regproc: ['now', 'no_such_function'],
  regrole: ['postgres', 'no_such_role'],
  xml: ['<a/>', '<a>'],
} as const;

describe('a value that its column refuses costs one record', () => {
  for (const [type, [good, bad]] of Object.entries(TYPES)) {
    test(`of type ${type}`, async () => {
      const { rows } = await engine.database.pool.query<{ me: string }>('select current_user as me');
      const table = await makeTable(`create table TABLE (id int primary key, v ${type})`, {
        v: { type: 'string' },
      });
      const value = type === 'regrole' ? rows[0]?.me : good;
      const [validation, ...imports] = await judge(table, `id,v\n1,${value}\n2,${bad}\n3,${value}\n`);
      for (const done of imports) {
        assert.equal(done.job.state, 'succeeded', done.job.failure?.message);
        assert.deepEqual(
          done.issues.map(({ record, code, field, value: shown }) => ({ record, code, field, shown })),
          [{ record: 2, code: 'field.not_of_type', field: 'v', shown: bad }],
        );
      }
      assert.deepEqual(validation?.issues, imports[0]?.issues);
    });
  }
});
