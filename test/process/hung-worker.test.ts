/** One worker and no other: it hangs (`SIGSTOP`) in the middle of an import, and its supervisor puts another in its place. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { collect } from '../cli/run-waybill.ts';
import { writePeople } from '../support/generate.ts';
import { patienceOf } from '../support/patience.ts';
import { PLAIN_ENVIRONMENT } from '../support/plain-environment.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { kill, ServerProcess, workersOf } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  assertSameOutcome,
  bindCollection,
  createPeopleTable,
  END_LIMIT_MS,
  type ImportCase,
  outcomeOf,
  readJob,
  startImport,
  uploadFile,
  waitForEnd,
  waitForRecord,
} from './import-case.ts';

const RECORDS = 20_000;
const CASE: ImportCase = { options: { mode: 'upsert', duplicates: 'last' } };
const SUCCESSOR_LIMIT_MS = 12_000;
const PROGRAM = fileURLToPath(new URL('../../bin/waybill.mjs', import.meta.url));

let folder: string;
let database: TestDatabase;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-hung-'));
  database = await createTestDatabase();
});
after(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** Stops the process and waits for the next attempt. @returns milliseconds in between */
async function hang(pid: number, jobId: string): Promise<number> {
  const stoppedAt = performance.now();
  process.kill(pid, 'SIGSTOP');
  await waitUntil(
    'the job runs again',
    async () => {
      const job = await readJob(database.pool, jobId);
      return job.epoch === 2 && job.state === 'running';
    },
    SUCCESSOR_LIMIT_MS,
  );
  return performance.now() - stoppedAt;
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('the only worker of a server hangs: it is ended, and the job runs in another within 12 s, as if nothing had been', {
  timeout: patienceOf(60_000),
}, async (context) => {
  const server = await ServerProcess.start({ databaseUrl: database.url, workers: 1 });
  context.after(() => server.stop());
  const file = join(folder, 'people.csv');
  await writePeople(file, { records: RECORDS, badShare: 0.01, duplicateShare: 0.02 });
  const upload = await uploadFile(server.client, file);
  const start = async (schema: string) => {
    await createPeopleTable(database.pool, schema, { ...CASE, records: RECORDS });
    await bindCollection(server.client, schema);
    return (await startImport(server.client, schema, upload, CASE.options)).id;
  };
  const finish = async (jobId: string, schema: string) => {
    await waitForEnd(database.pool, jobId);
    return { ...(await outcomeOf(server.client, database.pool, jobId, schema)), schema };
  };
  const undisturbed = await finish(await start('plain'), 'plain');

  const jobId = await start('hung');
  await waitForRecord(database.pool, jobId, RECORDS / 4);
  const [pid = 0] = server.workers();
  const tookMs = await hang(pid, jobId);
  context.diagnostic(`its successor runs after ${Math.round(tookMs)} ms`);
  assert.equal(isThere(pid), false);
  assert.match(server.log, new RegExp(`worker ${pid} hangs`));
  await assertSameOutcome(database.pool, await finish(jobId, 'hung'), undisturbed);
  assert.equal((await readJob(database.pool, jobId)).epoch, 2);
});

test('the worker of a command without a server hangs: the command goes on with another within 12 s', {
  timeout: patienceOf(120_000),
}, async (context) => {
  const records = Array.from({ length: RECORDS }, (_, id) => `${id},name ${id}\n`).join('');
  await writeFile(join(folder, 'things.csv'), `id,name\n${records}`);
  const run = (...args: string[]) =>
    spawn(process.execPath, [PROGRAM, ...args], {
      cwd: folder,
      env: {
        ...PLAIN_ENVIRONMENT,
        WAYBILL_DATABASE_URL: database.url,
        WAYBILL_STORAGE_MIN_FREE_BYTES: '0',
      },
    });
  const command = run('import', 'things.csv', '--into', 'things', '--key', 'id', '--rows-per-second', '4000');
  context.after(() => command.kill('SIGKILL'));
  const ended = collect(command);
  await waitUntil('a worker has the job', () => workersOf(command.pid ?? 0).length === 1, END_LIMIT_MS);
  const [pid = 0] = workersOf(command.pid ?? 0);
  context.after(() => kill([pid]));
  const jobId = await jobOf(pid);
  await waitForRecord(database.pool, jobId, RECORDS / 4);
  const tookMs = await hang(pid, jobId);
  context.diagnostic(`its successor runs after ${Math.round(tookMs)} ms`);
  assert.equal(isThere(pid), false);
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /20,000 records: 20,000 created/);
  assert.match(stderr, new RegExp(`worker ${pid} hangs`));

  const exported = await collect(run('export', 'things', '--out', 'exported.csv', '--order', 'id'));
  assert.equal(exported.code, 0, exported.stderr);
  const sorted = async (name: string) => (await readFile(join(folder, name), 'utf8')).split(/\r?\n/).sort();
  assert.deepEqual(await sorted('exported.csv'), await sorted('things.csv'));
});

async function jobOf(pid: number): Promise<string> {
  let id: string | undefined;
  const isClaimed = async () => {
    const found = await database.pool.query<{ id: string }>(
      'select j.id from waybill.jobs j join waybill.workers w on w.id = j.worker_id where w.pid = $1',
      [pid],
    );
    id = found.rows[0]?.id;
    return id !== undefined;
  };
  await waitUntil('the worker has claimed the job', isClaimed, END_LIMIT_MS);
  return id ?? '';
}
