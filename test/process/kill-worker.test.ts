/** `kill -9` of a worker in the middle of an import, in every mode: it goes on by itself, and nothing shows it afterwards. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { seededRandom, writePeople } from '../support/generate.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { kill, ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  assertSameOutcome,
  bindCollection,
  createPeopleTable,
  type ImportCase,
  outcomeOf,
  readJob,
  startImport,
  uploadFile,
  waitForEnd,
  waitForRecord,
} from './import-case.ts';

const RECORDS = 30_000;
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Math.floor(Math.random() * 1e9));
const random = seededRandom(SEED);

let folder: string;
let database: TestDatabase;
let server: ServerProcess;
let uploads: { plain: string; conflicts: string };

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-kill-'));
  database = await createTestDatabase();
  server = await ServerProcess.start({ databaseUrl: database.url, workers: 1 });
  const file = join(folder, 'people.csv');
  await writePeople(file, { records: RECORDS, seed: SEED, badShare: 0.01, duplicateShare: 0.02 });
  const conflicting = join(folder, 'conflicts.csv');
  await writePeople(conflicting, {
    records: RECORDS,
    seed: SEED,
    badShare: 0.005,
    duplicateShare: 0.01,
    conflictShare: 0.01,
  });
  uploads = {
    plain: await uploadFile(server.client, file),
    conflicts: await uploadFile(server.client, conflicting),
  };
});
after(async () => {
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function start(name: string, given: ImportCase): Promise<{ jobId: string; schema: string }> {
  await createPeopleTable(database.pool, name, { ...given, records: RECORDS });
  await bindCollection(server.client, name);
  const upload = given.hasSecondUnique === true ? uploads.conflicts : uploads.plain;
  const job = await startImport(server.client, name, upload, given.options);
  return { jobId: job.id, schema: name };
}

async function finish(job: { jobId: string; schema: string }) {
  await waitForEnd(database.pool, job.jobId);
  const outcome = await outcomeOf(server.client, database.pool, job.jobId, job.schema);
  return { ...outcome, schema: job.schema };
}

async function killWorker(): Promise<void> {
  const pids = server.workers();
  kill(pids);
  await waitUntil('another worker runs', () => server.workers().some((pid) => !pids.includes(pid)));
}

const CASES: readonly (ImportCase & { readonly title: string })[] = [
  { title: 'insert, duplicates are errors', options: { mode: 'insert', duplicates: 'error' } },
  { title: 'update, the first wins', options: { mode: 'update', duplicates: 'first' } },
  { title: 'upsert, the last wins', options: { mode: 'upsert', duplicates: 'last' } },
  {
    title: 'upsert with a second unique column',
    options: { mode: 'upsert', duplicates: 'error' },
    hasSecondUnique: true,
  },
  {
    title: 'insert with a second unique column, the last wins',
    options: { mode: 'insert', duplicates: 'last' },
    hasSecondUnique: true,
  },
  { title: 'delete, the first wins', options: { mode: 'delete', duplicates: 'first' } },
  {
    title: 'replace, the last wins',
    options: { mode: 'replace', duplicates: 'last', replaceDespiteErrors: true },
  },
  {
    title: 'replace with a second unique column, the first wins',
    options: { mode: 'replace', duplicates: 'first', replaceDespiteErrors: true },
    hasSecondUnique: true,
  },
  { title: 'all or nothing, refused', options: { mode: 'upsert', atomicity: 'all', duplicates: 'last' } },
];

for (const [index, { title, ...given }] of CASES.entries()) {
  test(`${title}: after kills at random moments rows, counts and issues are those of an undisturbed run`, async (context) => {
    context.diagnostic(`seed ${SEED}`);
    const startedAt = performance.now();
    const undisturbed = await finish(await start(`plain_${index}`, given));
    const tookMs = performance.now() - startedAt;
    assert.ok(undisturbed.issues.length > 0);

    const job = await start(`killed_${index}`, given);
    const record = Math.floor(random() * RECORDS * 0.8);
    await waitForRecord(database.pool, job.jobId, record);
    await killWorker();
    await waitUntil('the job runs again', async () => (await readJob(database.pool, job.jobId)).epoch > 1);
    const pauseMs = random() * tookMs;
    await delay(pauseMs);
    await killWorker();
    const disturbed = await finish(job);
    context.diagnostic(
      `undisturbed ${Math.round(tookMs)} ms; killed at record ${record}, then ${Math.round(pauseMs)} ms after the second claim; attempts: ${(await readJob(database.pool, job.jobId)).epoch}`,
    );
    await assertSameOutcome(database.pool, disturbed, undisturbed);
  });
}
