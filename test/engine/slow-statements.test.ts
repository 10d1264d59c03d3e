/** A statement of a job that takes longer than `limits.statementSeconds` is ended, and the job says so, whichever statement it is. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { countsOf, createEngine, type Engine } from './harness.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine({ statementSeconds: 1 });
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

/** Far longer than allowed. */
const SLEEP = `begin perform pg_sleep(60); return new; end`;

async function createSlowTable(table: string): Promise<void> {
  await engine.database.pool.query(`
    create table ${table} (id int primary key, name text);
    create function ${table}_sleeps() returns trigger language plpgsql as '${SLEEP}';
    create trigger sleeps before insert on ${table} for each row execute function ${table}_sleeps()`);
  await engine.apply({
    name: table,
    key: ['id'],
    target: { table },
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
  });
}

const WAYS = {
  'a chunk': { mode: 'upsert' },
  'a merge of all': { mode: 'upsert', atomicity: 'all' },
  'a replacement': { mode: 'replace' },
} as const;

for (const [at, [way, options]] of Object.entries(WAYS).entries()) {
  test(`the write of ${way}: it fails, keeps nothing, and goes on when it is retried`, async () => {
    const table = `slow_${at}`;
    await createSlowTable(table);
    const source = { upload: await engine.upload('id,name\n1,Ann\n2,Bob\n') };
    const { job } = await engine.import({ collection: table, source, ...options });
    assert.deepEqual(
      [job.state, job.failure?.code, job.failure?.retryable],
      ['failed', 'target.too_slow', true],
    );
    assert.match(job.failure?.message ?? '', /longer than 1 seconds \(limit: limits\.statementSeconds\)/);
    assert.equal((await engine.database.pool.query(`select from ${table}`)).rowCount, 0);
    await engine.database.pool.query(
      `create or replace function ${table}_sleeps() returns trigger language plpgsql as 'begin return new; end'`,
    );
    const again = await engine.retry(job);
    assert.equal(again.state, 'succeeded');
    assert.deepEqual(countsOf(again), { created: 2 });
  });
}

test('the reading of an export', async () => {
  await engine.database.pool.query(`
    create table slow_reads (id int primary key);
    insert into slow_reads values (1);
    create function slow_name(int) returns text language plpgsql as 'begin perform pg_sleep(60); return $1; end';
    create view slow_view as select id, slow_name(id) as name from slow_reads`);
  await engine.apply({
    name: 'slow_view',
    target: { table: 'slow_view' },
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
  });
  const { job } = await engine.export({ collection: 'slow_view' });
  assert.deepEqual([job.state, job.failure?.code], ['failed', 'target.too_slow']);
});

test('the judging of a validation', async () => {
  await engine.database.pool.query(`
    create function slow_check(text) returns boolean language plpgsql immutable as 'begin perform pg_sleep(60); return true; end';
    create table slow_checked (id int primary key, name text check (slow_check(name)))`);
  await engine.apply({
    name: 'slow_checked',
    key: ['id'],
    target: { table: 'slow_checked' },
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
  });
  const { job } = await engine.validate({
    collection: 'slow_checked',
    source: { upload: await engine.upload('id,name\n1,Ann\n') },
  });
  assert.deepEqual([job.state, job.failure?.code], ['failed', 'target.too_slow']);
});
