/** A worker in this process, with a queue and a proof of liveness of its own. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createJob } from '../../../src/store/jobs/create-job.ts';
import { findJob, readTimeline } from '../../../src/store/jobs/find-jobs.ts';
import { createQueue, type Queue } from '../../../src/store/queue.ts';
import type { Pipeline } from '../../../src/worker/run-job.ts';
import { createSweeper } from '../../../src/worker/sweeper.ts';
import { runWorker } from '../../../src/worker/worker.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** After which a worker looks without being told (`store/queue.ts`). */
const QUEUE_INTERVAL_MS = 1900;
const EXPORT = { kind: 'export', options: { format: 'csv', compression: 'none' }, parts: [] } as const;

let database: TestDatabase;
let queue: Queue;
const errors: unknown[] = [];
const onError = (error: unknown) => errors.push(error);
const targetOf = () => assert.fail('a job without parts has no target');

before(async () => {
  database = await createTestDatabase();
  queue = createQueue({ pool: database.pool, listenUrl: database.url, onError });
});
after(async () => {
  await queue.stop(1000);
  await database.drop();
});

interface Begun {
  readonly id: string;
  readonly at: number;
}

/** Runs a worker, without a sweeper, until so many jobs have begun. @returns them in this order */
async function workUntilBegun(count: number): Promise<Begun[]> {
  const { pool, url } = database;
  const ownQueue = createQueue({ pool, listenUrl: url, onError });
  const shutdown = new AbortController();
  const begun: Begun[] = [];
  const succeed: Pipeline = async ({ job }) => {
    begun.push({ id: job.id, at: performance.now() });
    return { type: 'succeeded' };
  };
  const running = runWorker({
    pool,
    queue: ownQueue,
    databaseUrl: url,
    shutdown: shutdown.signal,
    onReady: () => {},
    onError,
    targetOf,
    pipelines: { import: succeed, validation: succeed, export: succeed },
  });
  try {
    await waitUntil(`${count} have begun`, () => begun.length >= count, 40_000);
  } finally {
    shutdown.abort();
    await running;
    await ownQueue.stop(1000);
  }
  return begun;
}

test('a worker that has ended a job takes the next one that waits, without a pause between them', async () => {
  const waiting = 15;
  for (let count = 0; count < waiting; count += 1) {
    const { job } = await createJob(database.pool, EXPORT);
    await queue.send(job);
  }
  const begun = await workUntilBegun(waiting);
  assert.equal(begun.length, waiting);
  // With the queue's interval of two seconds none would follow sooner; a busy machine may delay some.
  const soon = begun.filter(({ at }, index) => at - (begun[index - 1]?.at ?? 0) < QUEUE_INTERVAL_MS);
  assert.ok(
    soon.length > waiting / 2,
    `${soon.length} of ${waiting} followed within ${QUEUE_INTERVAL_MS} ms`,
  );
});

test('whoever ends a job takes the next that waited for one of its keys, in the order of the queue', async () => {
  const names = new Map<string, string>();
  const wait = async (name: string, exclusiveKeys: readonly string[], priority = 0) => {
    const { job } = await createJob(database.pool, { ...EXPORT, exclusiveKeys, priority });
    names.set(job.id, name);
    return job;
  };
  const first = await wait('first', ['a', 'b'], 9);
  await wait('a', ['a']);
  await wait('both', ['b', 'a']);
  await wait('wide', ['a', 'c']);
  await wait('c', ['c']);
  await wait('urgent b', ['b'], 5);
  await wait('last b', ['b']);
  // The hints of the others came while none of them could be claimed, so they are gone.
  await queue.send(first);
  const begun = (await workUntilBegun(names.size)).map(({ id }) => names.get(id));
  const orderOf = (...some: string[]) => begun.filter((name) => some.includes(name ?? ''));
  assert.deepEqual(orderOf('first', 'a', 'both', 'wide', 'c'), ['first', 'a', 'both', 'wide', 'c']);
  assert.deepEqual(orderOf('first', 'urgent b', 'both', 'last b'), ['first', 'urgent b', 'both', 'last b']);
});

test('a job whose outcome cannot be written down is taken back, and runs again', async () => {
  const { pool } = database;
  // The database refuses the end of the first attempt, as it does with a full disk.
  await pool.query(`create function refuse() returns trigger language plpgsql as $$ begin
      raise exception 'no room' using errcode = '53100'; end $$;
    create trigger refuse before update on waybill.jobs for each row
      when (new.state = 'succeeded' and new.epoch = 1) execute function refuse()`);
  const { job } = await createJob(pool, EXPORT);
  const shutdown = new AbortController();
  const succeed: Pipeline = async () => ({ type: 'succeeded' });
  const running = runWorker({
    pool,
    queue,
    databaseUrl: database.url,
    shutdown: shutdown.signal,
    onReady: () => {},
    onError,
    targetOf,
    pipelines: { import: succeed, validation: succeed, export: succeed },
  });
  const sweeper = createSweeper({ pool, queue, targetOf, onError });
  try {
    await waitUntil('the job has succeeded', async () => {
      await sweeper.runOnce();
      return (await findJob(pool, job.id))?.state === 'succeeded';
    });
  } finally {
    shutdown.abort();
    await running;
  }
  assert.match(String(errors[0]), /no room/);
  const events = (await readTimeline(pool, job.id)).map(({ event, epoch }) => `${event} ${epoch}`);
  assert.deepEqual(events, ['created 0', 'claimed 1', 'given_back 1', 'claimed 2', 'succeeded 2']);
});

test('a worker whose job does not let go when its proof of life is lost ends, so that another can take its place', async () => {
  const { pool } = database;
  const { job } = await createJob(pool, EXPORT);
  const shutdown = new AbortController();
  const hang: Pipeline = () => new Promise(() => {});
  const running = runWorker({
    pool,
    queue,
    databaseUrl: database.url,
    shutdown: shutdown.signal,
    onReady: () => {},
    onError,
    targetOf,
    letGoMs: 50,
    pipelines: { import: hang, validation: hang, export: hang },
    onlyJob: job.id,
  });
  const ended = assert.rejects(running, /did not let go/);
  await waitUntil('the job runs', async () => (await findJob(pool, job.id))?.state === 'running');
  await pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name like 'waybill/liveness/%'`,
  );
  await ended;
});
