/** Which job may begin: those that write to the same, and those that come after another. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { findClaimableJobs } from '../../../src/store/due-jobs.ts';
import { claimJob } from '../../../src/store/jobs/claims.ts';
import { createJob, type NewJob } from '../../../src/store/jobs/create-job.ts';
import { markJobDeleted } from '../../../src/store/jobs/delete-job.ts';
import { findJob, findWaiting } from '../../../src/store/jobs/find-jobs.ts';
import { cancelJob, pauseJob, retryJob } from '../../../src/store/jobs/intentions.ts';
import { moveJob } from '../../../src/store/jobs/move-job.ts';
import { createSweeper } from '../../../src/worker/sweeper.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

const FAILURE = { code: 'job.too_many_errors', message: 'too many', retryable: true };

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

async function queued(given: Partial<NewJob> = {}) {
  const { job } = await createJob(database.pool, {
    kind: 'export',
    options: { format: 'csv', compression: 'none' },
    parts: [],
    ...given,
  });
  return job;
}

const claim = (jobId: string) => claimJob(database.pool, { jobId, workerId: randomUUID() });
const succeed = (jobId: string) => moveJob(database.pool, { jobId, event: 'succeeded' });
const blocker = async (jobId: string) => (await findWaiting(database.pool, jobId))?.number;
const stateOf = async (jobId: string) => (await findJob(database.pool, jobId))?.state;

async function claimable(ids: readonly string[]): Promise<string[]> {
  const found = await findClaimableJobs(database.pool, 1000);
  return found.map(({ id }) => id).filter((id) => ids.includes(id));
}

async function heldKeys(jobId: string): Promise<string[]> {
  const result = await database.pool.query<{ key: string }>(
    'select key from waybill.job_locks where job_id = $1 order by key',
    [jobId],
  );
  return result.rows.map(({ key }) => key);
}

/** Keys that no other test has. */
function keysFor(test: string) {
  return (...names: string[]) => names.map((name) => `${test} ${name}`);
}

async function sweep(): Promise<void> {
  const onError = (error: unknown) => assert.fail(String(error));
  const queue = {
    send: async () => undefined,
    announce: () => undefined,
    work: () => undefined,
    stop: async () => undefined,
  };
  const targetOf = () => assert.fail('a job without parts has no target');
  await createSweeper({ pool: database.pool, queue, targetOf, onError }).runOnce();
}

test('jobs whose keys overlap run one after the other, and each says which it waits for', async () => {
  const keys = keysFor('overlap');
  const both = await queued({ exclusiveKeys: keys('a', 'b') });
  const one = await queued({ exclusiveKeys: keys('b', 'c') });
  const other = await queued({ exclusiveKeys: keys('d') });
  const ids = [both.id, one.id, other.id];
  assert.deepEqual(await claimable(ids), [both.id, other.id]);
  assert.equal(await blocker(one.id), both.number);
  assert.equal(await claim(one.id), undefined);
  assert.ok(await claim(both.id));
  assert.deepEqual(await heldKeys(both.id), keys('a', 'b'));
  assert.equal(await blocker(one.id), both.number);
  assert.ok(await claim(other.id), 'what has no key in common runs beside it');
  await succeed(both.id);
  assert.deepEqual(await heldKeys(both.id), []);
  assert.equal(await blocker(one.id), undefined);
  assert.ok(await claim(one.id));
});

test('a job that needs many keys is not passed over by later ones that need one', async () => {
  const keys = keysFor('starve');
  const running = await queued({ exclusiveKeys: keys('a') });
  assert.ok(await claim(running.id));
  const wide = await queued({ exclusiveKeys: keys('a', 'b', 'c') });
  const narrow = await queued({ exclusiveKeys: keys('c') });
  assert.equal(await claim(narrow.id), undefined, 'its key is free, but it is not its turn');
  assert.equal(await blocker(narrow.id), wide.number);
  await succeed(running.id);
  assert.deepEqual(await claimable([wide.id, narrow.id]), [wide.id]);
  const urgent = await queued({ exclusiveKeys: keys('b'), priority: 5 });
  assert.deepEqual(await claimable([wide.id, narrow.id, urgent.id]), [urgent.id]);
});

test('of overlapping claims at the same instant one commits, and none of them hangs', async () => {
  const keys = keysFor('race');
  for (let round = 0; round < 20; round += 1) {
    const names = keys(...['a', 'b', 'c', 'd'].map((name) => `${name}${round}`));
    // Without the look before it: only the constraint stands between them.
    const jobs = await Promise.all(
      [names, names.toReversed(), names.slice(1), names.slice(2).toReversed()].map((exclusiveKeys) =>
        queued({ exclusiveKeys }),
      ),
    );
    const claims = await Promise.allSettled(
      jobs.map(({ id }) =>
        moveJob(database.pool, { jobId: id, event: 'claimed', workerId: randomUUID(), from: ['queued'] }),
      ),
    );
    const refused = claims.filter((one) => one.status === 'rejected');
    assert.equal(refused.length, 3);
    for (const { reason } of refused) {
      assert.deepEqual([reason.code, reason.constraint], ['23505', 'jobs_one_writer']);
    }
    for (const { id } of jobs) await cancelJob(database.pool, id);
  }
});

test('keys are held while a job is asked to stop, and given up with every way out', async () => {
  const exclusiveKeys = keysFor('ways')('a');
  const job = await queued({ exclusiveKeys });
  await claim(job.id);
  await pauseJob(database.pool, job.id);
  assert.deepEqual(await heldKeys(job.id), exclusiveKeys);
  await moveJob(database.pool, { jobId: job.id, event: 'paused' });
  assert.deepEqual(await heldKeys(job.id), []);
  await moveJob(database.pool, { jobId: job.id, event: 'resumed', from: ['paused'] });
  await claim(job.id);
  await moveJob(database.pool, { jobId: job.id, event: 'given_back', reason: 'worker_lost' });
  assert.deepEqual(await heldKeys(job.id), []);
  await claim(job.id);
  await cancelJob(database.pool, job.id);
  assert.deepEqual(await heldKeys(job.id), exclusiveKeys);
  await moveJob(database.pool, { jobId: job.id, event: 'cancelled' });
  assert.deepEqual(await heldKeys(job.id), []);
});

test('a job that comes after another waits for it, whatever its priority, and keeps nobody waiting meanwhile', async () => {
  const exclusiveKeys = keysFor('after')('a');
  const first = await queued({ exclusiveKeys });
  const second = await queued({ exclusiveKeys, afterJob: first.id, priority: 50 });
  assert.equal((await findJob(database.pool, second.id))?.afterJob, first.id);
  assert.equal(await blocker(second.id), first.number);
  assert.equal(await blocker(first.id), undefined, 'or both would wait for ever');
  assert.deepEqual(await claimable([first.id, second.id]), [first.id]);
  await sweep();
  assert.equal(await stateOf(second.id), 'queued');
  assert.ok(await claim(first.id));
  assert.equal(await claim(second.id), undefined);
  await succeed(first.id);
  assert.equal(await blocker(second.id), undefined);
  await sweep();
  assert.ok(await claim(second.id));
});

test('a job whose prerequisite ends otherwise fails by itself, and can be retried when that one has succeeded', async () => {
  const first = await queued();
  const second = await queued({ afterJob: first.id });
  const third = await queued({ afterJob: second.id });
  await claim(first.id);
  await moveJob(database.pool, { jobId: first.id, event: 'failed', failure: FAILURE });
  assert.equal(await claim(second.id), undefined);
  await sweep();
  await sweep();
  const failed = await findJob(database.pool, second.id);
  assert.deepEqual(
    [failed?.state, failed?.failure?.code, failed?.failure?.retryable],
    ['failed', 'job.prerequisite_failed', true],
  );
  assert.match(failed?.failure?.message ?? '', new RegExp(`^Job ${first.number} .*it failed`));
  assert.equal((await findJob(database.pool, third.id))?.failure?.code, 'job.prerequisite_failed');
  await retryJob(database.pool, first.id);
  await claim(first.id);
  await succeed(first.id);
  await retryJob(database.pool, second.id);
  assert.ok(await claim(second.id));
});

test('one that is cancelled, or deleted even after it succeeded, fails those that come after it', async () => {
  const cancelled = await queued();
  const afterCancelled = await queued({ afterJob: cancelled.id });
  await cancelJob(database.pool, cancelled.id);
  const deleted = await queued();
  const afterDeleted = await queued({ afterJob: deleted.id });
  await claim(deleted.id);
  await succeed(deleted.id);
  await markJobDeleted(database.pool, deleted.id);
  assert.equal(await claim(afterDeleted.id), undefined);
  await sweep();
  assert.match((await findJob(database.pool, afterCancelled.id))?.failure?.message ?? '', /was cancelled/);
  const failure = (await findJob(database.pool, afterDeleted.id))?.failure;
  assert.deepEqual([failure?.code, failure?.retryable], ['job.prerequisite_failed', false]);
  assert.match(failure?.message ?? '', /was deleted/);
});

test('an attempt that was overtaken cannot fail the job that was given back', async () => {
  const job = await queued();
  const held = await claim(job.id);
  await moveJob(database.pool, { jobId: job.id, event: 'given_back', reason: 'worker_lost' });
  const late = { jobId: job.id, event: 'failed', failure: FAILURE, epoch: held?.epoch ?? 0 } as const;
  assert.equal(await moveJob(database.pool, late), undefined);
  assert.equal(await stateOf(job.id), 'queued');
});
