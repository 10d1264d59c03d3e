/** What people ask of jobs, against a server that runs: how soon it takes effect, and that what it says is true. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { WireJob } from '../../src/sdk/wire.ts';
import { connectClient } from '../../src/store/connect.ts';
import { writePeople } from '../support/generate.ts';
import { patienceOf } from '../support/patience.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  assertSums,
  bindCollection,
  createPeopleTable,
  END_LIMIT_MS,
  uploadFile,
  waitForEnd,
  waitForRecord,
  waitForState,
} from './import-case.ts';

const RECORDS = 20_000;
/** The promise is 2 s; the rest is for a busy machine. */
const INTENTION_LIMIT_MS = 4000;
/** So that a job takes four seconds. */
const SLOW = { rowsPerSecond: 5000 };

let folder: string;
let database: TestDatabase;
let server: ServerProcess;
let upload: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-intentions-'));
  database = await createTestDatabase();
  server = await ServerProcess.start({ databaseUrl: database.url, workers: 1 });
  const file = join(folder, 'people.csv');
  await writePeople(file, { records: RECORDS, badShare: 0.01 });
  upload = await uploadFile(server.client, file);
});
after(async () => {
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function prepare(schema: string): Promise<void> {
  await createPeopleTable(database.pool, schema, { options: { mode: 'upsert' }, records: RECORDS });
  await bindCollection(server.client, schema);
}

function start(schema: string, options: object = {}): Promise<WireJob> {
  return server.client.startJob('import', {
    collection: schema,
    source: { upload },
    mode: 'upsert',
    ...options,
  });
}

/** Rows that came from the file. */
async function landed(schema: string): Promise<number> {
  const result = await database.pool.query<{ count: number }>(
    `select count(*) from ${schema}.people where note like 'record %'`,
  );
  return Number(result.rows[0]?.count);
}

async function untilState(job: WireJob, state: string, limitMs?: number): Promise<WireJob> {
  await waitForState(database.pool, job.id, [state], limitMs);
  return server.client.getJob(job.id);
}

async function detailOf(job: WireJob, event: string): Promise<Readonly<Record<string, unknown>>> {
  const entries = await server.client.getTimeline(job.id);
  const entry = entries.findLast((candidate) => candidate.event === event);
  assert.ok(entry, `${event} is in the timeline`);
  return entry.detail;
}

/** The job says what the table has. */
async function assertKept(job: WireJob, schema: string): Promise<void> {
  assertSums(job);
  assert.equal(await landed(schema), job.outcomes.created + job.outcomes.updated);
}

test('a running job that is cancelled stops within two seconds and says what was kept', async (context) => {
  await prepare('cancelled');
  const job = await start('cancelled', SLOW);
  await waitForRecord(database.pool, job.id, 4000);
  const askedAt = performance.now();
  assert.equal((await server.client.intend(job.id, 'cancel')).state, 'cancelling');
  const ended = await untilState(job, 'cancelled', INTENTION_LIMIT_MS);
  context.diagnostic(`cancelled after ${Math.round(performance.now() - askedAt)} ms`);
  assert.equal(ended.reason, 'asked');
  assert.ok(ended.progress.processed >= 4000 && ended.progress.processed < RECORDS);
  await assertKept(ended, 'cancelled');
  const { kept } = await detailOf(job, 'cancelled');
  assert.match(String(kept), new RegExp(`the first ${ended.progress.processed} of ${RECORDS} records`));
});

/** Holds a row that the file updates, so that a write waits. */
async function holdRow(context: TestContext, schema: string, id: number): Promise<() => Promise<void>> {
  const holder = await connectClient(database.url, { applicationName: 'waybill-test' });
  // Also where the test fails before it lets go.
  context.after(() => holder.end());
  await holder.query(`begin; select from ${schema}.people where id = ${id} for update`);
  return async () => {
    await holder.query('rollback');
  };
}

async function waitForBlockedWrite(job: WireJob): Promise<void> {
  const isBlocked = async () => {
    const waiting = await database.pool.query(
      `select from pg_stat_activity where application_name like 'waybill/' || $1 || '/%' and wait_event_type = 'Lock'`,
      [job.id],
    );
    return waiting.rowCount !== 0;
  };
  await waitUntil('the write waits for a lock', isBlocked, END_LIMIT_MS);
}

/** A job that runs until it is let go, however long what is asked meanwhile takes. */
async function startHeld(
  context: TestContext,
  schema: string,
): Promise<{ job: WireJob; release: () => Promise<void> }> {
  const release = await holdRow(context, schema, 9000);
  const job = await start(schema, { lockTimeoutMs: 60_000 });
  await waitForBlockedWrite(job);
  return { job, release };
}

for (const [intention, state] of [
  ['cancel', 'cancelled'],
  ['pause', 'paused'],
] as const) {
  test(`${intention} ends a write that waits for somebody's lock, within two seconds`, async (context) => {
    const schema = `blocked_${intention}`;
    await prepare(schema);
    const { job, release } = await startHeld(context, schema);
    const askedAt = performance.now();
    await server.client.intend(job.id, intention);
    const ended = await untilState(job, state, INTENTION_LIMIT_MS);
    context.diagnostic(`${state} after ${Math.round(performance.now() - askedAt)} ms`);
    await release();
    await assertKept(ended, schema);
  });
}

test('a cancel that comes after a pause ends a write that waits for a lock', async (context) => {
  await prepare('pause_cancel');
  const { job, release } = await startHeld(context, 'pause_cancel');
  await server.client.intend(job.id, 'pause');
  const askedAt = performance.now();
  await server.client.intend(job.id, 'cancel');
  const ended = await untilState(job, 'cancelled', INTENTION_LIMIT_MS);
  context.diagnostic(`cancelled after ${Math.round(performance.now() - askedAt)} ms`);
  await release();
  await assertKept(ended, 'pause_cancel');
});

test('a cancel ends the final merge of all or nothing, and nothing is kept', async (context) => {
  await prepare('merge_cancel');
  await database.pool.query('delete from merge_cancel.people where id > 20000');
  const release = await holdRow(context, 'merge_cancel', 9000);
  const job = await start('merge_cancel', {
    mode: 'replace',
    replaceDespiteErrors: true,
    lockTimeoutMs: 60_000,
  });
  await waitForBlockedWrite(job);
  assert.equal((await server.client.getJob(job.id)).progress.currentOperation, 'committing');
  const askedAt = performance.now();
  await server.client.intend(job.id, 'cancel');
  const ended = await untilState(job, 'cancelled', INTENTION_LIMIT_MS);
  context.diagnostic(`cancelled after ${Math.round(performance.now() - askedAt)} ms`);
  await release();
  assert.equal(await landed('merge_cancel'), 0);
  assertSums(ended);
  assert.equal(ended.outcomes.created + ended.outcomes.updated, 0);
});

test('a paused job goes on where it was when it is resumed', async (context) => {
  await prepare('paused');
  const job = await start('paused', SLOW);
  await waitForRecord(database.pool, job.id, 4000);
  const askedAt = performance.now();
  await server.client.intend(job.id, 'pause');
  const paused = await untilState(job, 'paused', INTENTION_LIMIT_MS);
  context.diagnostic(`paused after ${Math.round(performance.now() - askedAt)} ms`);
  await assertKept(paused, 'paused');
  await server.client.intend(job.id, 'resume');
  const ended = await untilState(job, 'succeeded');
  assert.equal(ended.progress.processed, RECORDS);
  assert.equal(ended.attempt, 2);
  await assertKept(ended, 'paused');
});

test('scheduled, queued and paused jobs are cancelled at once', async (context) => {
  await prepare('at_once');
  const { job: running } = await startHeld(context, 'at_once');
  const queued = await start('at_once');
  const paused = await start('at_once');
  assert.equal((await server.client.intend(paused.id, 'pause')).state, 'paused');
  const scheduled = await start('at_once', { startAt: new Date(Date.now() + 3_600_000).toISOString() });
  assert.equal(scheduled.state, 'scheduled');
  for (const { id } of [queued, paused, scheduled]) {
    assert.equal((await server.client.intend(id, 'cancel')).state, 'cancelled');
  }
  await server.client.intend(running.id, 'cancel');
  await untilState(running, 'cancelled');
});

test('a job stops at its stop time, and can be resumed', async () => {
  await prepare('stop_time');
  const job = await start('stop_time', { ...SLOW, stopAt: new Date(Date.now() + 2000).toISOString() });
  const stopped = await untilState(job, 'cancelled');
  assert.equal(stopped.reason, 'stop_time');
  await assertKept(stopped, 'stop_time');
  await server.client.intend(job.id, 'resume');
  const ended = await untilState(job, 'succeeded');
  assert.equal(ended.progress.processed, RECORDS);
  await assertKept(ended, 'stop_time');
});

test('a scheduled job starts when its time comes', async () => {
  await prepare('scheduled');
  const startAt = new Date(Date.now() + 1500);
  const job = await start('scheduled', { startAt: startAt.toISOString() });
  assert.equal(job.state, 'scheduled');
  const ended = await untilState(job, 'succeeded');
  const lateMs = Date.parse(ended.startedAt ?? '') - startAt.getTime();
  assert.ok(lateMs >= 0 && lateMs < patienceOf(INTENTION_LIMIT_MS), `it started ${lateMs} ms after its time`);
});

test('two jobs on one collection run one after the other, and the second says what it waits for', async (context) => {
  await prepare('in_turn');
  const { job: first, release } = await startHeld(context, 'in_turn');
  const second = await start('in_turn');
  const waiting = await server.client.getJob(second.id);
  assert.equal(waiting.state, 'queued');
  assert.deepEqual(waiting.waitingFor, { number: first.number });
  await release();
  const secondEnd = await untilState(second, 'succeeded');
  const firstEnd = await server.client.getJob(first.id);
  assert.equal(firstEnd.state, 'succeeded');
  assert.ok(Date.parse(secondEnd.startedAt ?? '') >= Date.parse(firstEnd.finishedAt ?? ''));
  assert.equal(secondEnd.outcomes.unchanged, firstEnd.outcomes.created + firstEnd.outcomes.updated);
});

test('of two waiting jobs the more urgent one runs first', async (context) => {
  for (const schema of ['busy', 'later', 'urgent']) await prepare(schema);
  const { release } = await startHeld(context, 'busy');
  const later = await start('later');
  const urgent = await start('urgent', { priority: 10 });
  await release();
  await waitForEnd(database.pool, later.id);
  const [laterEnd, urgentEnd] = [await server.client.getJob(later.id), await server.client.getJob(urgent.id)];
  assert.equal(urgentEnd.state, 'succeeded');
  assert.ok(Date.parse(laterEnd.startedAt ?? '') >= Date.parse(urgentEnd.finishedAt ?? ''));
});

test('a server that is told to stop ends with code 0, and its job goes on after the next start', async (context) => {
  await prepare('told_to_stop');
  const job = await start('told_to_stop', SLOW);
  await waitForRecord(database.pool, job.id, 4000);
  const askedAt = performance.now();
  assert.equal(await server.terminate(), 0);
  context.diagnostic(`ended after ${Math.round(performance.now() - askedAt)} ms`);
  const queued = await database.pool.query('select state, reason from waybill.jobs where id = $1', [job.id]);
  assert.deepEqual(queued.rows, [{ state: 'queued', reason: 'shutdown' }]);
  await server.startAgain();
  const ended = await untilState(job, 'succeeded');
  assert.equal(ended.attempt, 2);
  assert.equal(ended.progress.processed, RECORDS);
  await assertKept(ended, 'told_to_stop');
});
