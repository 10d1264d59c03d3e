/** What a job with atomicity `all` has staged: dropped when the job is cancelled for good, kept as long as it may go on. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Job } from '../../src/core/job.ts';
import { findJob } from '../../src/store/jobs/find-jobs.ts';
import { cancelJob, pauseJob, resumeJob } from '../../src/store/jobs/intentions.ts';
import { createJanitor } from '../../src/worker/janitor.ts';
import { waitUntil } from '../support/wait-until.ts';
import { countsOf, createEngine, type Engine } from './harness.ts';
import { startImport } from './start-jobs.ts';

const HOUR_MS = 3600 * 1000;
const FILE = 'id,name\n1,ada\n2,bob\n3,eve\n4,kim\n';
/** Lets the first chunk pass and then stands still; PASSES lets the job go on. */
const STANDS_STILL =
  "export const validate = async (records) => records.some(({ id }) => id === '3') ? new Promise(() => {}) : [];";
const PASSES = 'export const validate = async () => [];';

let engine: Engine;
let folder: string;
before(async () => {
  engine = await createEngine();
  folder = await mkdtemp(join(tmpdir(), 'waybill-staging-'));
  await writeFile(join(folder, 'still.mjs'), STANDS_STILL);
  await writeFile(join(folder, 'passes.mjs'), PASSES);
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
  await rm(folder, { recursive: true });
});

/** A job whose first two of four records are staged, after `ask` has been obeyed. */
async function stagedJob(collection: string, ask: (jobId: string) => Promise<unknown>): Promise<Job> {
  const { pool } = engine.database;
  await pool.query(`create table ${collection} (id bigint primary key, name text)`);
  await engine.apply({
    name: collection,
    key: ['id'],
    target: { table: collection },
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
    validators: ['gate'],
  });
  const source = { upload: await engine.upload(FILE) };
  const request = { collection, source, atomicity: 'all' } as const;
  const { job } = await startImport(engine, 'import', request);
  const attempt = engine.attempt(job, {
    maxChunkRecords: 2,
    validators: { gate: join(folder, 'still.mjs') },
  });
  await waitUntil('the first chunk is staged', async () => (await ledgerOf(job)).length === 1);
  await ask(job.id);
  return attempt;
}

async function finish(job: Job): Promise<Job> {
  return engine.attempt(job, { maxChunkRecords: 2, validators: { gate: join(folder, 'passes.mjs') } });
}

/** The attempt that staged each chunk. */
async function ledgerOf(job: Job): Promise<readonly number[]> {
  const found = await engine.database.pool.query<{ epoch: number }>(
    'select epoch from waybill_ledger.ledger where job_id = $1 and chunk >= 0 order by chunk',
    [job.id],
  );
  return found.rows.map(({ epoch }) => epoch);
}

async function hasStaging(job: Job): Promise<boolean> {
  const found = await engine.database.pool.query('select from pg_class where starts_with(relname, $1)', [
    `stage_${job.id.replaceAll('-', '')}_`,
  ]);
  return found.rowCount !== 0;
}

async function clean(): Promise<number | undefined> {
  const { pool, files, targetOf } = engine.worker;
  const never = 1000 * HOUR_MS;
  const janitor = createJanitor({
    pool,
    files,
    targetOf,
    settings: { jobsMs: never, ledgerMs: never, issueValuesMs: never },
    onError: (error) => assert.fail(error as Error),
  });
  return (await janitor.runOnce())['staging'];
}

async function rowsOf(collection: string): Promise<number | null> {
  return (await engine.database.pool.query(`select from ${collection}`)).rowCount;
}

test('a paused job that is cancelled leaves no staging, and its records count as skipped', async () => {
  const { pool } = engine.database;
  const paused = await stagedJob('cancelled', (jobId) => pauseJob(pool, jobId));
  assert.deepEqual([paused.state, await hasStaging(paused), await clean()], ['paused', true, 0]);
  assert.equal((await cancelJob(pool, paused.id)).state, 'cancelled');
  assert.deepEqual([await clean(), await hasStaging(paused), await clean()], [1, false, 0]);
  const job = await findJob(pool, paused.id);
  assert.deepEqual(job && countsOf(job), { skipped: 2 });
  assert.equal(await rowsOf('cancelled'), 0);
});

test('a job that its stop time cancelled while it was paused goes on with what it has staged', async () => {
  const { pool } = engine.database;
  const paused = await stagedJob('stopped_paused', (jobId) => pauseJob(pool, jobId));
  await cancelJob(pool, paused.id, 'stop_time');
  assert.deepEqual([await clean(), await hasStaging(paused)], [0, true]);
  const ended = await finish(await resumeJob(pool, paused.id));
  assert.deepEqual([ended.state, countsOf(ended)], ['succeeded', { created: 4 }]);
  assert.equal(await rowsOf('stopped_paused'), 4);
  assert.deepEqual(await ledgerOf(ended), [1, 2]);
});

test('a job that its stop time cancelled while it ran goes on with what it has staged', async () => {
  const { pool } = engine.database;
  const stopped = await stagedJob('stopped_running', (jobId) => cancelJob(pool, jobId, 'stop_time'));
  assert.deepEqual([stopped.state, stopped.reason, countsOf(stopped)], ['cancelled', 'stop_time', {}]);
  assert.deepEqual([await clean(), await hasStaging(stopped)], [0, true]);
  const ended = await finish(await resumeJob(pool, stopped.id));
  assert.deepEqual([ended.state, countsOf(ended)], ['succeeded', { created: 4 }]);
  assert.equal(await rowsOf('stopped_running'), 4);
  assert.deepEqual(await ledgerOf(ended), [1, 2]);
});
