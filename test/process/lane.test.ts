/** Long jobs hold every worker: small ones go on all the same, and what takes a turn in the lane loses nothing by it. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { WireJob } from '../../src/sdk/wire.ts';
import { writePeople } from '../support/generate.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { kill, ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  bindCollection,
  createPeopleTable,
  uploadFile,
  waitForEnd,
  waitForRecord,
  waitForState,
} from './import-case.ts';

const RECORDS = 20_000;
const PACE = 100;
/** So that the long jobs take longer than the test, also where the machine is busy. */
const LONG_PACE = 20;

let folder: string;
let database: TestDatabase;
let server: ServerProcess;
/** An import that has the only worker that takes every job. */
let long: WireJob;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-lane-'));
  database = await createTestDatabase();
  server = await ServerProcess.start({
    databaseUrl: database.url,
    workers: 1,
    laneWorkers: 1,
    environment: { WAYBILL_LANE_TURN: '1s' },
  });
  for (const schema of ['long', 'second', 'small']) {
    await createPeopleTable(database.pool, schema, { options: { mode: 'upsert' }, records: RECORDS });
    await bindCollection(server.client, schema);
  }
  long = await startLong('long');
  await waitForRecord(database.pool, long.id, 1);
});
after(async () => {
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function startLong(collection: string): Promise<WireJob> {
  const file = join(folder, `${collection}.csv`);
  await writePeople(file, { records: RECORDS });
  const upload = await uploadFile(server.client, file);
  return server.client.startJob('import', { collection, source: { upload }, rowsPerSecond: LONG_PACE });
}

async function small(count: number, options: object = {}): Promise<WireJob> {
  const file = join(folder, `small-${count}.csv`);
  await writePeople(file, { records: count });
  const upload = await uploadFile(server.client, file);
  return server.client.startJob('import', { collection: 'small', source: { upload }, ...options });
}

async function workerOf(job: WireJob): Promise<{ pid: number; inLane: boolean } | undefined> {
  const found = await database.pool.query<{ pid: number; inLane: boolean }>(
    `select w.pid, w.in_lane as "inLane" from waybill.jobs j join waybill.workers w on w.id = j.worker_id where j.id = $1`,
    [job.id],
  );
  return found.rows[0];
}

test('small jobs and an export end while a long import has the only other worker', async () => {
  const second = await startLong('second');
  const waiting = await server.client.getJob(second.id);
  assert.deepEqual([waiting.state, waiting.waitingBecause], ['queued', 'workers_busy']);
  for (const job of [await small(3), await small(2, { priority: 100 })]) await assertSucceeds(job);
  await assertSucceeds(await server.client.startJob('export', { collection: 'small' }));
  assert.equal(await stateOf(long), 'running', 'it was not disturbed');
  assert.equal(await stateOf(second), 'queued', 'the lane is not for it');
  await server.client.intend(second.id, 'cancel');
});

test('a job that outlasts its turn while another waits goes on from its ledger, without a fault', async () => {
  const records = 600;
  const slow = await small(records, { rowsPerSecond: PACE });
  await waitForRecord(database.pool, slow.id, 1);
  assert.equal((await workerOf(slow))?.inLane, true);
  const other = await small(1, { collection: 'second' });
  await assertSucceeds(other);
  await assertSucceeds(slow);
  const ended = await server.client.getJob(slow.id);
  assert.equal(ended.progress.processed, records);
  const events = await timelineOf(slow);
  assert.ok(events.includes('given_back lane'), events.join(', '));
  const faults = await database.pool.query(
    'select crashes, transient_faults from waybill.jobs where id = $1',
    [slow.id],
  );
  assert.deepEqual(faults.rows, [{ crashes: 0, transient_faults: 0 }]);
  const ledger = await database.pool.query<{ records: string; first: string; epochs: string }>(
    `select sum(last_record - first_record + 1) as records, min(first_record) as first, count(distinct epoch) as epochs
     from waybill_ledger.ledger where job_id = $1 and chunk >= 0`,
    [slow.id],
  );
  assert.equal(Number(ledger.rows[0]?.records), records, 'each record is in one chunk');
  assert.ok(Number(ledger.rows[0]?.epochs) > 1, 'more than one attempt has written');
  assert.equal(await stateOf(long), 'running');
});

test('a worker of the lane that is killed is replaced, and small jobs go on', async () => {
  const slow = await small(500, { rowsPerSecond: PACE });
  await waitForState(database.pool, slow.id, ['running']);
  const worker = await workerOf(slow);
  assert.equal(worker?.inLane, true);
  kill([worker?.pid ?? 0]);
  await waitUntil('it is taken back', async () =>
    (await timelineOf(slow)).includes('given_back worker_lost'),
  );
  await assertSucceeds(slow);
  assert.equal(await stateOf(long), 'running');
});

async function assertSucceeds({ id }: WireJob): Promise<void> {
  await waitForEnd(database.pool, id);
  const { state, failure } = await server.client.getJob(id);
  assert.equal(state, 'succeeded', failure?.message);
}

async function stateOf(job: WireJob): Promise<string> {
  return (await server.client.getJob(job.id)).state;
}

async function timelineOf(job: WireJob): Promise<string[]> {
  const entries = await server.client.getTimeline(job.id);
  return entries.map(({ event, detail }) => [event, detail['reason']].filter(Boolean).join(' '));
}
