/** A server that is killed while it tells somebody of a job: its successor tells it again, under the same key. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findJob } from '../../src/store/jobs/find-jobs.ts';
import { createRunningJob, moveAlong, startReceiver } from '../support/notified-jobs.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';

test('what a killed server was about to tell is told by the next one', async (t) => {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  // The first call is under way as long as its caller lives.
  const { received, url, stop } = await startReceiver([0, 204]);
  t.after(stop);
  const server = await ServerProcess.start({
    databaseUrl: database.url,
    role: 'api',
    environment: { WAYBILL_OUTGOING_ALLOW: '127.0.0.1' },
  });
  t.after(() => server.stop());
  const { id } = await createRunningJob(database.pool, url);
  await moveAlong(database.pool, id, 'succeeded');
  await waitUntil('it is told', () => received.length === 1);
  await server.killEverything();
  const untold = await findJob(database.pool, id);
  assert.deepEqual(untold?.notification, { state: 'pending', attempts: 0 });

  // Half a minute later.
  await database.pool.query(
    `update waybill.notifications set next_at = next_at - interval '30 seconds' where job_id = $1`,
    [id],
  );
  await server.startAgain();
  await waitUntil('it is told again', () => received.length === 2);
  assert.equal(received[0]?.headers['idempotency-key'], received[1]?.headers['idempotency-key']);
  await waitUntil('that is recorded', async () => {
    const job = await findJob(database.pool, id);
    return job?.notification?.state === 'sent';
  });
});
