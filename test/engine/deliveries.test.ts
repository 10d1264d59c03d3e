/** Results that are carried to a place: there when the job says so, once, and tried again until then. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { Destination } from '../../src/core/delivery.ts';
import type { Job } from '../../src/core/job.ts';
import { findJob, readTimeline } from '../../src/store/jobs/find-jobs.ts';
import { cancelJob, retryJob } from '../../src/store/jobs/intentions.ts';
import type { Carrier } from '../../src/transfer/carrier.ts';
import { createJanitor } from '../../src/worker/janitor.ts';
import { createSweeper } from '../../src/worker/sweeper.ts';
import { waitUntil } from '../support/wait-until.ts';
import { createEngine, type Engine } from './harness.ts';
import { startExport } from './start-jobs.ts';

const base = mkdtempSync(join(tmpdir(), 'waybill-deliveries-'));
const folder = join(base, 'exports');

let engine: Engine;
before(async () => {
  engine = await createEngine({ locations: { 's3://bucket/': folder } });
  await engine.database.pool.query('create table things (id bigint primary key, name text)');
  await engine.database.pool.query(`insert into things values (1, 'one'), (2, 'two'), (3, 'three')`);
  await engine.apply({
    name: 'things',
    key: ['id'],
    target: { table: 'things' },
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
  });
});
after(async () => {
  await engine.close();
  rmSync(base, { recursive: true });
});
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});

/** Accepted, in pieces of two records. */
async function exportTo(destination: Partial<Destination> = {}): Promise<Job> {
  const accepted = await startExport(engine, {
    collection: 'things',
    splitRecords: 2,
    destination: { location: 's3://bucket/daily', ...destination },
  });
  return accepted.job;
}

async function jobOf(id: string): Promise<Job> {
  const job = await findJob(engine.database.pool, id);
  assert.ok(job);
  return job;
}

async function sweep(): Promise<void> {
  const { pool, targetOf } = engine.worker;
  const queue = { send: async () => undefined, finishMessage: async () => {} };
  const options = {
    pool,
    targetOf,
    queue: queue as never,
    onError: (error: unknown) => assert.fail(error as Error),
  };
  await createSweeper(options).runOnce();
}

async function attemptWhenDue(job: Job): Promise<Job> {
  await engine.database.pool.query('update waybill.jobs set not_before = clock_timestamp() where id = $1', [
    job.id,
  ]);
  return engine.attempt(job);
}

test('a job has succeeded when its files are at their place, each with a receipt', async () => {
  const job = await engine.attempt(await exportTo());
  assert.equal(job.state, 'succeeded');
  assert.deepEqual([job.delivery?.state, job.delivery?.attempts, job.percentage], ['delivered', 1, 100]);
  assert.deepEqual(readdirSync(join(folder, 'daily')), ['things-0001.csv', 'things-0002.csv']);
  assert.equal(readFileSync(join(folder, 'daily/things-0002.csv'), 'utf8'), 'id,name\r\n3,three\r\n');
  const receipts = (await engine.artifacts(job)).map(({ name, delivered }) => [name, delivered?.address]);
  assert.deepEqual(receipts, [
    ['manifest.json', undefined],
    ['things-0001.csv', 's3://bucket/daily/things-0001.csv'],
    ['things-0002.csv', 's3://bucket/daily/things-0002.csv'],
  ]);
  const events = (await readTimeline(engine.database.pool, job.id)).map(({ event }) => event);
  assert.deepEqual(events, ['created', 'claimed', 'delivery_started', 'succeeded']);
});

test('jobs with folders of their own do not replace what others delivered', async () => {
  const jobs = [await exportTo({ folderPerJob: true }), await exportTo({ folderPerJob: true })];
  for (const job of jobs) await engine.attempt(job);
  assert.deepEqual(readdirSync(join(folder, 'daily')), jobs.map(({ id }) => id).toSorted());
});

test('an address that is mapped nowhere is refused at once', async () => {
  for (const location of ['s3://elsewhere/x', 's3://bucket/../x']) {
    await assert.rejects(exportTo({ location }), { code: 'destination.unknown_location' });
  }
});

test('a place that is away is tried again until it is there, and the status says so meanwhile', async () => {
  renameSync(folder, `${folder}-away`);
  const accepted = await exportTo({ retryEveryMs: 60_000 });
  const waiting = await engine.attempt(accepted);
  assert.deepEqual(
    [waiting.state, waiting.reason, waiting.phase],
    ['delivering', 'delivery_failed', 'delivering'],
  );
  assert.ok(waiting.percentage <= 99);
  assert.deepEqual([waiting.delivery?.state, waiting.delivery?.attempts], ['waiting', 1]);
  assert.match(waiting.delivery?.lastError ?? '', /s3:\/\/bucket\/daily.*the folder is not there \(ENOENT\)/);
  assert.ok((waiting.delivery?.nextAttemptAt?.getTime() ?? 0) > Date.now() + 50_000);
  await assert.rejects(engine.attempt(accepted), /cannot be claimed/);
  renameSync(`${folder}-away`, folder);
  const delivered = await attemptWhenDue(waiting);
  assert.deepEqual(
    [delivered.state, delivered.delivery?.attempts, delivered.delivery?.lastError],
    ['succeeded', 2, undefined],
  );
  assert.deepEqual(readdirSync(join(folder, 'daily')), ['things-0001.csv', 'things-0002.csv']);
});

test('without a pace of its own a delivery is tried after one second, then after two', async () => {
  rmSync(folder, { recursive: true });
  let job = await exportTo();
  const pauses: number[] = [];
  for (let tries = 0; tries < 3; tries += 1) {
    job = await attemptWhenDue(job);
    pauses.push(Math.round(((job.delivery?.nextAttemptAt?.getTime() ?? 0) - job.updatedAt.getTime()) / 1000));
  }
  assert.deepEqual(pauses, [1, 2, 4]);
  await cancelJob(engine.database.pool, job.id);
});

test('what is given up fails, and a retry only delivers what was made', async () => {
  rmSync(folder, { recursive: true });
  const failed = await engine.attempt(await exportTo({ giveUpAfterMs: 0 }));
  assert.deepEqual([failed.state, failed.delivery?.state], ['failed', 'failed']);
  assert.deepEqual([failed.failure?.code, failed.failure?.retryable], ['delivery.failed', true]);
  const made = await engine.artifact(failed, 'things-0001.csv');
  await engine.database.pool.query(`update things set name = 'changed' where id = 1`);
  mkdirSync(folder);
  const retried = await retryJob(engine.database.pool, failed.id);
  assert.deepEqual(
    [retried.state, retried.delivery?.state, retried.delivery?.attempts],
    ['delivering', 'under_way', 0],
  );
  const delivered = await engine.attempt(retried);
  assert.equal(delivered.state, 'succeeded');
  assert.deepEqual(readFileSync(join(folder, 'daily/things-0001.csv')), made);
  await engine.database.pool.query(`update things set name = 'one' where id = 1`);
});

test('a retry makes the result anew where it is gone', async () => {
  rmSync(folder, { recursive: true });
  const failed = await engine.attempt(await exportTo({ giveUpAfterMs: 0 }));
  await engine.database.pool.query('update waybill.artifacts set deleted_at = now() where job_id = $1', [
    failed.id,
  ]);
  mkdirSync(folder);
  const retried = await retryJob(engine.database.pool, failed.id);
  assert.deepEqual([retried.state, retried.delivery?.state], ['queued', 'pending']);
  assert.equal((await engine.attempt(retried)).state, 'succeeded');
  assert.equal(readdirSync(join(folder, 'daily')).length, 2);
});

test('a worker that is killed between the name and the receipt is followed by one that writes nothing twice', async () => {
  const done = await engine.attempt(await exportTo());
  const path = join(folder, 'daily/things-0002.csv');
  const { ino } = statSync(path);
  // As the killed worker leaves it: the job held, one receipt missing.
  await engine.database.pool.query(
    `with j as (update waybill.jobs set state = 'delivering', finished_at = null, percentage = 99, worker_id = $2 where id = $1 returning id)
     update waybill.artifacts a set delivered_at = null, delivered_to = null from j where a.job_id = j.id and a.name = 'things-0002.csv'`,
    [done.id, randomUUID()],
  );
  await sweep();
  const taken = await jobOf(done.id);
  assert.deepEqual(
    [taken.state, taken.reason, taken.delivery?.state],
    ['delivering', 'worker_lost', 'under_way'],
  );
  const again = await engine.attempt(taken);
  assert.deepEqual([again.state, again.delivery?.attempts], ['succeeded', 2]);
  assert.equal(statSync(path).ino, ino);
});

test('a job that waits for its next try is cancelled at once', async () => {
  rmSync(folder, { recursive: true });
  const waiting = await engine.attempt(await exportTo());
  const cancelled = await cancelJob(engine.database.pool, waiting.id);
  assert.deepEqual([cancelled.state, cancelled.delivery?.state], ['cancelled', 'cancelled']);
});

test('a delivery that hangs is cancelled within two seconds', async () => {
  const hanging: Carrier = {
    ...engine.worker.carrier,
    deliver: (_folder, _parcel, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      }),
  };
  const job = await exportTo();
  const running = engine.attempt(job, undefined, { carrier: hanging });
  await waitUntil('it is delivering', async () => (await jobOf(job.id)).delivery?.attempts === 1);
  assert.equal((await cancelJob(engine.database.pool, job.id)).state, 'cancelling');
  const askedAt = performance.now();
  const cancelled = await running;
  assert.ok(performance.now() - askedAt < 2000);
  assert.equal(cancelled.state, 'cancelled');
  const entry = (await readTimeline(engine.database.pool, job.id)).at(-1);
  assert.equal(entry?.detail['kept'], '0 of 2 files had been delivered');
});

test('results that are still to be delivered outlive their time', async () => {
  rmSync(folder, { recursive: true });
  const waiting = await engine.attempt(await exportTo());
  await engine.database.pool.query(
    `update waybill.artifacts set expires_at = clock_timestamp() - interval '1 hour' where job_id = $1`,
    [waiting.id],
  );
  const { pool, files, targetOf } = engine.worker;
  const settings = { jobsMs: 1e12, ledgerMs: 1e12, issueValuesMs: 1e12 };
  await createJanitor({
    pool,
    files,
    targetOf,
    settings,
    onError: (error) => assert.fail(error as Error),
  }).runOnce();
  for (const { storageKey } of await engine.artifacts(waiting)) assert.ok(existsSync(files.path(storageKey)));
  mkdirSync(folder);
  assert.equal((await attemptWhenDue(waiting)).state, 'succeeded');
});

test('no bug came up', () => assert.deepEqual(engine.bugs, []));
