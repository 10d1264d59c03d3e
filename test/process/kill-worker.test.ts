/** `kill -9` of a worker in the middle of an import, in every mode: it goes on by itself, and nothing shows it afterwards. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type PeopleFile, seededRandom, writePeople } from '../support/generate.ts';
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

const RECORDS = 20_000;
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Math.floor(Math.random() * 1e9));
const random = seededRandom(SEED);

interface KillCase extends ImportCase {
  readonly title: string;
  /** Default `plain`. */
  readonly file?: FileName;
}

let folder: string;
let database: TestDatabase;
let server: ServerProcess;
type FileName = 'plain' | 'conflicts' | 'clean';
/** Ids of the uploads. */
let uploads: Readonly<Record<FileName, string>>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-kill-'));
  database = await createTestDatabase();
  server = await ServerProcess.start({ databaseUrl: database.url, workers: 1 });
  const files: Readonly<Record<FileName, Omit<PeopleFile, 'records'>>> = {
    plain: { badShare: 0.01, duplicateShare: 0.02 },
    conflicts: { badShare: 0.005, duplicateShare: 0.01, conflictShare: 0.01 },
    clean: { duplicateShare: 0.02 },
  };
  const sent: Record<string, string> = {};
  for (const [name, file] of Object.entries(files)) {
    const path = join(folder, `${name}.csv`);
    await writePeople(path, { ...file, records: RECORDS, seed: SEED });
    sent[name] = await uploadFile(server.client, path);
  }
  uploads = sent as Record<FileName, string>;
});
after(async () => {
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function start(
  name: string,
  given: Omit<KillCase, 'title'>,
): Promise<{ jobId: string; schema: string }> {
  await createPeopleTable(database.pool, name, { ...given, records: RECORDS });
  await bindCollection(server.client, name);
  const job = await startImport(server.client, name, uploads[given.file ?? 'plain'], given.options);
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

const CASES: readonly KillCase[] = [
  { title: 'insert, duplicates are errors', options: { mode: 'insert', duplicates: 'error' } },
  { title: 'update, the first wins', options: { mode: 'update', duplicates: 'first' } },
  { title: 'upsert, the last wins', options: { mode: 'upsert', duplicates: 'last' } },
  {
    title: 'upsert with a second unique column',
    options: { mode: 'upsert', duplicates: 'error' },
    hasSecondUnique: true,
    file: 'conflicts',
  },
  {
    title: 'insert with a second unique column, the last wins',
    options: { mode: 'insert', duplicates: 'last' },
    hasSecondUnique: true,
    file: 'conflicts',
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
    file: 'conflicts',
  },
  { title: 'all or nothing, refused', options: { mode: 'upsert', atomicity: 'all', duplicates: 'last' } },
  {
    title: 'all or nothing, applied',
    options: { mode: 'upsert', atomicity: 'all', duplicates: 'last' },
    file: 'clean',
  },
];

for (const [index, { title, ...given }] of CASES.entries()) {
  test(`${title}: after kills at random moments rows, counts and issues are those of an undisturbed run`, async (context) => {
    context.diagnostic(`seed ${SEED}`);
    const startedAt = performance.now();
    const undisturbed = await finish(await start(`plain_${index}`, given));
    const tookMs = performance.now() - startedAt;
    assert.equal(undisturbed.issues.length > 0, given.file !== 'clean');

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
