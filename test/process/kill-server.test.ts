/** `kill -9` of the whole server, and of PostgreSQL alone, in the middle of an import: it ends by itself as if nothing had been. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { createPool } from '../../src/store/connect.ts';
import { seededRandom, writePeople } from '../support/generate.ts';
import { kill, ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  assertSameOutcome,
  bindCollection,
  createPeopleTable,
  type ImportCase,
  outcomeOf,
  startImport,
  uploadFile,
  waitForEnd,
  waitForRecord,
} from './import-case.ts';

const RECORDS = 30_000;
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Math.floor(Math.random() * 1e9));
const random = seededRandom(SEED);

let folder: string;
let server: ServerProcess;
let pool: Pool;
let upload: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-kill-'));
  server = await ServerProcess.start({ workers: 1 });
  pool = createPool(await server.databaseUrl(), { applicationName: 'waybill-test', max: 2 });
  const file = join(folder, 'people.csv');
  await writePeople(file, { records: RECORDS, seed: SEED, badShare: 0.005, duplicateShare: 0.01 });
  upload = await uploadFile(server.client, file);
});
after(async () => {
  await pool.end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(schema: string, given: ImportCase): Promise<{ jobId: string; schema: string }> {
  await createPeopleTable(pool, schema, { ...given, records: RECORDS });
  await bindCollection(server.client, schema);
  const job = await startImport(server.client, schema, upload, given.options);
  return { jobId: job.id, schema };
}

async function finish(job: { jobId: string; schema: string }) {
  await waitForEnd(pool, job.jobId);
  return { ...(await outcomeOf(server.client, pool, job.jobId, job.schema)), schema: job.schema };
}

async function killServer(): Promise<void> {
  await server.killEverything();
  await server.startAgain();
}

/** The supervisor starts it again by itself. */
async function killPostgres(): Promise<void> {
  const pid = await server.postgres();
  kill([pid]);
  await waitUntil('PostgreSQL is there again', async () => {
    const next = await server.postgres().catch(() => pid);
    if (next === pid) return false;
    return pool.query('select').then(
      () => true,
      () => false,
    );
  });
}

const CASES: readonly (ImportCase & { readonly title: string; readonly disturb: () => Promise<void> })[] = [
  {
    title: 'the server is killed during an upsert, the last wins',
    options: { mode: 'upsert', duplicates: 'last' },
    disturb: killServer,
  },
  {
    title: 'the server is killed during a replace',
    options: { mode: 'replace', duplicates: 'first', replaceDespiteErrors: true },
    disturb: killServer,
  },
  {
    title: 'PostgreSQL is killed during an upsert',
    options: { mode: 'upsert', duplicates: 'error' },
    disturb: killPostgres,
  },
  {
    title: 'PostgreSQL is killed during a replace',
    options: { mode: 'replace', duplicates: 'last', replaceDespiteErrors: true },
    disturb: killPostgres,
  },
];

for (const [index, { title, disturb, ...given }] of CASES.entries()) {
  test(`${title}: rows, counts and issues are those of an undisturbed run`, async (context) => {
    context.diagnostic(`seed ${SEED}`);
    const startedAt = performance.now();
    const undisturbed = await finish(await start(`plain_${index}`, given));
    const tookMs = performance.now() - startedAt;
    assert.equal(undisturbed.state, 'succeeded');

    const job = await start(`killed_${index}`, given);
    const record = Math.floor(random() * RECORDS * 0.8);
    await waitForRecord(pool, job.jobId, record);
    await disturb();
    // The second time anywhere: while it starts, indexes, writes, commits or reports.
    const pauseMs = random() * tookMs;
    await delay(pauseMs);
    await disturb();
    const disturbed = await finish(job);
    const timeline = await server.client.getTimeline(job.jobId);
    context.diagnostic(
      `undisturbed ${Math.round(tookMs)} ms; disturbed at record ${record} and ${Math.round(pauseMs)} ms after: ` +
        timeline
          .map(({ at, event, detail }) => `${event} ${at.slice(17)} ${JSON.stringify(detail)}`)
          .join(', '),
    );
    await assertSameOutcome(pool, disturbed, undisturbed);
  });
}
