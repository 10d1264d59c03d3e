/** What there is to tell is made by the statement that moves the job, and by no other. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inTransaction } from '../../../src/store/database.ts';
import { createJob } from '../../../src/store/jobs/create-job.ts';
import { moveJob } from '../../../src/store/jobs/move-job.ts';
import { createRunningJob, moveAlong } from '../../support/notified-jobs.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

test('a job without an address tells nobody', async () => {
  const { job } = await createJob(database.pool, {
    kind: 'export',
    options: { format: 'csv', compression: 'none' },
    parts: [],
  });
  await moveAlong(database.pool, job.id, 'claimed');
  assert.equal((await moveAlong(database.pool, job.id, 'succeeded')).notification, undefined);
  const left = await database.pool.query('select from waybill.notifications');
  assert.equal(left.rowCount, 0);
});

for (const [on, way, events] of [
  ['final', ['succeeded'], ['finished']],
  ['final', ['failed'], ['finished']],
  ['final', ['cancel_asked', 'cancelled'], ['finished']],
  ['final', ['given_back'], []],
  ['final', ['pause_asked', 'paused'], []],
  ['final', ['delivery_started', 'succeeded'], ['finished']],
  ['final', ['failed', 'retried', 'claimed', 'succeeded'], ['finished', 'finished']],
  ['ready', ['succeeded'], ['ready']],
  ['ready', ['failed'], ['finished']],
  ['ready', ['delivery_started'], ['ready']],
  ['ready', ['delivery_started', 'succeeded'], ['ready']],
  ['ready', ['delivery_started', 'given_back', 'claimed', 'succeeded'], ['ready']],
  ['ready', ['delivery_started', 'failed'], ['ready', 'finished']],
  ['ready', ['delivery_started', 'failed', 'delivery_retried', 'succeeded'], ['ready', 'finished', 'ready']],
  ['ready', ['cancel_asked', 'cancelled'], ['finished']],
] as const) {
  test(`on ${on}: ${way.join(', ')} tells ${events.join(', ') || 'nothing'}`, async () => {
    const { id } = await createRunningJob(database.pool, 'https://hooks.example.com/', { on });
    for (const event of way) await moveAlong(database.pool, id, event);
    const made = await database.pool.query<{ event: string }>(
      'select event from waybill.notifications where job_id = $1 order by sequence',
      [id],
    );
    assert.deepEqual(
      made.rows.map(({ event }) => event),
      events,
    );
  });
}

test('a move that is rolled back has nothing to tell', async () => {
  const { id } = await createRunningJob(database.pool, 'https://hooks.example.com/');
  const failing = inTransaction(database.pool, async (db) => {
    await moveJob(db, { jobId: id, event: 'succeeded' });
    throw new Error('no commit');
  });
  await assert.rejects(failing, /no commit/);
  assert.equal(
    (await database.pool.query('select from waybill.notifications where job_id = $1', [id])).rowCount,
    0,
  );
});
