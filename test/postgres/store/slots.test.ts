/** How many jobs of a kind may be under way. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inTransaction } from '../../../src/store/database.ts';
import { createJob } from '../../../src/store/jobs/create-job.ts';
import { cancelJob, resumeJob, retryJob } from '../../../src/store/jobs/intentions.ts';
import { moveJob } from '../../../src/store/jobs/move-job.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

const FULL = { code: 'job.too_many_running' };
const FAILURE = { code: 'delivery.failed', message: 'nobody was there', retryable: true };

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

/** As a kick-off does. */
function start(name: string, most = 1) {
  return inTransaction(database.pool, async (db) => {
    const { job } = await createJob(db, {
      kind: 'export',
      options: { format: 'csv', compression: 'none' },
      parts: [],
      slot: { name, most },
    });
    return job;
  });
}

async function fail(jobId: string): Promise<void> {
  await moveJob(database.pool, { jobId, event: 'claimed' });
  await moveJob(database.pool, { jobId, event: 'failed', failure: FAILURE });
}

test('of many kick-offs at one instant as many succeed as there are places', async () => {
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => start('instant', 3)));
  const refused = results.filter(({ status }) => status === 'rejected');
  assert.equal(refused.length, 5);
  for (const result of refused) assert.equal((result as PromiseRejectedResult).reason.code, FULL.code);
});

test('a job that has ended has given its place back', async () => {
  const first = await start('place');
  await assert.rejects(start('place'), FULL);
  await cancelJob(database.pool, first.id);
  await start('place');
});

test('a failed job that is retried needs a place, too', async () => {
  const first = await start('retry');
  await fail(first.id);
  const second = await start('retry');
  await assert.rejects(retryJob(database.pool, first.id), FULL);
  await cancelJob(database.pool, second.id);
  assert.equal((await retryJob(database.pool, first.id)).state, 'queued');
  await assert.rejects(start('retry'), FULL);
});

test('so does a job that its stop time cancelled and that is resumed', async () => {
  const first = await start('resume');
  await cancelJob(database.pool, first.id, 'stop_time');
  const second = await start('resume');
  await assert.rejects(resumeJob(database.pool, first.id), FULL);
  await cancelJob(database.pool, second.id);
  assert.equal((await resumeJob(database.pool, first.id)).state, 'queued');
});
