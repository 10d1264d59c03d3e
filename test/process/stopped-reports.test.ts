/** The report of a job that was stopped: the stop waits for nothing, and whatever dies at the report, it is written in the end. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { hasReported } from '../../src/sdk/wait-for-job.ts';
import type { WireJob } from '../../src/sdk/wire.ts';
import { connectClient } from '../../src/store/connect.ts';
import { writePeople } from '../support/generate.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { kill, ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  assertSums,
  bindCollection,
  createPeopleTable,
  END_LIMIT_MS,
  readJob,
  uploadFile,
  waitForRecord,
  waitForState,
} from './import-case.ts';

const RECORDS = 20_000;
/** The promise is 2 s; the rest is for a busy machine. */
const INTENTION_LIMIT_MS = 4000;

let folder: string;
let database: TestDatabase;
let server: ServerProcess;
let upload: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-stopped-reports-'));
  database = await createTestDatabase();
  server = await ServerProcess.start({ databaseUrl: database.url, workers: 1 });
  const file = join(folder, 'people.csv');
  await writePeople(file, { records: RECORDS, badShare: 0.05 });
  upload = await uploadFile(server.client, file);
});
after(async () => {
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function start(schema: string, options: object): Promise<WireJob> {
  await createPeopleTable(database.pool, schema, { options: { mode: 'upsert' }, records: RECORDS });
  await bindCollection(server.client, schema);
  return server.client.startJob('import', {
    collection: schema,
    source: { upload },
    mode: 'upsert',
    ...options,
  });
}

/** Until it is released, no report gets any further than its groups. */
async function holdReports(context: TestContext): Promise<() => Promise<void>> {
  const holder = await connectClient(database.url, { applicationName: 'waybill-test' });
  context.after(() => holder.end());
  await holder.query('begin; lock table waybill.issue_groups in access exclusive mode');
  return async () => {
    await holder.query('rollback');
  };
}

async function workerAtReport(job: WireJob, besides: string | undefined): Promise<string> {
  let worker: string | null | undefined;
  await waitUntil(
    'a worker is at the report',
    async () => {
      const { rows } = await database.pool.query<{ worker_id: string | null }>(
        'select worker_id from waybill.reports where job_id = $1',
        [job.id],
      );
      worker = rows[0]?.worker_id;
      return worker != null && worker !== besides;
    },
    END_LIMIT_MS,
  );
  return worker ?? '';
}

/** Its files have what its counts say. */
async function assertReported(job: WireJob): Promise<void> {
  assertSums(job);
  assert.deepEqual(job.report, { state: 'complete' });
  assert.ok(job.outcomes.rejected > 0);
  const artifacts = await server.client.listArtifacts(job.id);
  const rejected = artifacts.filter(({ kind }) => kind === 'failed_rows' || kind === 'unreadable_rows');
  assert.equal(
    rejected.reduce((sum, { records = 0 }) => sum + records, 0),
    job.outcomes.rejected,
  );
  const groups = await server.client.listIssueGroups(job.id);
  const failures = groups.filter(({ severity }) => severity === 'error');
  assert.ok(failures.reduce((sum, { count }) => sum + count, 0) >= job.outcomes.rejected);
}

function waitForReport(job: WireJob): Promise<WireJob> {
  return server.client.waitForJob(job.id, { until: hasReported, signal: AbortSignal.timeout(END_LIMIT_MS) });
}

test('a cancel does not wait for the report, which outlives two workers and a stop of the server', async (context) => {
  const job = await start('outlived', { rowsPerSecond: 5000 });
  await waitForRecord(database.pool, job.id, 4000);
  const release = await holdReports(context);
  await server.client.intend(job.id, 'cancel');
  await waitForState(database.pool, job.id, ['cancelled'], INTENTION_LIMIT_MS);
  let worker: string | undefined;
  for (let deaths = 0; deaths < 2; deaths += 1) {
    worker = await workerAtReport(job, worker);
    assert.deepEqual((await server.client.getJob(job.id)).report, { state: 'pending' });
    kill(server.workers());
  }
  await workerAtReport(job, worker);
  const failedRows = await fetch(new URL(`/v1/jobs/${job.id}/failed-rows`, server.client.server.url), {
    headers: { authorization: `Bearer ${server.client.server.token}` },
  });
  assert.equal(failedRows.status, 404);
  assert.match(((await failedRows.json()) as { detail: string }).detail, /still being written. Ask again/);
  const stopping = server.terminate();
  await release();
  assert.equal(await stopping, 0);
  await server.startAgain();
  await assertReported(await waitForReport(job));
});

test('a job at which workers die leaves its failed rows', async (context) => {
  const job = await start('deadly', { lockTimeoutMs: 60_000, rowsPerSecond: 20_000 });
  const holder = await connectClient(database.url, { applicationName: 'waybill-test' });
  context.after(() => holder.end());
  await holder.query(`begin; select from deadly.people where id between 9000 and 9050 for update`);
  // Each attempt that lands a chunk before the held rows is progress, and the deaths before it no longer count.
  for (let state: string = job.state; state !== 'failed'; ) {
    await waitUntil(
      'the job is run',
      async () => (await readJob(database.pool, job.id)).state === 'running',
      END_LIMIT_MS,
    );
    await waitUntil(
      'its write waits',
      async () => {
        const waiting = await database.pool.query(
          `select from pg_stat_activity where application_name like 'waybill/' || $1 || '/%' and wait_event_type = 'Lock'`,
          [job.id],
        );
        return waiting.rowCount !== 0;
      },
      END_LIMIT_MS,
    );
    const { epoch } = await readJob(database.pool, job.id);
    kill(server.workers());
    await waitUntil(
      'the job is taken back',
      async () => {
        const row = await readJob(database.pool, job.id);
        state = row.state;
        return row.epoch > epoch || row.state !== 'running';
      },
      END_LIMIT_MS,
    );
  }
  const ended = await waitForReport(job);
  assert.equal(ended.failure?.code, 'job.crashes_worker');
  await assertReported(ended);
});
