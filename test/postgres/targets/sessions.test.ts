/** A session that is used again has nothing of its last user. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from 'pg';
import { countObjects, createSessions, type Sessions } from '../../../src/targets/postgres/sessions.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase({ template: 'empty' });
});
after(() => database.drop());

const JOB = '00000000-0000-0000-0000-000000000001';

async function stateOf(client: Client) {
  const { rows } = await client.query(`
    select pg_backend_pid() as pid, current_setting('application_name') as name, current_setting('lock_timeout') as lock_timeout,
      current_setting('work_mem') as work_mem, current_setting('jit') as jit, coalesce(current_setting('own.value', true), '') as own,
      to_regclass('pg_temp.left_over') is null as has_no_table,
      (select count(*)::int from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()) as locks,
      (select count(*)::int from pg_cursors where is_holdable) as cursors`);
  return rows[0] as Record<string, unknown>;
}

test('what was set, made, locked or declared is gone, and what the next one asks for holds', async () => {
  const sessions = createSessions({ connectionString: database.url });
  const first = await sessions.open({ jobId: JOB, epoch: 1 }, { lockTimeoutMs: 1234 });
  const { pid, work_mem: workMem } = await stateOf(first);
  await first.query(`set work_mem = '9MB'; set jit = on; set own.value = 'secret'; create temporary table left_over (a int);
    select pg_advisory_lock(7); declare held cursor with hold for select 1`);
  await sessions.release(first);
  const again = await sessions.open({ jobId: JOB, epoch: 2 }, { lockTimeoutMs: 4321 });
  assert.deepEqual(await stateOf(again), {
    pid,
    name: `waybill/${JOB}/2`,
    lock_timeout: '4321ms',
    work_mem: workMem,
    jit: 'off',
    own: '',
    has_no_table: true,
    locks: 0,
    cursors: 0,
  });
  await sessions.release(again);
  await sessions.close();
});

test('one in a transaction, or broken while nobody had it, is not given to anybody', async () => {
  const sessions = createSessions({ connectionString: database.url });
  const open = await sessions.open();
  const { pid: inTransaction } = await stateOf(open);
  await open.query('begin');
  await sessions.release(open);
  const idle = await sessions.open();
  const { pid: ended } = await stateOf(idle);
  assert.notEqual(ended, inTransaction);
  await sessions.release(idle);
  await database.pool.query('select pg_terminate_backend($1::int, 5000)', [ended]);
  const fresh = await sessions.open();
  assert.notEqual((await stateOf(fresh))['pid'], ended);
  await sessions.release(fresh);
  await sessions.close();
});

const STAGING = 'create temporary table _wb_stage (a int)';

async function openWithStaging(sessions: Sessions): Promise<Client> {
  const client = await sessions.open({ jobId: JOB, epoch: 1 }, {}, STAGING);
  if (sessions.fixtureOf(client) === undefined) {
    await client.query(STAGING);
    sessions.setFixture(client, { what: STAGING, objects: await countObjects(client) });
  }
  return client;
}

test('what is left on purpose is there for whoever asks for it, and for nobody who asks for something else', async () => {
  const sessions = createSessions({ connectionString: database.url });
  const plain = await sessions.open();
  const first = await openWithStaging(sessions);
  const { pid } = await stateOf(first);
  await sessions.release(first);
  await sessions.release(plain);
  const again = await openWithStaging(sessions);
  assert.equal((await stateOf(again))['pid'], pid);
  await again.query('insert into pg_temp._wb_stage values (1)');
  await sessions.release(again);
  // There is room for another session, so this one keeps what it has.
  const other = await sessions.open(
    { jobId: JOB, epoch: 1 },
    {},
    'create temporary table _wb_stage (b text)',
  );
  assert.equal(sessions.fixtureOf(other), undefined);
  assert.notEqual((await stateOf(other))['pid'], pid);
  const kept = await openWithStaging(sessions);
  assert.equal((await stateOf(kept))['pid'], pid);
  for (const client of [kept, other]) await sessions.release(client);
  await sessions.close();
});

for (const [what, sql] of [
  ['table', 'create temporary table theirs (a int)'],
  ['function', 'create function pg_temp.theirs() returns int language sql as $$ select 1 $$'],
  ['sequence', 'create temporary sequence theirs'],
]) {
  test(`a temporary ${what} of somebody else takes all with it`, async () => {
    const sessions = createSessions({ connectionString: database.url });
    const client = await openWithStaging(sessions);
    const { pid } = await stateOf(client);
    await client.query(sql ?? '');
    await sessions.release(client);
    const again = await openWithStaging(sessions);
    assert.equal((await stateOf(again))['pid'], pid);
    await assert.rejects(again.query("select 'pg_temp.theirs'::regclass"));
    const { rows } = await again.query('select count(*)::int as n from pg_temp._wb_stage');
    assert.deepEqual(rows, [{ n: 0 }]);
    await sessions.release(again);
    await sessions.close();
  });
}
