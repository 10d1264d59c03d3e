/** Figures that are counted where they change, held against counting everything. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { inTransaction, type Queryable } from '../../../src/store/database.ts';
import { foldFigures, readFigures } from '../../../src/store/figures.ts';
import { claimJob, reportProgress, settleCounts } from '../../../src/store/jobs/claims.ts';
import { createJob } from '../../../src/store/jobs/create-job.ts';
import { markJobDeleted } from '../../../src/store/jobs/delete-job.ts';
import { cancelJob, retryJob } from '../../../src/store/jobs/intentions.ts';
import { moveJob } from '../../../src/store/jobs/move-job.ts';
import { moveIntoPast } from '../../../src/store/move-into-past.ts';
import { deleteJobs, expireUploads } from '../../../src/store/retention.ts';
import { recordUpload } from '../../../src/store/uploads.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `insert into waybill.collection_versions (name, version, definition) values ('people', 1, '{}')`,
  );
});
after(() => database.drop());

const FAILURE = { code: 'job.too_many_errors', message: 'too many', retryable: true };
const NONE = {
  created: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  skipped: 0,
  rejected: 0,
  warned: 0,
  removed: 0,
};

/** A job's life, one of several; `throw_` says which. */
async function live(db: Queryable, fate: number): Promise<void> {
  const { pool } = database;
  await recordUpload(db, {
    id: randomUUID(),
    sha256: 'a'.repeat(64),
    sizeBytes: 10 + fate,
    storageKey: `uploads/${randomUUID()}`,
    keepMs: fate % 2 === 0 ? -1 : 60_000,
  });
  const kind = fate % 3 === 0 ? 'validation' : 'import';
  const part = { collection: 'people', collectionVersion: 1, scope: {} };
  const { job } = await createJob(db, { kind, options: {} as never, parts: [part] });
  const held = { jobId: job.id, epoch: 1 };
  if (fate % 7 === 6) return void (await cancelJob(db, job.id));
  await claimJob(db, { jobId: job.id, workerId: randomUUID() });
  await reportProgress(db, {
    ...held,
    phase: 'writing',
    percentage: 10,
    part: { part: 0, counts: { ...NONE, created: fate } },
  });
  await settleCounts(db, {
    ...held,
    part: 0,
    counts: { ...NONE, created: fate, rejected: 2, skipped: fate % 2 },
  });
  if (fate % 7 === 5) return;
  if (fate % 2 === 0) await moveJob(db, { jobId: job.id, event: 'succeeded' });
  else await moveJob(db, { jobId: job.id, event: 'failed', failure: FAILURE });
  await db.query(
    `insert into waybill.artifacts (job_id, part, kind, name, media_type, size_bytes, sha256, storage_key)
     values ($1, 0, 'issues', 'issues.csv', 'text/csv', $2, 'x', 'y')`,
    [job.id, 100 + fate],
  );
  // Counts of an ended job may still change, as when what it had staged is dropped.
  if (fate % 7 === 1)
    await settleCounts(db, { ...held, part: 0, counts: { ...NONE, created: 1, rejected: 4 } });
  if (fate % 7 === 2) await markJobDeleted(db, job.id);
  if (fate % 14 === 3) await deleteJobs(db, [job.id]);
  if (fate % 7 === 4 && db === pool && fate % 2 === 1) await retryJob(pool, job.id);
}

async function readSums(): Promise<Record<string, string>> {
  const found = await database.pool.query<{ figure: string; minute: string; amount: string }>(
    `select figure, minute::text, sum(amount)::text as amount from (
       select * from waybill.figures union all select * from waybill.figure_changes) f
     group by 1, 2 having sum(amount) <> 0 order by 1, 2`,
  );
  return Object.fromEntries(found.rows.map(({ figure, minute, amount }) => [`${figure} ${minute}`, amount]));
}

/** The same after everything has been counted anew. */
async function assertTrue(): Promise<void> {
  const kept = await readSums();
  const shown = await readFigures(database.pool);
  await database.pool.query('select waybill.recount_figures()');
  assert.deepEqual(kept, await readSums());
  const { leaseAgeSeconds: _age, oldestQueuedSeconds: _oldest, ...rest } = shown;
  const {
    leaseAgeSeconds: _age2,
    oldestQueuedSeconds: _oldest2,
    ...again
  } = await readFigures(database.pool);
  assert.deepEqual(rest, again);
}

test('whatever becomes of jobs at the same time, beside folding and what is undone, figures are what counting gives', async () => {
  const { pool } = database;
  const undone = new Error('undone');
  await Promise.all([
    ...Array.from({ length: 84 }, (_, fate) => live(pool, fate)),
    ...Array.from({ length: 14 }, (_, fate) =>
      inTransaction(pool, async (db) => {
        await live(db, fate);
        throw undone;
      }).catch((error: unknown) => assert.equal(error, undone)),
    ),
    ...Array.from({ length: 30 }, () => foldFigures(pool)),
    ...Array.from({ length: 5 }, () => expireUploads(pool, 3)),
  ]);
  const { jobs, records, uploadBytes, artifactBytes, attempts } = await readFigures(pool);
  assert.ok(jobs.some(({ state, endedLately }) => state === 'failed' && endedLately > 0));
  assert.ok((records['created'] ?? 0) > 0 && uploadBytes > 0 && artifactBytes > 0 && attempts > 0);
  await assertTrue();
});

test('what was folded is as it was, and what comes after is added to it', async () => {
  const { pool } = database;
  await live(pool, 8);
  const before = await readSums();
  assert.ok((await foldFigures(pool)) > 0);
  assert.deepEqual(await readSums(), before);
  assert.equal(await foldFigures(pool), 0);
  await live(pool, 9);
  await assertTrue();
});

test('what lies behind the last hour has not ended lately, and the sums stay small', async () => {
  const { pool } = database;
  await live(pool, 8);
  await moveIntoPast(pool, 61 * 60 * 1000);
  await live(pool, 10);
  await assertTrue();
  const lately = (await readFigures(pool)).jobs.reduce((sum, { endedLately }) => sum + endedLately, 0);
  assert.equal(lately, 1);
  await moveIntoPast(pool, 24 * 3600 * 1000);
  await foldFigures(pool);
  const minutes = Object.keys(await readSums()).filter((name) => name.startsWith('ended.'));
  assert.deepEqual(minutes, []);
  await assertTrue();
});
