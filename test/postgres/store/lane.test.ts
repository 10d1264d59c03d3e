/** Which jobs the lane takes, in which order, and what a job that waits is told. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import type { Job } from '../../../src/core/job.ts';
import { saveCollection } from '../../../src/store/collections.ts';
import { findFollowers } from '../../../src/store/due-jobs.ts';
import { claimJob } from '../../../src/store/jobs/claims.ts';
import { createJob, type NewJob } from '../../../src/store/jobs/create-job.ts';
import { findJob, findWaiting } from '../../../src/store/jobs/find-jobs.ts';
import { retryJob } from '../../../src/store/jobs/intentions.ts';
import { type LaneCandidate, laneRank } from '../../../src/store/jobs/lane.ts';
import { moveJob } from '../../../src/store/jobs/move-job.ts';
import { recordUpload } from '../../../src/store/uploads.ts';
import { LEASE_MS, registerWorker } from '../../../src/store/workers.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

const lane = { maxBytes: 1000 };
const FAILURE = { code: 'job.too_many_errors', message: 'too many', retryable: true };

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
  await saveCollection(database.pool, { name: 'things', definition: {}, expectedVersion: 0 });
});
beforeEach(() => database.pool.query('delete from waybill.jobs; delete from waybill.workers'));
after(() => database.drop());

const EXPORT = {
  kind: 'export',
  options: { format: 'csv', compression: 'none' },
  parts: [{ collection: 'things', collectionVersion: 1, scope: {} }],
} as const satisfies NewJob;

const queued = async (given: Partial<NewJob> = {}) =>
  (await createJob(database.pool, { ...EXPORT, ...given })).job;

async function upload(sizeBytes: number): Promise<string> {
  const id = randomUUID();
  await recordUpload(database.pool, {
    id,
    sizeBytes,
    sha256: 'a'.repeat(64),
    storageKey: id,
    keepMs: 60_000,
  });
  return id;
}

/** A validation of uploads of these sizes; undefined: of a file that is still to be fetched. */
async function validation(sizes: readonly (number | undefined)[], given: Partial<NewJob> = {}) {
  const parts: NewJob['parts'][number][] = [];
  for (const size of sizes) {
    const source = size === undefined ? { location: 's3://files/a.csv' } : { upload: await upload(size) };
    parts.push({ collection: 'things', collectionVersion: 1, scope: {}, source });
  }
  return queued({ kind: 'validation', parts, ...given });
}

async function addWorker(inLane = false): Promise<string> {
  const id = randomUUID();
  await registerWorker(database.pool, { id, host: 'here', pid: 1, inLane });
  return id;
}

const claimInLane = (job: Job) => claimJob(database.pool, { jobId: job.id, workerId: randomUUID(), lane });
const claim = (job: Job, workerId: string = randomUUID()) =>
  claimJob(database.pool, { jobId: job.id, workerId });
const giveBack = (job: Job) =>
  moveJob(database.pool, { jobId: job.id, event: 'given_back', reason: 'lane', from: ['running'] });

test('small jobs go first, then what may be short, and what is large never', () => {
  const cases: readonly [LaneCandidate, number | undefined][] = [
    [{ priority: 0, sourceBytes: 1000 }, 1000],
    [{ priority: 100, sourceBytes: 0 }, 1100],
    [{ priority: -100, sourceBytes: 1 }, 900],
    [{ priority: 0, sourceBytes: 1001 }, undefined],
    [{ priority: 1, sourceBytes: 1001 }, 1],
    [{ priority: 100 }, 100],
    [{ priority: 0 }, 0],
    [{ priority: 0, sourceBytes: 1, laneTurns: 1 }, 0],
    [{ priority: 5, sourceBytes: 1, laneTurns: 2 }, 5],
    [{ priority: 100, sourceBytes: 1, laneTurns: 30 }, 100],
    [{ priority: 100, laneTurns: 1 }, undefined],
    [{ priority: 100, sourceBytes: 1001, laneTurns: 1 }, undefined],
  ];
  for (const [job, rank] of cases) assert.equal(laneRank(job, lane), rank, JSON.stringify(job));
});

test('the bytes of a job are those of all its uploads; of an export and of what is to be fetched nobody knows', async () => {
  assert.equal((await validation([400])).sourceBytes, 400);
  assert.equal((await validation([400, 601])).sourceBytes, 1001);
  assert.equal((await validation([400, undefined])).sourceBytes, undefined);
  assert.equal((await queued()).sourceBytes, undefined);
  // The file that comes with a request is recorded after its job.
  const source = { upload: randomUUID() };
  const parts = [{ collection: 'things', collectionVersion: 1, scope: {}, source }];
  assert.equal((await queued({ kind: 'validation', parts, sentBytes: 7 })).sourceBytes, 7);
});

test('the lane takes a small job at once, and what may be long only while every other worker is busy', async () => {
  const idle = await addWorker();
  await addWorker(true);
  assert.ok(await claimInLane(await validation([1000])), 'small');
  const unknown = await queued();
  const urgent = await validation([5000], { priority: 1 });
  const large = await validation([5000]);
  for (const job of [unknown, urgent, large]) assert.equal(await claimInLane(job), undefined);
  assert.ok(await claim(large, idle));
  assert.ok(await claimInLane(unknown));
  assert.ok(await claimInLane(urgent));
  assert.equal(await claimInLane(await validation([5000])), undefined, 'it is neither small nor urgent');
});

test('exclusive keys and prerequisites hold in the lane as elsewhere', async () => {
  const first = await validation([1], { exclusiveKeys: ['lane'] });
  const second = await validation([1], { exclusiveKeys: ['lane'], priority: 0 });
  const third = await validation([1], { afterJob: second.id });
  assert.ok(await claim(first));
  assert.equal(await claimInLane(second), undefined);
  assert.equal(await claimInLane(third), undefined);
  await moveJob(database.pool, { jobId: first.id, event: 'succeeded' });
  assert.ok(await claimInLane(second));
});

test('a turn that is over counts neither as a crash nor as a fault, and the job is to be had at once', async () => {
  const job = await queued();
  assert.ok(await claimInLane(job));
  const back = await giveBack(job);
  assert.deepEqual([back?.state, back?.laneTurns, back?.reason], ['queued', 1, 'lane']);
  const row = await database.pool.query('select crashes, transient_faults, not_before from waybill.jobs');
  assert.deepEqual(row.rows, [{ crashes: 0, transient_faults: 0, not_before: null }]);
  assert.deepEqual(
    (await findFollowers(database.pool, job.id)).map(({ id, laneTurns }) => [id, laneTurns]),
    [[job.id, 1]],
  );
  assert.equal(await claimInLane(job), undefined);
  assert.ok(await claim(job));
  await moveJob(database.pool, { jobId: job.id, event: 'failed', failure: FAILURE });
  await retryJob(database.pool, job.id);
  assert.equal((await findJob(database.pool, job.id))?.laneTurns, 0, 'a retry begins anew');
});

test('a job that waits is told why', async () => {
  const { pool } = database;
  const waiting = (job: Job) => findWaiting(pool, job.id);
  const job = await queued({ exclusiveKeys: ['why'] });
  assert.deepEqual(await waiting(job), { because: 'no_worker' });
  await addWorker(true);
  assert.deepEqual(await waiting(job), { because: 'no_worker' }, 'the lane does not take everything');
  const worker = await addWorker();
  assert.equal(await waiting(job), undefined, 'it is about to begin');
  const long = await queued();
  assert.ok(await claim(long, worker));
  assert.deepEqual(await waiting(job), { because: 'workers_busy' });
  const rival = await queued({ exclusiveKeys: ['why'], priority: 1 });
  assert.deepEqual(await waiting(job), { because: 'collection', number: rival.number });
  const later = await queued({ afterJob: rival.id });
  assert.deepEqual(await waiting(later), { because: 'prerequisite', number: rival.number });
  await moveJob(pool, { jobId: long.id, event: 'given_back', reason: 'transient', delayMs: 60_000 });
  assert.deepEqual(await waiting(long), { because: 'pause' });
  assert.ok(await claim(rival, worker));
  assert.equal(await waiting(rival), undefined, 'it runs');
  await pool.query(
    "update waybill.workers set lease_expires_at = clock_timestamp() - $1::float8 * interval '1 ms'",
    [LEASE_MS],
  );
  assert.deepEqual(await waiting(later), { because: 'prerequisite', number: rival.number });
});
