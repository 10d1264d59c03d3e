/** `kill -9` of the worker between the parts of a job, and between a job and the one that comes after it. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import type { WireJob } from '../../src/sdk/wire.ts';
import { patienceOf } from '../support/patience.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { kill, ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';
import { readJob, waitForEnd } from './import-case.ts';

const FIRST_RECORDS = 1000;
const SECOND_RECORDS = 6000;
/** How soon a job follows the one that it waits for. */
const FOLLOWS_WITHIN_MS = 2000;

let database: TestDatabase;
let server: ServerProcess;
before(async () => {
  database = await createTestDatabase();
  server = await ServerProcess.start({ databaseUrl: database.url, workers: 1 });
  const properties = { id: { type: 'integer' }, name: { type: 'string' } };
  for (const name of ['first', 'second']) {
    await database.pool.query(`create table ${name} (id bigint primary key, name text)`);
    const schema = { type: 'object', properties };
    await server.client.applyCollection(name, { name, key: ['id'], schema, target: { table: name } });
  }
});
after(async () => {
  await server.stop();
  await database.drop();
});

async function upload(records: number): Promise<{ upload: string }> {
  const lines = Array.from({ length: records }, (_, index) => `${index + 1},name ${index + 1}\n`);
  return { upload: (await server.client.upload(Readable.from(['id,name\n', ...lines]), 'a.csv')).id };
}

interface LedgerSum {
  readonly part: number;
  readonly records: number;
  readonly chunks: number;
  readonly lastEpoch: number;
}

/** What each part has written, chunk by chunk. */
async function ledgerOf(jobId: string): Promise<LedgerSum[]> {
  const found = await database.pool.query<LedgerSum>(
    `select part, sum(created)::int as records, count(*)::int as chunks, max(epoch)::int as "lastEpoch"
     from waybill_ledger.ledger where job_id = $1 and chunk >= 0 group by part order by part`,
    [jobId],
  );
  return found.rows;
}

async function startParts(): Promise<WireJob> {
  return server.client.startJob('import', {
    mode: 'insert',
    rowsPerSecond: 3000,
    parts: [
      { collection: 'first', source: await upload(FIRST_RECORDS) },
      { collection: 'second', source: await upload(SECOND_RECORDS) },
    ],
  });
}

test('a worker that is killed in the second part of an import does not run the first one again', async () => {
  const { id } = await startParts();
  await waitUntil('the second part writes', async () => ((await ledgerOf(id))[1]?.records ?? 0) > 0);
  const [first, second] = await ledgerOf(id);
  kill(server.workers());
  const { epoch } = await readJob(database.pool, id);
  assert.ok((second?.records ?? 0) < SECOND_RECORDS, 'it was killed in the middle');

  await waitForEnd(database.pool, id);
  const [firstAfter, secondAfter] = await ledgerOf(id);
  assert.deepEqual(firstAfter, first);
  assert.equal(firstAfter?.records, FIRST_RECORDS);
  assert.equal(secondAfter?.records, SECOND_RECORDS);
  assert.ok((secondAfter?.lastEpoch ?? 0) > epoch, 'it went on in another attempt');
  const rows = await database.pool.query<{ first: number; second: number }>(
    'select (select count(*) from first)::int as first, (select count(*) from second)::int as second',
  );
  assert.deepEqual(rows.rows, [{ first: FIRST_RECORDS, second: SECOND_RECORDS }]);
  const job = await server.client.getJob(id);
  assert.deepEqual(
    [job.state, job.parts.map(({ isComplete, outcomes }) => [isComplete, outcomes.created])],
    [
      'succeeded',
      [
        [true, FIRST_RECORDS],
        [true, SECOND_RECORDS],
      ],
    ],
  );
});

async function startFollowed(): Promise<{ first: WireJob; next: WireJob }> {
  const first = await server.client.startJob('export', { collection: 'first' });
  const next = await server.client.startJob('export', { collection: 'second', after: first.id });
  return { first, next };
}

async function waitedMs(first: WireJob, next: WireJob): Promise<number> {
  const ended = await server.client.waitForJob(first.id);
  const { startedAt, state } = await server.client.waitForJob(next.id);
  assert.deepEqual([ended.state, state], ['succeeded', 'succeeded']);
  return Date.parse(startedAt ?? '') - Date.parse(ended.finishedAt ?? '');
}

test('a job follows the one that it comes after within two seconds', async (context) => {
  const { first, next } = await startFollowed();
  const ms = await waitedMs(first, next);
  context.diagnostic(`it followed after ${ms} ms`);
  assert.ok(ms >= 0 && ms < patienceOf(FOLLOWS_WITHIN_MS), `it followed after ${ms} ms`);
});

test('a worker that is killed between a job and its follower keeps the follower from nothing', async () => {
  const first = await server.client.startJob('import', {
    collection: 'first',
    mode: 'upsert',
    source: await upload(FIRST_RECORDS),
  });
  const next = await server.client.startJob('export', { collection: 'first', after: first.id });
  await waitUntil(
    'the first has ended',
    async () => (await readJob(database.pool, first.id)).state === 'succeeded',
  );
  kill(server.workers());
  await waitForEnd(database.pool, next.id);
  const { state, progress } = await server.client.getJob(next.id);
  assert.deepEqual([state, progress.processed], ['succeeded', FIRST_RECORDS]);
  // A kill after the claim is one more attempt, and no more.
  assert.ok((await readJob(database.pool, next.id)).epoch <= 2);
});
