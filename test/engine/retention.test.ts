/** What the janitor removes: each thing at its time and not before, and nothing that a job still needs. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { after, before, beforeEach, describe, test } from 'node:test';
import { AppError } from '../../src/core/errors.ts';
import type { Job } from '../../src/core/job.ts';
import { getArtifact } from '../../src/store/artifacts.ts';
import { listIssueGroups } from '../../src/store/issue-groups.ts';
import { findJob } from '../../src/store/jobs/find-jobs.ts';
import { retryJob } from '../../src/store/jobs/intentions.ts';
import { getUpload } from '../../src/store/uploads.ts';
import { createJanitor, type JanitorSettings } from '../../src/worker/janitor.ts';
import { createEngine, type Engine } from './harness.ts';
import { startImport } from './start-jobs.ts';

const HOUR_MS = 3600 * 1000;
const NEVER: JanitorSettings = {
  jobsMs: 1000 * HOUR_MS,
  ledgerMs: 1000 * HOUR_MS,
  issueValuesMs: 1000 * HOUR_MS,
};

let engine: Engine;
before(async () => {
  // Each kind of file has a time of its own, in hours: 2, 3, 4. Uploads have one hour.
  engine = await createEngine({
    settings: {
      keepMs: { results: 2 * HOUR_MS, uploads: HOUR_MS, failedRows: 3 * HOUR_MS, issueFiles: 4 * HOUR_MS },
    },
  });
  await engine.database.pool.query('create table things (id bigint primary key, name text)');
  await engine.apply({
    name: 'things',
    key: ['id'],
    target: { table: 'things' },
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
  });
});
after(() => engine.close());

async function clean(settings: Partial<JanitorSettings> = {}): Promise<Record<string, number>> {
  const { pool, files, targetOf } = engine.worker;
  const janitor = createJanitor({
    pool,
    files,
    targetOf,
    settings: { ...NEVER, ...settings },
    onError: (error) => assert.fail(error as Error),
  });
  const removed = (await janitor.runOnce()) as Record<string, number>;
  return Object.fromEntries(Object.entries(removed).filter(([, count]) => count > 0));
}

/** Moves everything into the past: as good as waiting. */
async function pass(hours: number): Promise<void> {
  const by = `interval '${hours} hours'`;
  await engine.database.pool.query(`
    update waybill.uploads set created_at = created_at - ${by}, expires_at = expires_at - ${by};
    update waybill.artifacts set created_at = created_at - ${by}, expires_at = expires_at - ${by};
    update waybill.jobs set created_at = created_at - ${by}, started_at = started_at - ${by}, finished_at = finished_at - ${by}`);
}

async function count(sql: string, jobId: string): Promise<number> {
  const result = await engine.database.pool.query<{ count: number }>(
    `select count(*)::int as count from ${sql} where job_id = $1`,
    [jobId],
  );
  return result.rows[0]?.count ?? 0;
}

async function pathOf(job: Job, name: string): Promise<string> {
  return engine.worker.files.path((await getArtifact(engine.database.pool, job.id, name)).storageKey);
}

describe('the janitor', () => {
  let upload: string;
  let imported: Job;
  let exported: Job;
  beforeEach(async () => {
    await engine.database.pool.query('delete from waybill.jobs; delete from waybill.uploads');
    upload = await engine.upload('id,name\n1,one\nx,two\n');
    imported = (await engine.import({ collection: 'things', source: { upload } })).job;
    exported = (await engine.export({ collection: 'things', format: 'csv' })).job;
  });

  test('removes nothing before its time, but the work folders of finished jobs', async () => {
    await pass(0.9);
    assert.deepEqual(await clean(), { workFolders: 1 });
    assert.deepEqual(await clean(), {});
  });

  test('removes uploads, results, failed rows and issue files, each at its own time', async () => {
    await clean();
    const uploaded = engine.worker.files.path((await getUpload(engine.database.pool, upload)).storageKey);
    const files = {
      result: await pathOf(exported, 'things.csv'),
      failed: await pathOf(imported, 'failed.csv'),
      issues: await pathOf(imported, 'issues.jsonl'),
    };
    await pass(1.1);
    assert.deepEqual(await clean(), { uploads: 1 });
    assert.equal(existsSync(uploaded), false);
    await assert.rejects(getUpload(engine.database.pool, upload), { code: 'storage.expired' });
    await pass(1);
    // The export's result and its manifest.
    assert.deepEqual(await clean(), { artifacts: 2 });
    assert.deepEqual([existsSync(files.result), existsSync(files.failed)], [false, true]);
    await assert.rejects(getArtifact(engine.database.pool, exported.id, 'things.csv'), {
      code: 'storage.expired',
    });
    await pass(1);
    assert.deepEqual(await clean(), { artifacts: 1 });
    assert.deepEqual([existsSync(files.failed), existsSync(files.issues)], [false, true]);
    await pass(1);
    assert.deepEqual(await clean(), { artifacts: 3 });
    assert.equal(existsSync(files.issues), false);
  });

  test('forgets the values of issues, and keeps the rest of them', async () => {
    await clean();
    const valuesOf = async () =>
      (await listIssueGroups(engine.database.pool, imported.id)).flatMap(({ examples }) =>
        examples.map(({ record, value }) => [record, value]),
      );
    assert.deepEqual(await clean({ issueValuesMs: HOUR_MS }), {});
    assert.deepEqual(await valuesOf(), [[2, 'x']]);
    await pass(0.95);
    assert.deepEqual(await clean({ issueValuesMs: HOUR_MS }), {});
    await pass(0.1);
    assert.equal((await clean({ issueValuesMs: HOUR_MS }))['issueValues'], 1);
    assert.deepEqual(await valuesOf(), [[2, undefined]]);
    assert.deepEqual(await clean({ issueValuesMs: HOUR_MS }), {});
  });

  test('drops the ledger of a finished job, and later the job with all that hangs on it', async () => {
    await clean();
    const failed = await pathOf(imported, 'failed.csv');
    await pass(10);
    assert.deepEqual((await clean({ ledgerMs: 11 * HOUR_MS, jobsMs: 20 * HOUR_MS }))['ledgers'], undefined);
    assert.equal(await count('waybill_ledger.ledger', imported.id), 1);
    await pass(2);
    assert.equal((await clean({ ledgerMs: 11 * HOUR_MS, jobsMs: 20 * HOUR_MS }))['ledgers'], 1);
    assert.equal(await count('waybill_ledger.ledger', imported.id), 0);
    assert.ok(await findJob(engine.database.pool, imported.id));
    await pass(9);
    assert.equal((await clean({ ledgerMs: 11 * HOUR_MS, jobsMs: 20 * HOUR_MS }))['jobs'], 2);
    assert.equal(await findJob(engine.database.pool, imported.id), undefined);
    assert.equal(await count('waybill.timeline', imported.id), 0);
    assert.equal(existsSync(failed), false);
    assert.deepEqual(await clean({ jobsMs: 0, ledgerMs: 0 }), {});
  });

  test('keeps what an unfinished job needs, whatever its age', async () => {
    await clean();
    const request = { collection: 'things', source: { upload } };
    const { job } = await startImport(engine, 'import', request);
    const { files, pool } = engine.worker;
    await mkdir(files.path(`work/${job.id}/0`), { recursive: true });
    const { sha256, storageKey } = await getUpload(pool, upload);
    await mkdir(files.path('spool'), { recursive: true });
    const spool = files.path(`spool/${sha256}.gzip.spool`);
    await writeFile(spool, 'x');
    await utimes(spool, new Date(0), new Date(0));
    await utimes(files.path(storageKey), new Date(0), new Date(0));
    await pass(100);
    await clean({ ledgerMs: 0 });
    assert.ok(
      existsSync(files.path(storageKey)) && existsSync(spool) && existsSync(files.path(`work/${job.id}`)),
    );
    const ended = await engine.attempt(job);
    assert.equal(ended.state, 'succeeded');
    const removed = await clean();
    assert.deepEqual([removed['uploads'], removed['spools'], removed['workFolders']], [1, 1, 1]);
    assert.equal(existsSync(files.path(storageKey)) || existsSync(spool), false);
  });

  test('leaves nothing behind, however much there is to remove', async () => {
    await engine.database.pool.query(`insert into waybill.uploads (id, sha256, size_bytes, storage_key, expires_at)
      select gen_random_uuid(), repeat('0', 64), 0, 'uploads/none-' || n, now() from generate_series(1, 250) n`);
    assert.equal((await clean())['uploads'], 250);
  });

  test('removes files that no row speaks of once they are a day old', async () => {
    await clean();
    const { files } = engine.worker;
    const stray = files.path('uploads/stray.tmp');
    await writeFile(stray, 'cut off');
    assert.deepEqual(await clean(), {});
    const yesterday = new Date(Date.now() - 25 * HOUR_MS);
    await utimes(stray, yesterday, yesterday);
    assert.deepEqual(await clean(), { strays: 1 });
    assert.equal(existsSync(stray), false);
  });
});

describe('a job whose target is gone', () => {
  test('does not keep the janitor from what else is to be removed, and goes with its time', async () => {
    const upload = await engine.upload('id,name\n1,one\n');
    const { job } = await engine.import({ collection: 'things', source: { upload } });
    await mkdir(engine.worker.files.path('work/none'), { recursive: true });
    await pass(2000);
    const errors: unknown[] = [];
    const { pool, files } = engine.worker;
    let failure: Error = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
    const janitor = createJanitor({
      pool,
      files,
      targetOf: () => {
        throw failure;
      },
      settings: NEVER,
      onError: (error) => errors.push(error),
    });
    const away = await janitor.runOnce();
    assert.deepEqual([away['jobs'], (away['workFolders'] ?? 0) > 0], [0, true]);
    assert.ok(await findJob(pool, job.id));
    failure = new AppError('target.not_found', 'The configuration does not have it any more.');
    await janitor.runOnce();
    assert.equal(await findJob(pool, job.id), undefined);
    assert.deepEqual(
      [...new Set(errors.map((error) => (error as { code: string }).code))],
      ['ECONNREFUSED', 'target.not_found'],
    );
  });
});

test('a failed job whose ledger was dropped cannot be retried, since its rows would land again', async () => {
  const upload = await engine.upload('id,name\nx,one\n');
  const { job } = await engine.import({ collection: 'things', source: { upload } });
  assert.equal(job.state, 'failed');
  await pass(1.5);
  await clean({ ledgerMs: HOUR_MS });
  await assert.rejects(retryJob(engine.database.pool, job.id), { code: 'job.expired' });
});
