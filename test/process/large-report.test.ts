/** A long report of AvePoint's by way of a real server: the workbook grows, the memory of whoever makes it does not. */
import assert from 'node:assert/strict';
import { createWriteStream, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { after, before, test } from 'node:test';
import { openPromise } from 'yauzl';
import { AVEPOINT } from '../../src/protocols/avepoint/avepoint.ts';
import { patienceOf } from '../support/patience.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';

const RECORDS = 300_000;
/** What a long report may take beside an empty one. */
const GROWTH_LIMIT_BYTES = 96 * 1024 * 1024;

let database: TestDatabase;
let server: ServerProcess;
before(async () => {
  database = await createTestDatabase();
  await database.pool.query(`
    create table events (id bigint primary key, who text, what text, at timestamptz);
    insert into events select i, 'ann@example.com', 'did ' || i || ' of many things', '2026-05-01Z' from generate_series(1, ${RECORDS}) i`);
  server = await ServerProcess.start({ databaseUrl: database.url, workers: 1 });
  await server.client.applyCollection('events', {
    name: 'events',
    key: ['id'],
    target: { table: 'events' },
    schema: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        who: { type: 'string' },
        what: { type: 'string' },
        at: { type: 'string', format: 'date-time' },
      },
    },
  });
  const avepoint = { reports: { activities: { collection: 'events', fields: { user: 'who', time: 'at' } } } };
  await writeFile(join(server.dataDir, 'waybill.config.json'), JSON.stringify({ protocols: { avepoint } }));
  await server.terminate();
  await server.startAgain();
});
after(async () => {
  await server.stop();
  await database.drop();
});

async function call(path: string): Promise<Response> {
  const { url, token } = server.client.server;
  const answer = await fetch(new URL(path, url), { headers: { authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 200, path);
  return answer;
}

/** The most memory that the process has had at once. */
function residentPeakOf(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) * 1024;
}

/** Makes the report of a user. @returns its job's id */
async function report(user: string): Promise<string> {
  const started = await call(`/insights/users/${user}/activities/export`);
  const { jobId } = (await started.json()) as { jobId: string };
  const stateOf = async () =>
    AVEPOINT.readStatus(await (await call(`/insights/job/${jobId}/exportstatus`)).json()).state;
  await waitUntil('the report is made', async () => (await stateOf()) === 'succeeded', 40_000);
  return jobId;
}

test(`${RECORDS} records become a workbook in little memory`, {
  timeout: patienceOf(60_000),
}, async (context) => {
  await report('nobody');
  const [worker = -1] = server.workers();
  const peaks = () => [residentPeakOf(worker), residentPeakOf(server.pid)] as const;
  const [workerBefore, serverBefore] = peaks();
  const jobId = await report('ann%40example.com');
  const path = join(server.dataDir, 'report.zip');
  const { body } = await call(`/insights/job/${jobId}/exportfile`);
  assert.ok(body);
  await pipeline(Readable.fromWeb(body), createWriteStream(path));

  assert.deepEqual(server.workers(), [worker], 'it was one worker, all the time');
  const [workerAfter, serverAfter] = peaks();
  const megabytes = (bytes: number) => Math.round(bytes / 1024 / 1024);
  context.diagnostic(
    `worker ${megabytes(workerBefore)} -> ${megabytes(workerAfter)} MiB, server ${megabytes(serverBefore)} -> ${megabytes(serverAfter)} MiB`,
  );
  assert.ok(workerAfter - workerBefore < GROWTH_LIMIT_BYTES);
  assert.ok(serverAfter - serverBefore < GROWTH_LIMIT_BYTES);

  const zip = await openPromise(path);
  const sizes = [];
  for await (const { fileName, uncompressedSize } of zip.eachEntry())
    sizes.push([fileName, uncompressedSize]);
  assert.equal(sizes.length, 1);
  assert.equal(sizes[0]?.[0], 'exportUserActivities.xlsx');
  // Every record has at least the texts of its own.
  assert.ok(Number(sizes[0]?.[1]) > RECORDS * 5);
});
