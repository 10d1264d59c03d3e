/** Staging that stays in a session: the next job finds it, and nothing of the one before. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Chunk, WriterOptions } from '../../../src/targets/target.ts';
import {
  chunkOf,
  collectionOf,
  createTargetBench,
  NEVER,
  nonZero,
  openWriter,
  type TargetBench,
} from './target-harness.ts';

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
});
after(async () => {
  await bench.target.close();
  await bench.database.drop();
});

type Options = Partial<WriterOptions> & Pick<WriterOptions, 'collection'>;

/** One job of one chunk. @returns its counts, and the process of the only session that the target has */
async function run(options: Options, chunk: Chunk): Promise<{ counts: Record<string, number>; pid: number }> {
  const writer = await openWriter(bench.target, options);
  const outcome = await writer.write(await writer.stage(chunk, NEVER), NEVER);
  await writer.close();
  const { rows } = await bench.database.pool.query<{ pid: number }>(
    "select pid from pg_stat_activity where datname = current_database() and application_name like 'waybill/%'",
  );
  assert.equal(rows.length, 1, 'one session is enough, one job after the other');
  return { counts: nonZero(outcome.counts), pid: rows[0]?.pid ?? 0 };
}

/** Temporary tables of the session that were made so far: each takes a number. */
async function tablesMade(pid: number): Promise<string> {
  const { rows } = await bench.database.pool.query<{ oid: string }>(
    `select max(c.oid)::text as oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'pg_temp_' || (select substring(nspname from '[0-9]+$') from pg_namespace where oid = (
       select relnamespace from pg_class where relname = '_wb_stage' limit 1)) and $1::int is not null`,
    [pid],
  );
  return rows[0]?.oid ?? '';
}

async function functionsMade(): Promise<number> {
  const { rows } = await bench.database.pool.query<{ n: number }>(
    "select count(*)::int as n from pg_proc where proname like '\\_wb\\_write\\_%'",
  );
  return rows[0]?.n ?? 0;
}

test('jobs of one shape share tables, those of every scope a function; other modes and tables have their own', async () => {
  const { pool } = bench.database;
  await pool.query('create table kept_one (account int, id int, name text, unique (account, id))');
  await pool.query('create table kept_two (account int, id int, name text, unique (account, id))');
  const one = collectionOf('id:integer name', { table: 'kept_one', scope: ['account'] });
  const two = collectionOf('id:integer name', { table: 'kept_two', scope: ['account'] });
  const of = (account: string) => ({ scope: { account } });
  const first = await run({ collection: one, ...of('1') }, chunkOf([['1', 'a']]));
  const made = await tablesMade(first.pid);
  const functions = await functionsMade();
  for (const account of ['7', '8', '9'])
    await run({ collection: one, ...of(account) }, chunkOf([['1', 'n']]));
  assert.equal(await functionsMade(), functions);
  const jobs: [Options, Chunk, Record<string, number>][] = [
    [{ collection: one, ...of('2') }, chunkOf([['1', 'b']]), { created: 1 }],
    [{ collection: two, ...of('1') }, chunkOf([['1', 'c']]), { created: 1 }],
    [{ collection: one, ...of('1') }, chunkOf([['1', 'a']]), { unchanged: 1 }],
    [{ collection: one, ...of('1'), mode: 'insert' }, chunkOf([['1', 'z']]), { rejected: 1 }],
    [{ collection: one, ...of('2'), mode: 'delete' }, chunkOf([['1', null]]), { deleted: 1 }],
  ];
  for (const [options, chunk, counts] of jobs) {
    assert.deepEqual(await run(options, chunk), { counts, pid: first.pid });
    assert.equal(await tablesMade(first.pid), made);
  }
  const { rows } = await pool.query(
    'select account, name from kept_one where account < 7 union all select account, name from kept_two',
  );
  assert.deepEqual(rows, [
    { account: 1, name: 'a' },
    { account: 1, name: 'c' },
  ]);
});

test('few rows and many, one after the other, are each written once', async () => {
  const collection = collectionOf('id:integer name', { name: 'kept_sizes' });
  await bench.target.applyManagedTable(collection);
  let next = 1;
  for (const size of [1, 1999, 1, 3000, 2, 2000, 2001, 5]) {
    const rows = Array.from({ length: size }, (_, at) => [String(next + at), 'x']);
    next += size;
    const { counts } = await run({ collection }, chunkOf(rows));
    assert.deepEqual(counts, { created: size });
  }
});

test('a trigger that makes a temporary table meets none of the job before', async () => {
  const { pool } = bench.database;
  await pool.query(`create table kept_trigger (id int primary key, name text);
    create function note() returns trigger language plpgsql as $$ begin
      create temporary table noted (a int); return null; end $$;
    create trigger note after insert on kept_trigger for each statement execute function note()`);
  const collection = collectionOf('id:integer name', { table: 'kept_trigger' });
  for (const id of ['1', '2', '3']) {
    const { counts } = await run({ collection }, chunkOf([[id, 'x']]));
    assert.deepEqual(counts, { created: 1 });
  }
});

test('a type of the database can be dropped as soon as the job is over', async () => {
  const { pool } = bench.database;
  await pool.query(
    "create type kept_mood as enum ('good'); create table kept_enum (id int primary key, mood kept_mood)",
  );
  const collection = collectionOf('id:integer mood', { table: 'kept_enum' });
  await run({ collection }, chunkOf([['1', 'good']]));
  await pool.query('alter table kept_enum alter mood type text; drop type kept_mood');
  assert.deepEqual((await run({ collection }, chunkOf([['2', 'bad']]))).counts, { created: 1 });
});

test('a rule that the table was given since is a rule for the next job', async () => {
  const { pool } = bench.database;
  await pool.query('create table kept_rules (id int primary key, name text)');
  const collection = collectionOf('id:integer name', { table: 'kept_rules' });
  await run({ collection }, chunkOf([['1', 'a']]));
  await pool.query("alter table kept_rules add check (name <> 'b')");
  assert.deepEqual((await run({ collection }, chunkOf([['2', 'b']]))).counts, { rejected: 1 });
});
