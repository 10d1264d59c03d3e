import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import {
  chunkOf,
  collectionOf,
  createTargetBench,
  nonZero,
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

test('the scope is forced on every write and is part of the key', async () => {
  await run(`create table contacts (account_id bigint, email text, name text, unique (account_id, email));
    insert into contacts values (7, 'a@x', 'old'), (8, 'a@x', 'theirs')`);
  const collection = collectionOf('email name', { table: 'contacts', key: ['email'], scope: ['account_id'] });
  const rows = [
    chunkOf([
      ['a@x', 'new'],
      ['b@x', 'b'],
    ]),
  ];
  const result = await runJob(bench.target, { collection, scope: { account_id: '7' } }, rows);
  assert.deepEqual(nonZero(result.counts), { created: 1, updated: 1 });
  await runJob(bench.target, { collection, scope: { account_id: '8' }, mode: 'delete' }, [
    chunkOf([['a@x', null]]),
  ]);
  assert.deepEqual(await run('select account_id::int, email, name from contacts order by 1, 2'), [
    [7, 'a@x', 'new'],
    [7, 'b@x', 'b'],
  ]);
  await assert.rejects(runJob(bench.target, { collection }, rows), { code: 'request.invalid' });
});

test('a field cannot override the scope', async () => {
  await run('create table scoped (account_id bigint, id int primary key)');
  const collection = collectionOf('id:integer account_id:integer', {
    table: 'scoped',
    scope: ['account_id'],
  });
  await runJob(bench.target, { collection, scope: { account_id: '7' } }, [chunkOf([['1', '8']])]);
  assert.deepEqual(await run('select account_id::int, id from scoped'), [[7, 1]]);
});

test('a key that is taken in another scope rejects the record and leaves that row alone', async () => {
  await run('create table wide (account_id bigint, id int primary key); insert into wide values (8, 1)');
  const collection = collectionOf('id:integer', { table: 'wide', scope: ['account_id'] });
  const result = await runJob(bench.target, { collection, scope: { account_id: '7' } }, [
    chunkOf([['1'], ['2']]),
  ]);
  assert.deepEqual(nonZero(result.counts), { created: 1, rejected: 1 });
  assert.equal(result.issues[0]?.code, 'unique.conflict');
  assert.deepEqual(await run('select account_id::int, id from wide order by id'), [
    [8, 1],
    [7, 2],
  ]);
});

test('a partial unique index is a key: rows outside it are not matched', async () => {
  await run(`create table live (id int, name text, deleted_at date);
    create unique index live_key on live (id) where deleted_at is null;
    insert into live values (1, 'dead', '2020-01-01'), (1, 'alive', null), (2, 'dead', '2020-01-01')`);
  const collection = collectionOf('id:integer name', { table: 'live', keyIndex: 'live_key' });
  const result = await runJob(bench.target, { collection }, [
    chunkOf([
      ['1', 'new'],
      ['2', 'born'],
    ]),
  ]);
  assert.deepEqual(nonZero(result.counts), { created: 1, updated: 1 });
  assert.deepEqual(await run('select id, name from live order by 1, 2'), [
    [1, 'dead'],
    [1, 'new'],
    [2, 'born'],
    [2, 'dead'],
  ]);
});

test('a table without an index for the key is refused, with the indexes that could be named', async () => {
  await run(
    `create table mails (id text, name text unique); create unique index mails_key on mails (lower(id))`,
  );
  const write = (keyIndex?: string) => {
    const named = keyIndex === undefined ? {} : { keyIndex };
    const collection = collectionOf('id name', { table: 'mails', ...named });
    return runJob(bench.target, { collection }, [chunkOf([['a', 'b']])]);
  };
  await assert.rejects(write(), {
    code: 'target.unsupported',
    message:
      /has no unique index over id; create one, or name one that is partial or over expressions with keyIndex \(there are: .*mails_key/,
  });
  await assert.rejects(write('other'), /has no valid unique index other \(there are: .*mails_key/);
});

test('an update that moves its row out of the partial index does not insert it again', async () => {
  await run(`create table soft (id int, deleted_at date);
    create unique index soft_key on soft (id) where deleted_at is null; insert into soft values (1, null)`);
  const collection = collectionOf('id:integer deleted_at:date', { table: 'soft', keyIndex: 'soft_key' });
  const result = await runJob(bench.target, { collection }, [
    chunkOf([
      ['1', '2024-01-01'],
      ['2', null],
    ]),
  ]);
  assert.deepEqual(nonZero(result.counts), { created: 1, updated: 1 });
  assert.deepEqual(await run('select count(*)::int from soft where id = 1'), [[1]]);
});

test('a unique index over an expression is a key, also where a column is called like ours', async () => {
  await run(`create table people (email text, f1 text, record int); create unique index people_key on people (lower(email));
    insert into people values ('ANN@x', 'old', 1)`);
  const collection = collectionOf('email f1', { table: 'people', key: ['email'], keyIndex: 'people_key' });
  const result = await runJob(bench.target, { collection }, [
    chunkOf([
      ['ann@x', 'new'],
      ['Bob@x', 'b'],
    ]),
  ]);
  assert.deepEqual(nonZero(result.counts), { created: 1, updated: 1 });
  assert.deepEqual(await run('select email, f1, record from people order by 1'), [
    ['Bob@x', 'b', null],
    ['ann@x', 'new', 1],
  ]);
});

test('identity, generated and default columns, enums, arrays and jsonb behave as the table says', async () => {
  await run(`create type mood as enum ('sad', 'happy'); create domain percent as int check (value between 0 and 100);
    create table rich (id bigint generated always as identity primary key, mood mood not null default 'happy', tags text[],
      doc jsonb, raw json, share percent, twice int generated always as (share * 2) stored, code varchar(3))`);
  const collection = collectionOf('id:integer mood tags doc:json raw:json share:integer twice:integer code', {
    table: 'rich',
  });
  const rows = [
    chunkOf([
      ['5', 'sad', '{a,"b c"}', '{"a": 1}', '{"a":1}', '50', '7', 'abc'],
      ['6', undefined, null, null, null, '10', '7', null],
    ]),
  ];
  assert.deepEqual(nonZero((await runJob(bench.target, { collection }, rows)).counts), { created: 2 });
  assert.deepEqual(nonZero((await runJob(bench.target, { collection }, rows)).counts), { unchanged: 2 });
  assert.deepEqual(await run('select id::int, mood, tags, doc, share, twice from rich order by id'), [
    [5, 'sad', ['a', 'b c'], { a: 1 }, 50, 100],
    [6, 'happy', null, null, 10, 20],
  ]);
  const facts = await bench.target.describe(collection);
  const byName = new Map(facts.columns.map((column) => [column.column, column]));
  assert.deepEqual(byName.get('mood')?.enumLabels, ['sad', 'happy']);
  assert.equal(byName.get('code')?.maxLength, 3);
  assert.equal(byName.get('twice')?.isGenerated, true);
  assert.equal(byName.get('id')?.isIdentityAlways, true);
  assert.equal(byName.get('share')?.maximum, '2147483647');
});

test('update triggers fire only for rows that change', async () => {
  await run(`create table watched (id int primary key, name text); create table fired (id int);
    create function note_update() returns trigger language plpgsql as 'begin insert into fired values (new.id); return new; end';
    create trigger noted before update on watched for each row execute function note_update();
    insert into watched values (1, 'a'), (2, 'b')`);
  const collection = collectionOf('id:integer name', { table: 'watched' });
  await runJob(bench.target, { collection }, [
    chunkOf([
      ['1', 'a'],
      ['2', 'B'],
      ['3', 'c'],
    ]),
  ]);
  assert.deepEqual(await run('select id from fired'), [[2]]);
});

test('row-level security holds with the collection’s role and settings, and costs only the records it forbids', async () => {
  const admin = new Client({ connectionString: bench.database.adminUrl });
  await admin.connect();
  const role = `clerk_${process.pid}`;
  await admin.query(`create role ${role}; grant ${role} to waybill_test`);
  after(async () => {
    await admin.query(`drop owned by ${role}; drop role ${role}`);
    await admin.end();
  });
  await run(`create table policed (id int primary key, tenant text, name text); insert into policed values (1, 'a', 'x'), (9, 'b', 'theirs');
    alter table policed enable row level security; grant select, insert, update, delete on policed to ${role};
    create policy own on policed using (tenant = current_setting('app.tenant'))`);
  const collection = collectionOf('id:integer tenant name', {
    table: 'policed',
    session: { role, settings: { 'app.tenant': 'a' } },
  });
  const result = await runJob(bench.target, { collection }, [
    chunkOf([
      ['1', 'a', 'X'],
      ['2', 'b', 'foreign'],
      ['3', 'a', 'y'],
      ['9', 'a', 'steal'],
    ]),
  ]);
  assert.deepEqual(nonZero(result.counts), { created: 1, updated: 1, rejected: 2 });
  assert.deepEqual(await run('select id, tenant, name from policed order by id'), [
    [1, 'a', 'X'],
    [3, 'a', 'y'],
    [9, 'b', 'theirs'],
  ]);
  const snapshot = await bench.target.openSnapshot({
    collection,
    scope: {},
    options: {},
    jobId: 'x',
    epoch: 1,
  });
  assert.equal(snapshot.total, 2);
  await snapshot.close();
  await runJob(bench.target, { collection, mode: 'replace' }, [chunkOf([['1', 'a', 'X']])]);
  assert.deepEqual(await run('select id from policed order by id'), [[1], [9]]);
});
