import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createJobStatus } from '../../src/actions/status/job-status.ts';
import { NATIVE_RENDERER } from '../../src/http/render-job.ts';
import type { WireJob } from '../../src/sdk/wire.ts';
import { createPool } from '../../src/store/connect.ts';
import type { Queryable } from '../../src/store/database.ts';
import { claimJob, reportProgress } from '../../src/store/jobs/claims.ts';
import { cancelJob, pauseJob, resumeJob } from '../../src/store/jobs/intentions.ts';
import { moveJob } from '../../src/store/jobs/move-job.ts';
import { waitUntil } from '../support/wait-until.ts';
import { createPeople, startApi, type TestApi } from './support/api.ts';

/** Of a client that stays. */
const NEVER = new AbortController().signal;

let api: TestApi;
before(async () => {
  api = await startApi();
  await createPeople(api);
});
after(() => api.close());

async function startImport(headers: Record<string, string> = {}): Promise<WireJob> {
  const json = {
    collection: 'people',
    source: { records: [{ id: 1, name: 'Ann' }] },
    allowConcurrent: true,
  };
  return (await api.call('POST', '/v1/imports', { json, headers })).json<WireJob>();
}

/** The database of the test, with its statements counted. */
function counting(db: Queryable): Queryable & { count: number } {
  const counted: Queryable & { count: number } = {
    count: 0,
    query(text, values) {
      counted.count += 1;
      return db.query(text, values);
    },
  };
  return counted;
}

async function finish(job: WireJob): Promise<void> {
  const { pool } = api.database;
  const claimed = await claimJob(pool, { jobId: job.id, workerId: randomUUID() });
  assert.ok(claimed);
  assert.ok(await moveJob(pool, { jobId: job.id, event: 'succeeded', epoch: claimed.epoch }));
}

test('polls of the same job are answered from memory, and show a change within 250 ms', async () => {
  const job = await startImport();
  const db = counting(api.database.pool);
  const status = createJobStatus({ db, isShared: false, renderer: NATIVE_RENDERER });
  await status.read(job.id, NEVER);
  const before = db.count;
  const began = performance.now();
  let polls = 0;
  while (performance.now() - began < 500) {
    await status.read(job.id, NEVER);
    polls += 1;
    await new Promise((resolve) => setImmediate(resolve));
  }
  // One each 40 ms, and one that is under way.
  const allowed = (performance.now() - began) / 40 + 1;
  assert.ok(polls > 10 * allowed, `${polls} polls`);
  assert.ok(db.count - before <= allowed, `${db.count - before} statements for ${polls} polls`);

  await pauseJob(api.database.pool, job.id);
  const changedAt = performance.now();
  await waitUntil(
    'the change is shown',
    async () => (await status.read(job.id, NEVER)).job.state === 'paused',
  );
  assert.ok(performance.now() - changedAt < 250, `${performance.now() - changedAt} ms`);
  status.close();
});

test('polls of many jobs at once share one statement', async () => {
  const jobs = await Promise.all(Array.from({ length: 20 }, () => startImport()));
  const db = counting(api.database.pool);
  const status = createJobStatus({ db, isShared: false, renderer: NATIVE_RENDERER });
  const shown = await Promise.all(jobs.map(({ id }) => status.read(id, NEVER)));
  assert.deepEqual(
    shown.map(({ job }) => job.id),
    jobs.map(({ id }) => id),
  );
  assert.equal(db.count, 1);
  await assert.rejects(status.read(randomUUID(), NEVER), { code: 'job.not_found' });
  status.close();
});

test('a deleted job is gone, also for who has polled it', async () => {
  const job = await startImport();
  const status = createJobStatus({ db: api.database.pool, isShared: false, renderer: NATIVE_RENDERER });
  const shown = await status.read(job.id, NEVER);
  const told = new Promise((resolve) => status.watch(shown, resolve));
  await api.database.pool.query('delete from waybill.jobs where id = $1', [job.id]);
  assert.equal(await told, undefined);
  await assert.rejects(status.read(job.id, NEVER), { code: 'job.not_found' });
  status.close();
});

test('two processes and a client that alternates between them: nothing goes back, whatever happens to the job', async () => {
  const job = await startImport();
  const { pool } = api.database;
  const processes = [0, 1].map(() =>
    createJobStatus({ db: pool, isShared: true, renderer: NATIVE_RENDERER }),
  );
  let last = 0;
  let polls = 0;
  const changes = (async () => {
    const claimed = await claimJob(pool, { jobId: job.id, workerId: randomUUID() });
    const epoch = claimed?.epoch ?? 0;
    for (let step = 1; polls < 40; step += 1) {
      await reportProgress(pool, { jobId: job.id, epoch, phase: 'writing', percentage: step });
      if (step % 10 === 0) await pauseJob(pool, job.id);
      if (step % 10 === 5 && step > 10) await resumeJob(pool, job.id);
      // Quick bursts and quiet times.
      await delay(step % 4 === 0 ? 60 : step % 7);
    }
  })();
  const seen = new Set<number>();
  while (polls < 40) {
    const shown = await processes[polls % 2]?.read(job.id, NEVER);
    assert.ok(shown);
    assert.ok(shown.job.version >= last, `version ${shown.job.version} after ${last}`);
    last = shown.job.version;
    seen.add(last);
    polls += 1;
  }
  await changes;
  assert.ok(seen.size > 5, `${seen.size} versions seen`);
  for (const one of processes) one.close();
});

test('an answer to a change is never contradicted by another process that has not heard of it', async () => {
  const job = await startImport();
  const other = createJobStatus({ db: api.database.pool, isShared: true, renderer: NATIVE_RENDERER });
  const own = createJobStatus({ db: api.database.pool, isShared: true, renderer: NATIVE_RENDERER });
  for (const intend of [pauseJob, resumeJob, pauseJob, cancelJob]) {
    await other.read(job.id, NEVER);
    const changed = await intend(api.database.pool, job.id);
    await own.settle([changed]);
    assert.equal((await other.read(job.id, NEVER)).job.state, changed.state);
  }
  own.close();
  other.close();
});

test('a list that showed a newer state is not contradicted by a poll', async () => {
  const job = await startImport();
  const status = createJobStatus({ db: api.database.pool, isShared: false, renderer: NATIVE_RENDERER });
  await status.read(job.id, NEVER);
  const changed = await pauseJob(api.database.pool, job.id);
  await status.settle([changed]);
  assert.equal((await status.read(job.id, NEVER)).job.state, 'paused');
  status.close();
});

test('a connection that is cut is replaced, and what happened meanwhile is told', async () => {
  const job = await startImport();
  const pool = createPool(api.database.url, { applicationName: 'waybill/status-test', max: 1 });
  const status = createJobStatus({ db: pool, isShared: false, renderer: NATIVE_RENDERER });
  const states: string[] = [];
  const stop = status.watch(await status.read(job.id, NEVER), (shown) =>
    states.push(shown?.job.state ?? 'gone'),
  );
  const cut = await api.database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'waybill/status-test'`,
  );
  assert.equal(cut.rowCount, 1);
  await pauseJob(api.database.pool, job.id);
  await waitUntil('the change is told', () => states.includes('paused'), 3000);
  assert.equal((await status.read(job.id, NEVER)).job.state, 'paused');
  stop();
  status.close();
  await pool.end();
});

test('a poll may wait for the next change', async () => {
  const job = await startImport();
  const first = await api.call('GET', `/v1/jobs/${job.id}`);
  const headers = { 'if-none-match': String(first.headers['etag']), prefer: 'wait=10' };
  const waiting = api.call('GET', `/v1/jobs/${job.id}`, { headers });
  await pauseJob(api.database.pool, job.id);
  const changed = await waiting;
  assert.equal(changed.statusCode, 200);
  assert.equal(changed.json().state, 'paused');
  assert.equal(changed.headers['preference-applied'], 'wait=10');
});

test('a wait in which nothing happens ends with 304, and one that nothing can end is not begun', async () => {
  const job = await startImport();
  const etag = String((await api.call('GET', `/v1/jobs/${job.id}`)).headers['etag']);
  const quiet = { 'if-none-match': etag, prefer: 'wait=1' };
  assert.equal((await api.call('GET', `/v1/jobs/${job.id}`, { headers: quiet })).statusCode, 304);
  await cancelJob(api.database.pool, job.id);
  const began = performance.now();
  const ended = await api.call('GET', `/v1/jobs/${job.id}`, { headers: { prefer: 'wait=20' } });
  assert.equal(ended.json().state, 'cancelled');
  const known = { 'if-none-match': String(ended.headers['etag']), prefer: 'wait=20' };
  assert.equal((await api.call('GET', `/v1/jobs/${job.id}`, { headers: known })).statusCode, 304);
  assert.ok(performance.now() - began < 5000);
  assert.equal(ended.headers['retry-after'], undefined);
});

test('a kick-off that may wait answers with the job as it ended, else as it stands', async () => {
  const early = await startImport({ prefer: 'respond-async, wait=1' });
  assert.equal(early.state, 'queued');
  const waiting = startImport({ prefer: 'wait=20' });
  const running = async () => (await api.call('GET', '/v1/jobs?limit=1')).json<{ jobs: WireJob[] }>().jobs[0];
  await waitUntil('the second job', async () => (await running())?.id !== early.id);
  const job = await running();
  assert.ok(job);
  await finish(job);
  const ended = await waiting;
  assert.equal(ended.id, job.id);
  assert.equal(ended.state, 'succeeded');
});

test('a job that waits for another says so, and its tag changes with it', async () => {
  const json = { collection: 'people', source: { records: [{ id: 1, name: 'Ann' }] } };
  const first = (await api.call('POST', '/v1/imports', { json })).json<WireJob>();
  const second = (await api.call('POST', '/v1/imports', { json })).json<WireJob>();
  const waiting = await api.call('GET', `/v1/jobs/${second.id}`);
  assert.deepEqual(waiting.json().waitingFor, { number: first.number });
  await cancelJob(api.database.pool, first.id);
  const free = await api.call('GET', `/v1/jobs/${second.id}`);
  assert.equal(free.json().waitingFor, undefined);
  assert.notEqual(free.headers['etag'], waiting.headers['etag']);
});
