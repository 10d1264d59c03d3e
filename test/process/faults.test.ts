/** Faults that pass by themselves: nobody has to do anything, and nothing shows them afterwards. */
import assert from 'node:assert/strict';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { Client } from 'pg';
import { connectClient } from '../../src/store/connect.ts';
import { writePeople } from '../support/generate.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { kill, ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  assertSameOutcome,
  bindCollection,
  createPeopleTable,
  type ImportCase,
  type Outcome,
  outcomeOf,
  startImport,
  uploadFile,
  waitForEnd,
  waitForRecord,
  waitForState,
} from './import-case.ts';

const RECORDS = 30_000;
const CASE: ImportCase = { options: { mode: 'upsert', duplicates: 'last' } };
const SLOW = { rowsPerSecond: 10_000 };

let folder: string;
let database: TestDatabase;
let server: ServerProcess;
let upload: string;
let undisturbed: Outcome & { schema: string };

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-faults-'));
  database = await createTestDatabase();
  server = await ServerProcess.start({ databaseUrl: database.url, workers: 1 });
  const file = join(folder, 'people.csv');
  await writePeople(file, { records: RECORDS, badShare: 0.01, duplicateShare: 0.02 });
  upload = await uploadFile(server.client, file);
  undisturbed = await finish(await start('plain'));
});
after(async () => {
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

interface Started {
  readonly jobId: string;
  readonly schema: string;
}

async function start(schema: string, options: object = {}): Promise<Started> {
  await createPeopleTable(database.pool, schema, { ...CASE, records: RECORDS });
  await bindCollection(server.client, schema);
  const job = await startImport(server.client, schema, upload, { ...CASE.options, ...options });
  return { jobId: job.id, schema };
}

async function finish(job: Started): Promise<Outcome & { schema: string }> {
  await waitForEnd(database.pool, job.jobId);
  const outcome = await outcomeOf(server.client, database.pool, job.jobId, job.schema);
  return { ...outcome, schema: job.schema };
}

/** Another session on the same table, as an application has them. */
async function otherSession(context: TestContext): Promise<Client> {
  const client = await connectClient(database.url, { applicationName: 'waybill-test' });
  context.after(() => client.end());
  return client;
}

async function waitForBlockedWrite(jobId: string): Promise<void> {
  await waitUntil('the write waits for a lock', async () => {
    const waiting = await database.pool.query(
      `select from pg_stat_activity where application_name like 'waybill/' || $1 || '/%' and wait_event_type = 'Lock'`,
      [jobId],
    );
    return waiting.rowCount !== 0;
  });
}

async function givenBack(jobId: string, reason: 'transient' | 'lock_timeout' = 'transient'): Promise<number> {
  const entries = await server.client.getTimeline(jobId);
  return entries.filter(({ event, detail }) => event === 'given_back' && detail['reason'] === reason).length;
}

test('sessions that an administrator ends, again and again, cost nothing but time', async () => {
  const job = await start('terminated', SLOW);
  for (const record of [2000, 10_000, 18_000]) {
    await waitForRecord(database.pool, job.jobId, record);
    await database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'waybill/' || $1 || '/%'`,
      [job.jobId],
    );
  }
  await assertSameOutcome(database.pool, await finish(job), undisturbed);
});

test('a row that another session holds for longer than the lock timeout is waited for, without an operator', async (context) => {
  const other = await otherSession(context);
  const job = await start('locked', {
    lockTimeoutMs: 100,
    startAt: new Date(Date.now() + 500).toISOString(),
  });
  await other.query(`begin; select from locked.people where id = 15000 for update`);
  await waitUntil(
    'the job was given back twice',
    async () => (await givenBack(job.jobId, 'lock_timeout')) >= 2,
  );
  const waiting = await server.client.getJob(job.jobId);
  assert.equal(waiting.state, 'queued');
  assert.equal(waiting.reason, 'lock_timeout');
  await other.query('rollback');
  await assertSameOutcome(database.pool, await finish(job), undisturbed);
});

test('a deadlock with another session is tried again', async (context) => {
  const other = await otherSession(context);
  const job = await start('deadlock', { startAt: new Date(Date.now() + 500).toISOString() });
  await other.query('begin; select from deadlock.people where id = 600 for update');
  await waitForBlockedWrite(job.jobId);
  // The write waited first, so its session finds the circle first and is the victim.
  await other.query(`select from deadlock.people where id = 3 for update`);
  await other.query('rollback');
  const ended = await finish(job);
  assert.ok((await givenBack(job.jobId)) >= 1);
  await assertSameOutcome(database.pool, ended, undisturbed);
});

test('all hints may go while jobs run and wait: nothing is lost and nothing doubled', async () => {
  const running = await start('dropped_running', SLOW);
  const waiting = await start('dropped_waiting');
  await waitForRecord(database.pool, running.jobId, 2000);
  await database.pool.query('delete from waybill.hints');
  await assertSameOutcome(database.pool, await finish(running), undisturbed);
  await assertSameOutcome(database.pool, await finish(waiting), undisturbed);
  const after = await start('dropped_after');
  await assertSameOutcome(database.pool, await finish(after), undisturbed);
});

test('what has landed is not read again after a kill', async () => {
  const job = await start('not_read_again', SLOW);
  await waitForRecord(database.pool, job.jobId, RECORDS / 2);
  kill(server.workers());
  await waitForState(database.pool, job.jobId, ['queued']);
  const landed = await database.pool.query<{ byte: number; path: string; facts: { index?: unknown } }>(
    `select max(l.end_byte) as byte, u.storage_key as path, p.source_facts as facts
     from waybill_ledger.ledger l join waybill.parts p on p.job_id = l.job_id
     join waybill.uploads u on u.id = (p.source ->> 'upload')::uuid
     where l.job_id = $1 group by u.storage_key, p.source_facts`,
    [job.jobId],
  );
  const [row] = landed.rows;
  assert.ok(row?.facts.index, 'the outcome of the index pass is pinned');
  // Whoever read this would find no record in it.
  const file = await open(join(server.dataDir, row.path), 'r+');
  await file.write(Buffer.alloc(row.byte, 'x'), 0, row.byte, 0);
  await file.close();
  await assertSameOutcome(database.pool, await finish(job), undisturbed);
});
