/** The sweeper on jobs whose worker is dead: what was asked for is carried out, and the counts are what the ledger says. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { parseCollection } from '../../../src/collections/parse-collection.ts';
import { renderCollection } from '../../../src/collections/render-collection.ts';
import type { Atomicity } from '../../../src/core/job.ts';
import { createJob } from '../../../src/store/jobs/create-job.ts';
import { findJob, readTimeline } from '../../../src/store/jobs/find-jobs.ts';
import { cancelJob, pauseJob } from '../../../src/store/jobs/intentions.ts';
import { moveJob } from '../../../src/store/jobs/move-job.ts';
import { migrate, TARGET_MIGRATIONS } from '../../../src/store/migrate.ts';
import { createQueue, type Queue } from '../../../src/store/queue.ts';
import {
  createPostgresTarget,
  type PostgresTarget,
} from '../../../src/targets/postgres/create-postgres-target.ts';
import type { TargetWriter } from '../../../src/targets/target.ts';
import { createSweeper } from '../../../src/worker/sweeper.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { chunkOf, NEVER, openWriter } from '../targets/target-harness.ts';

let database: TestDatabase;
let queue: Queue;
let target: PostgresTarget;
const errors: unknown[] = [];

before(async () => {
  database = await createTestDatabase();
  const onError = (error: unknown) => errors.push(error);
  queue = createQueue({ pool: database.pool, onError });
  target = createPostgresTarget({
    connection: { connectionString: database.url },
    migrateLedger: (client, schema) => migrate(client, { ...TARGET_MIGRATIONS, schema }),
  });
});
after(async () => {
  await queue.stop(1000);
  await database.drop();
});

interface Held {
  readonly jobId: string;
  readonly writer: TargetWriter;
}

/** A job that a worker held until it died, after it had written three records of which the row's counts know nothing. */
async function heldJob(name: string, atomicity: Atomicity = 'chunk'): Promise<Held> {
  const collection = parseCollection({
    name,
    key: ['id'],
    schema: {
      type: 'object',
      properties: { id: { type: 'integer' }, name: { type: 'string' } },
      required: ['id'],
    },
  });
  await target.applyManagedTable(collection);
  await database.pool.query('insert into waybill.collections (name, version) values ($1, 1)', [name]);
  await database.pool.query(
    'insert into waybill.collection_versions (name, version, definition) values ($1, 1, $2)',
    [name, JSON.stringify(renderCollection(collection))],
  );
  const { job } = await createJob(database.pool, {
    kind: 'import',
    options: {
      mode: 'upsert',
      atomicity,
      duplicates: 'error',
      allowNothingAccepted: false,
      replaceDespiteErrors: false,
      replaceByNothing: false,
      lockTimeoutMs: 5000,
      allowConcurrent: false,
    },
    parts: [{ collection: name, collectionVersion: 1, scope: {} }],
  });
  await moveJob(database.pool, { jobId: job.id, event: 'claimed', workerId: randomUUID() });
  const writer = await openWriter(target, { collection, jobId: job.id, epoch: 1, atomicity });
  const rows = [
    ['1', 'a'],
    ['2', 'b'],
    ['3', 'c'],
  ];
  await writer.write(await writer.stage(chunkOf(rows), NEVER), NEVER);
  return { jobId: job.id, writer };
}

async function sweep(): Promise<Readonly<Record<string, number>>> {
  const swept = await createSweeper({
    pool: database.pool,
    queue,
    targetOf: () => target,
    onError: (error) => errors.push(error),
  }).runOnce();
  assert.deepEqual(errors.splice(0), []);
  return swept;
}

async function countsOf(jobId: string) {
  const job = await findJob(database.pool, jobId);
  assert.ok(job);
  const { created, skipped } = job.parts[0]?.counts ?? {};
  return { state: job.state, created, skipped };
}

test('a cancel that the worker did not live to obey is carried out, and says what was kept', async () => {
  const { jobId, writer } = await heldJob('cancelled');
  await cancelJob(database.pool, jobId);
  await sweep();
  assert.deepEqual(await countsOf(jobId), { state: 'cancelled', created: 3, skipped: 0 });
  const entry = (await readTimeline(database.pool, jobId)).at(-1);
  assert.match(String(entry?.detail['kept']), /^the first 3 records: 3 created/);
  await writer.close();
});

test('a cancel that came after the final merge says that everything was kept', async () => {
  const { jobId, writer } = await heldJob('merged', 'all');
  await writer.commit(NEVER);
  await cancelJob(database.pool, jobId);
  await sweep();
  assert.deepEqual(await countsOf(jobId), { state: 'cancelled', created: 3, skipped: 0 });
  const entry = (await readTimeline(database.pool, jobId)).at(-1);
  assert.match(String(entry?.detail['kept']), /^the first 3 records: 3 created/);
  await writer.close();
});

test('what lies in staging when a job is cancelled counts as skipped, and goes', async () => {
  const { jobId, writer } = await heldJob('staged', 'all');
  await cancelJob(database.pool, jobId);
  await sweep();
  assert.deepEqual(await countsOf(jobId), { state: 'cancelled', created: 0, skipped: 3 });
  const staging = await database.pool.query(
    `select from pg_class where relname like 'stage_' || replace($1::text, '-', '') || '%'`,
    [jobId],
  );
  assert.equal(staging.rowCount, 0);
  await writer.close();
});

test('a pause that the worker did not live to obey is carried out', async () => {
  const { jobId, writer } = await heldJob('paused');
  await pauseJob(database.pool, jobId);
  await sweep();
  assert.deepEqual(await countsOf(jobId), { state: 'paused', created: 3, skipped: 0 });
  await writer.close();
});

test('a job goes back into the queue with exact counts, and the dead attempt writes nothing more', async () => {
  const { jobId, writer } = await heldJob('given_back');
  // Copied, but not written, when its worker was declared dead.
  const staged = await writer.stage(chunkOf([['4', 'd']], 4), NEVER);
  assert.equal((await sweep())['takenBack'], 1);
  assert.deepEqual(await countsOf(jobId), { state: 'queued', created: 3, skipped: 0 });
  await assert.rejects(writer.write(staged, NEVER));
  await assert.rejects(writer.write(staged, NEVER), { code: 'target.fenced' });
  const rows = await database.pool.query('select from waybill_data.given_back');
  assert.equal(rows.rowCount, 3);
  await writer.close();
});

test('a job that killed three workers without getting any further is given up', async () => {
  const { jobId, writer } = await heldJob('crashing');
  for (let crash = 1; crash <= 3; crash += 1) {
    await sweep();
    await moveJob(database.pool, { jobId, event: 'claimed', workerId: randomUUID() });
  }
  const job = await findJob(database.pool, jobId);
  assert.equal(job?.state, 'failed');
  assert.equal(job?.failure?.code, 'job.crashes_worker');
  assert.equal(job?.parts[0]?.counts.created, 3);
  await writer.close();
});

test('two sweepers at once do everything once', async () => {
  const { jobId, writer } = await heldJob('twice');
  const swept = await Promise.all([sweep(), sweep(), sweep()]);
  assert.ok(swept.length === 3);
  const events = (await readTimeline(database.pool, jobId)).map(({ event }) => event);
  assert.deepEqual(events, ['created', 'claimed', 'given_back']);
  await writer.close();
});
