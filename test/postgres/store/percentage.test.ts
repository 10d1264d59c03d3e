/** The percentage of a job that stops: what its parts are known to have by then, which is more than its last report knew. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { claimJob } from '../../../src/store/jobs/claims.ts';
import { createJob } from '../../../src/store/jobs/create-job.ts';
import { moveJob } from '../../../src/store/jobs/move-job.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

test('a job that stops shows the percentage of what its parts have, once each knows its total', async () => {
  const { pool } = database;
  const options = { format: 'csv', compression: 'none' } as const;
  const { job } = await createJob(pool, { kind: 'export', options, parts: [] });
  await claimJob(pool, { jobId: job.id, workerId: randomUUID() });
  await pool.query(`update waybill.jobs set percentage = 62 where id = $1`, [job.id]);
  await pool.query(
    `insert into waybill.collection_versions (name, version, definition) values ('orders', 1, '{}')`,
  );
  await pool.query(
    `insert into waybill.parts (job_id, part, collection, collection_version, created, rejected, total)
     values ($1, 0, 'orders', 1, 30, 5, 50), ($1, 1, 'orders', 1, 2, 0, null)`,
    [job.id],
  );
  const givenBack = await moveJob(pool, { jobId: job.id, event: 'given_back' });
  assert.equal(givenBack?.percentage, 62);
  await pool.query('update waybill.parts set total = 2 where job_id = $1 and part = 1', [job.id]);
  const paused = await moveJob(pool, { jobId: job.id, event: 'paused' });
  assert.equal(paused?.percentage, 71);
});
