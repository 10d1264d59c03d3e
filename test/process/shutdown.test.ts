/** `waybill serve` is told to stop while jobs run and a client downloads slowly. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { WireArtifact } from '../../src/sdk/wire.ts';
import { writePeople } from '../support/generate.ts';
import { patienceOf } from '../support/patience.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { kill, ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  bindCollection,
  createPeopleTable,
  readJob,
  startImport,
  uploadFile,
  waitForEnd,
  waitForRecord,
  waitForState,
} from './import-case.ts';

const RECORDS = 20_000;
/** Far less than what a download that stands still is granted. */
const AT_ONCE_MS = 5000;
/** The grace of a worker, and then some for what is closed after it. */
const STOPPED_LIMIT_MS = 30_000;

let folder: string;
let database: TestDatabase;
let server: ServerProcess;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-shutdown-'));
  await writePeople(join(folder, 'people.csv'), { records: RECORDS, badShare: 0 });
});
beforeEach(async () => {
  database = await createTestDatabase();
  server = await ServerProcess.start({ databaseUrl: database.url, workers: 2 });
});
afterEach(async () => {
  await server.stop();
  await database.drop();
});
after(() => rm(folder, { recursive: true, force: true }));

/** An import that takes ten seconds. */
async function slowImport(name: string): Promise<string> {
  const upload = await uploadFile(server.client, join(folder, 'people.csv'));
  await createPeopleTable(database.pool, name, { options: { mode: 'upsert' }, records: RECORDS });
  await bindCollection(server.client, name);
  return (await startImport(server.client, name, upload, { mode: 'upsert', rowsPerSecond: 2000 })).id;
}

/** An export of `rows` rows, each of which takes the database `msPerRow`. */
async function exportRows(name: string, { rows, msPerRow }: { rows: number; msPerRow: number }) {
  // `stable`, so that counting the rows takes no time.
  await database.pool.query(`
    create function ${name}_text(id bigint) returns text language plpgsql stable as $$
      begin if ${msPerRow} > 0 then perform pg_sleep(${msPerRow / 1000}); end if; return repeat(id::text, 100); end $$;
    create table ${name}_rows as select generate_series(1, ${rows})::bigint as id;
    create view ${name} as select id, ${name}_text(id) as text from ${name}_rows`);
  await server.client.applyCollection(name, {
    name,
    key: ['id'],
    target: { table: name },
    schema: { type: 'object', properties: { id: { type: 'integer' }, text: { type: 'string' } } },
  });
  return (await server.client.startJob('export', { collection: name, format: 'csv' })).id;
}

async function resultOf(jobId: string): Promise<WireArtifact> {
  const file = (await server.client.listArtifacts(jobId)).find(({ name }) => name.endsWith('.csv'));
  assert.ok(file);
  return file;
}

/** A download that has begun and is not read any further: what is in flight fills the socket. */
async function openDownload(jobId: string): Promise<{ answer: IncomingMessage; sizeBytes: number }> {
  const file = await resultOf(jobId);
  const { url, token } = server.client.server;
  const request = get(new URL(file.url, url), { headers: { authorization: `Bearer ${token}` } });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  answer.pause();
  return { answer, sizeBytes: file.sizeBytes };
}

async function sizeOf(answer: IncomingMessage): Promise<number> {
  let size = 0;
  for await (const piece of answer) size += (piece as Buffer).length;
  return size;
}

async function isReady(): Promise<boolean> {
  const { url } = server.client.server;
  const answer = await fetch(new URL('/readyz', url)).catch(() => undefined);
  await answer?.body?.cancel();
  return answer?.ok === true;
}

async function reasonsOf(jobId: string): Promise<unknown[]> {
  const timeline = await database.pool.query<{ reason: string }>(
    `select detail ->> 'reason' as reason from waybill.timeline where job_id = $1 and event = 'given_back'`,
    [jobId],
  );
  return timeline.rows.map(({ reason }) => reason);
}

test('SIGTERM: not ready at once, jobs go back to the queue, a download that moves gets its end, and the exit code is 0', {
  timeout: patienceOf(90_000),
}, async () => {
  const done = await exportRows('done', { rows: 60_000, msPerRow: 0 });
  await waitForEnd(database.pool, done);
  const importing = await slowImport('people');
  const exporting = await exportRows('slow', { rows: 5000, msPerRow: 2 });
  await waitForRecord(database.pool, importing, 1);
  await waitForState(database.pool, exporting, ['running']);
  const waiting = await exportRows('waiting', { rows: 10, msPerRow: 0 });
  assert.equal(await isReady(), true);
  const { answer, sizeBytes } = await openDownload(done);

  process.kill(server.pid, 'SIGTERM');
  await waitUntil('the server is not ready', async () => !(await isReady()), AT_ONCE_MS);
  await waitForState(database.pool, importing, ['queued'], AT_ONCE_MS);
  await waitForState(database.pool, exporting, ['queued'], AT_ONCE_MS);
  assert.equal(await isReady(), false);
  assert.equal(await sizeOf(answer), sizeBytes);
  assert.equal(await server.exited, 0, server.log);
  assert.deepEqual(await readJob(database.pool, waiting), { state: 'queued', epoch: 0, crashes: 0 });
  for (const jobId of [importing, exporting]) {
    assert.deepEqual(await reasonsOf(jobId), ['shutdown']);
    assert.deepEqual(await readJob(database.pool, jobId), { state: 'queued', epoch: 1, crashes: 0 });
  }

  await server.startAgain();
  for (const jobId of [importing, exporting, waiting]) {
    await waitForEnd(database.pool, jobId, 40_000);
    assert.equal((await readJob(database.pool, jobId)).state, 'succeeded');
  }
  assert.equal((await resultOf(exporting)).records, 5000);
  assert.equal((await server.client.getJob(importing)).progress.processed, RECORDS);
});

test('a download that stands still does not keep the server for ever', {
  timeout: patienceOf(60_000),
}, async () => {
  const done = await exportRows('done', { rows: 60_000, msPerRow: 0 });
  await waitForEnd(database.pool, done);
  const { answer, sizeBytes } = await openDownload(done);
  assert.equal(await server.terminate(), 0, server.log);
  await assert.rejects(sizeOf(answer), { code: 'ECONNRESET' });
  assert.ok(sizeBytes > 10_000_000);
});

test('a second signal ends the server at once, and its jobs go back to the queue all the same', {
  timeout: patienceOf(60_000),
}, async () => {
  const done = await exportRows('done', { rows: 60_000, msPerRow: 0 });
  await waitForEnd(database.pool, done);
  const importing = await slowImport('people');
  await waitForRecord(database.pool, importing, 1);
  const workers = server.workers();
  const { answer } = await openDownload(done);
  process.kill(server.pid, 'SIGINT');
  await waitUntil('the server is not ready', async () => !(await isReady()), AT_ONCE_MS);
  const askedAt = performance.now();
  process.kill(server.pid, 'SIGTERM');
  assert.equal(await server.exited, 1, server.log);
  assert.ok(performance.now() - askedAt < patienceOf(AT_ONCE_MS));
  await assert.rejects(sizeOf(answer), { code: 'ECONNRESET' });
  await waitForState(database.pool, importing, ['queued'], AT_ONCE_MS);
  assert.deepEqual(await reasonsOf(importing), ['shutdown']);
  await waitUntil('no worker is left', () => workers.every((pid) => !isThere(pid)), AT_ONCE_MS);
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('SIGTERM with a worker that stands still: the server ends in bounded time, and its job is given back', {
  timeout: patienceOf(90_000),
}, async () => {
  const importing = await slowImport('people');
  await waitForRecord(database.pool, importing, 1);
  const held = await database.pool.query<{ pid: number }>(
    'select w.pid from waybill.workers w join waybill.jobs j on j.worker_id = w.id where j.id = $1',
    [importing],
  );
  const pid = held.rows[0]?.pid ?? assert.fail('nobody holds the job');
  process.kill(pid, 'SIGSTOP');
  process.kill(server.pid, 'SIGTERM');
  const toldAt = performance.now();
  assert.equal(await server.exited, 0);
  assert.ok(
    performance.now() - toldAt < patienceOf(STOPPED_LIMIT_MS),
    `ended after ${performance.now() - toldAt} ms`,
  );
  assert.equal((await readJob(database.pool, importing)).state, 'queued');
});

test('SIGTERM while the database neither answers nor goes away: the server ends in bounded time', {
  timeout: patienceOf(120_000),
}, async () => {
  const backends = await database.pool.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and application_name like 'waybill/%'`,
  );
  assert.ok(backends.rows.length > 0);
  const pids = backends.rows.map(({ pid }) => pid);
  kill(pids, 'SIGSTOP');
  // One that waits for an answer, and is not given one.
  const listed = server.client.listJobs({}).catch(() => undefined);
  process.kill(server.pid, 'SIGTERM');
  const exit = await server.exited;
  kill(pids, 'SIGCONT');
  assert.equal(exit, 0);
  await listed;
});
