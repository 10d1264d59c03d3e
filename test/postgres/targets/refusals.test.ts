/** What is refused, by whom, and that it costs no more than the guilty record. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import {
  chunkOf,
  collectionOf,
  createTargetBench,
  field,
  nonZero,
  openWriter,
  runJob,
  type TargetBench,
} from './target-harness.ts';

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
});
after(() => bench.database.drop());

async function run(sql: string): Promise<unknown[][]> {
  const result = await bench.database.pool.query<unknown[]>({ text: sql, rowMode: 'array' });
  return result.rows;
}

test('values that only the column types refuse cost their own record', async () => {
  await run(`create type mood as enum ('sad', 'happy'); create domain percent as int check (value between 0 and 100);
    create table rich (id int primary key, mood mood, share percent, code varchar(3))`);
  const collection = collectionOf('id:integer mood share:integer code', { table: 'rich' });
  const result = await runJob(bench.target, { collection }, [
    chunkOf([
      ['11', 'sad', '1', 'a'],
      ['12', 'angry', '1', 'a'],
      ['13', 'sad', '101', 'a'],
      ['14', 'sad', '1', 'long'],
      ['15', 'sad', '1', 'b'],
    ]),
  ]);
  assert.deepEqual(nonZero(result.counts), { created: 2, rejected: 3 });
  assert.deepEqual(
    result.issues.map(({ record, code, field: name, value }) => [record, code, name, value]),
    [
      [2, 'field.not_of_type', 'mood', 'angry'],
      [3, 'check.violated', 'share', '101'],
      [4, 'field.not_of_type', 'code', 'long'],
    ],
  );
  assert.deepEqual(result.issues[0]?.params, {
    type: 'mood',
    reason: 'invalid input value for enum mood: "angry"',
  });
});

test('what a trigger refuses costs its own record, with the reason, and everything else lands', async () => {
  await run(`create table strict (id int primary key, name text, n int unique, check (n < 100));
    create function refuse() returns trigger language plpgsql as
      $$ begin if new.name = 'bad' then raise exception 'no % here', new.name; end if; return new; end $$;
    create trigger refused before insert or update on strict for each row execute function refuse()`);
  const collection = collectionOf('id:integer name n:integer', { table: 'strict' });
  const rows = [
    ['1', 'a', '1'],
    ['2', 'bad', '2'],
    ['3', 'c', '1'],
    ['4', 'd', '100'],
    ['5', 'e', '5'],
  ];
  const result = await runJob(bench.target, { collection }, [chunkOf(rows)]);
  assert.deepEqual(nonZero(result.counts), { created: 2, rejected: 3 });
  assert.deepEqual(
    result.issues.map(({ record, code, params }) => [record, code, params]),
    [
      [2, 'database.refused', { reason: 'no bad here', sqlstate: 'P0001' }],
      [3, 'unique.conflict', { constraint: 'strict_n_key' }],
      // A validation does not judge it here, since the trigger might satisfy it: so it is only the database's to say.
      [
        4,
        'database.refused',
        {
          reason: 'new row for relation "strict" violates check constraint "strict_n_check"',
          sqlstate: '23514',
          constraint: 'strict_n_check',
        },
      ],
    ],
  );
  const secret = {
    ...collection,
    fields: [field('id', 'integer'), field('name', 'text', { sensitive: true }), field('n', 'integer')],
  };
  const hidden = await runJob(bench.target, { collection: secret }, [chunkOf([['6', 'bad', '6']])]);
  assert.deepEqual(hidden.issues[0]?.params, { reason: 'SQLSTATE P0001', sqlstate: 'P0001' });
});

test('a deferred constraint rejects the guilty record, not the chunk', async () => {
  await run(`create table parents (id int primary key); insert into parents values (1);
    create table children (id int primary key, parent int references parents deferrable initially deferred)`);
  const collection = collectionOf('id:integer parent:integer', { table: 'children' });
  const result = await runJob(bench.target, { collection }, [
    chunkOf([
      ['1', '1'],
      ['2', '9'],
      ['3', null],
    ]),
  ]);
  assert.deepEqual(nonZero(result.counts), { created: 2, rejected: 1 });
  assert.equal(result.issues[0]?.record, 2);
});

test('CHECK, not null and references are judged before writing, the same for validation and import', async () => {
  await run(`create table cities (code text primary key, account_id bigint); insert into cities values ('BER', 7), ('PAR', 8);
    create table judged (id int primary key, account_id bigint, low int default 5, high int, city text, must text not null,
      constraint ordered check (low < high))`);
  const cities = collectionOf('code', { table: 'cities', key: ['code'], scope: ['account_id'] });
  const collection = collectionOf('id:integer low:integer high:integer city must', {
    table: 'judged',
    scope: ['account_id'],
    references: [{ field: 'city', collection: 'cities', toField: 'code' }],
  });
  const rows = [
    chunkOf([
      ['1', '1', '2', 'BER', 'x'],
      ['2', '3', '2', 'BER', 'x'],
      ['3', undefined, '4', 'BER', 'x'],
      ['4', '1', '2', 'PAR', 'x'],
      ['5', '1', '2', null, undefined],
    ]),
  ];
  const job = { collection, referenced: { cities }, scope: { account_id: '7' } };
  const checked = await runJob(bench.target, { ...job, kind: 'validation' }, rows);
  const imported = await runJob(bench.target, job, rows);
  assert.deepEqual(imported.issues, checked.issues);
  assert.deepEqual(
    imported.issues.map(({ record, code, field: name, params }) => [record, code, name, params]),
    [
      [2, 'check.violated', undefined, { constraint: 'ordered' }],
      [3, 'check.violated', undefined, { constraint: 'ordered' }],
      [4, 'reference.not_found', 'city', { collection: 'cities', field: 'code' }],
      [5, 'field.missing', 'must', {}],
    ],
  );
  assert.deepEqual(nonZero(imported.counts), { created: 1, rejected: 4 });
});

test('missing tables, columns, keys and grants are told apart', async () => {
  await run('create table bare (id int); create view seen as select 1 as id');
  const missing = collectionOf('id:integer', { table: 'nowhere' });
  await assert.rejects(bench.target.describe(missing), { code: 'target.not_found' });
  await assert.rejects(bench.target.describe(collectionOf('id:integer name', { table: 'bare' })), {
    code: 'target.not_found',
  });
  await assert.rejects(
    openWriter(bench.target, { collection: collectionOf('id:integer', { table: 'bare' }) }),
    { code: 'target.unsupported' },
  );
  await assert.rejects(
    openWriter(bench.target, { collection: collectionOf('id:integer', { table: 'seen' }) }),
    { code: 'target.unsupported' },
  );
  const admin = new Client({ connectionString: bench.database.adminUrl });
  await admin.connect();
  await admin.query('create table public.secret (id int primary key)');
  await admin.end();
  await assert.rejects(bench.target.describe(collectionOf('id:integer', { table: 'secret' })), {
    code: 'target.permission_denied',
  });
});

test('a table altered between or under attempts fails the job with target.altered', async () => {
  await run('create table moving (id int primary key, name text)');
  const collection = collectionOf('id:integer name', { table: 'moving' });
  const { fingerprint } = await bench.target.describe(collection);
  const writer = await openWriter(bench.target, { collection, fingerprint });
  const signal = new AbortController().signal;
  const staged = await writer.stage(chunkOf([['1', 'a']]), signal);
  await run('alter table moving rename column name to title');
  await assert.rejects(writer.write(staged, signal), { code: 'target.altered' });
  await writer.close();
  await run('alter table moving rename column title to name; alter table moving add check (id > 0)');
  await assert.rejects(openWriter(bench.target, { collection, fingerprint }), { code: 'target.altered' });
});

test('a record that is too wide for a page costs itself alone, in a validation as in an import', async () => {
  const names = Array.from({ length: 400 }, (_, at) => `q${at}`);
  await run(`create table survey (id int primary key, ${names.map((name) => `${name} text`).join(', ')})`);
  const collection = collectionOf(`id:integer ${names.join(' ')}`, { table: 'survey' });
  const row = (id: string, answer: string) => [id, ...names.map(() => answer)];
  // Texts that long cannot be moved out of the row; longer ones can.
  const rows = [
    chunkOf([row('1', 'short'), row('2', 'twenty characters ok'), row('3', 'tab\tand \\ "quote"\n')]),
  ];
  for (const kind of ['validation', 'import'] as const) {
    const { counts, issues } = await runJob(bench.target, { collection, kind, effects: true }, rows);
    assert.deepEqual(nonZero(counts), { created: 2, rejected: 1 });
    assert.deepEqual(
      issues.map(({ record, code, key, params }) => [record, code, key, params]),
      [[2, 'record.too_wide', ['2'], { reason: 'row is too big: size 8432, maximum size 8160' }]],
    );
  }
  assert.deepEqual(await run(`select q399 from survey where id = 3`), [['tab\tand \\ "quote"\n']]);
});
