/** What goes wrong around a job while it runs: the table changes, the database goes away, the disk is full. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import type { Job } from '../../src/core/job.ts';
import { createFileStore } from '../../src/store/files.ts';
import { claimJob } from '../../src/store/jobs/claims.ts';
import { getJob } from '../../src/store/jobs/find-jobs.ts';
import { runJob } from '../../src/worker/run-job.ts';
import { countsOf, createEngine, type Engine, rowsOf } from './harness.ts';
import { startImport } from './start-jobs.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
});
after(() => engine.close());

beforeEach(async () => {
  await engine.database.pool.query(`drop table if exists things;
    create table things (id bigint primary key, name text, note text)`);
  await engine.apply({
    name: 'things',
    key: ['id'],
    target: { table: 'things' },
    schema: {
      type: 'object',
      properties: { id: { type: 'integer' }, name: { type: 'string' }, note: { type: ['string', 'null'] } },
    },
  });
});

/** 200 records in chunks of ten, held up by the pace so that something can happen meanwhile. */
async function accept(): Promise<Job> {
  const lines = Array.from({ length: 200 }, (_, index) => `${index + 1},name ${index + 1}\n`);
  const upload = await engine.upload(`id,name\n${lines.join('')}`);
  const request = { collection: 'things', source: { upload }, rowsPerSecond: 100 };
  return (await startImport(engine, 'import', request)).job;
}

/** Runs `event` once the first chunk has landed. */
async function whileRunning(job: Job, event: () => Promise<unknown>): Promise<Job> {
  const attempt = engine.attempt(job, { maxChunkRecords: 10 });
  for (;;) {
    const { rows } = await engine.database.pool.query<{ chunks: number }>(
      'select count(*)::int as chunks from waybill_ledger.ledger where job_id = $1',
      [job.id],
    );
    if ((rows[0]?.chunks ?? 0) > 0) break;
  }
  await event();
  return attempt;
}

const ALTERATIONS: readonly [name: string, sql: string][] = [
  ['a column is dropped', 'alter table things drop column name'],
  ['the type of a column is changed', 'alter table things alter column name type int using 1'],
  ['the table is dropped', 'drop table things'],
  ['the table is renamed', 'alter table things rename to other; drop table other'],
];

for (const [name, sql] of ALTERATIONS) {
  test(`a job fails clearly when ${name} under it`, async () => {
    const ended = await whileRunning(await accept(), () => engine.database.pool.query(sql));
    assert.equal(ended.state, 'failed');
    assert.equal(ended.failure?.code, 'target.altered', ended.failure?.message);
    assert.match(ended.failure?.message ?? '', /things/);
    assert.deepEqual(engine.bugs.map(String), []);
  });
}

test('a column that is added under a job does not disturb it', async () => {
  const ended = await whileRunning(await accept(), () =>
    engine.database.pool.query('alter table things add column extra text'),
  );
  assert.deepEqual([ended.state, countsOf(ended)], ['succeeded', { created: 200 }]);
});

test('a job whose database went away is given back, and goes on where it was', async () => {
  const job = await accept();
  const given = await whileRunning(job, () =>
    engine.database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'waybill/' || $1 || '/1'`,
      [job.id],
    ),
  );
  assert.equal(given.state, 'queued');
  assert.equal(given.reason, 'transient');
  // The wait before the next attempt is not what is tested.
  await engine.database.pool.query('update waybill.jobs set not_before = null where id = $1', [job.id]);
  const ended = await engine.attempt(given, { maxChunkRecords: 1000 });
  assert.deepEqual([ended.state, countsOf(ended)], ['succeeded', { created: 200 }]);
  const ledger = await engine.database.pool.query(
    'select sum(created)::int as created, count(distinct epoch)::int as epochs from waybill_ledger.ledger where job_id = $1',
    [job.id],
  );
  assert.deepEqual(ledger.rows, [{ created: 200, epochs: 2 }]);
});

test('a file that does not fit onto the disk is refused, and leaves nothing', {
  skip: process.getuid?.() === 0 ? false : 'needs root',
}, async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-disk-'));
  const mount = promisify(execFile);
  try {
    await mount('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
  } catch {
    await rm(folder, { recursive: true });
    context.skip('needs root');
    return;
  }
  try {
    const files = createFileStore(folder, 0);
    const pieces = async function* () {
      for (let count = 0; count < 8; count += 1) yield Buffer.alloc(1024 * 1024, 'x');
    };
    await assert.rejects(files.save('uploads/large', pieces()), {
      code: 'storage.full',
      message: /disk.*full.*[Ff]ree some space/s,
      isRetryable: true,
    });
    assert.deepEqual(await readdir(join(folder, 'uploads')), []);
    const floored = createFileStore(folder, 16 * 1024 * 1024);
    await assert.rejects(floored.save('uploads/small', pieces()), {
      code: 'storage.full',
      message: /MiB are free.*storage.minFreeBytes/s,
    });
  } finally {
    await mount('umount', [folder]);
    await rm(folder, { recursive: true });
  }
});

test('a job that finds the disk full is given back, and ends when there is room again', async () => {
  const upload = await engine.upload('id,name\n1,one\nx,two\n');
  const request = { collection: 'things', source: { upload } };
  const { job } = await startImport(engine, 'import', request);
  const full = createFileStore(engine.dataDir, Number.MAX_SAFE_INTEGER);
  const given = await engine.attempt(job, {}, { files: full });
  assert.equal(given.state, 'queued');
  assert.equal(given.reason, 'disk_full');
  await engine.database.pool.query('update waybill.jobs set not_before = null where id = $1', [job.id]);
  const ended = await engine.attempt(given);
  assert.deepEqual([ended.state, countsOf(ended)], ['succeeded', { created: 1, rejected: 1 }]);
  assert.deepEqual(await rowsOf(engine, 'things'), [{ id: 1, name: 'one', note: null }]);
});

for (const [what, error] of [
  ['says that the disk is full', Object.assign(new Error('could not extend file'), { code: '53100' })],
  ['breaks off, on a disk that is full', new Error('Connection terminated unexpectedly')],
] as const) {
  test(`a job whose database ${what} waits for space, and says so`, async () => {
    const upload = await engine.upload('id,name\n1,one\n');
    const { job } = await startImport(engine, 'import', {
      collection: 'things',
      source: { upload },
      allowConcurrent: true,
    });
    const claimed = await claimJob(engine.database.pool, { jobId: job.id, workerId: randomUUID() });
    assert.ok(claimed);
    const fail = () => Promise.reject(error);
    await runJob(
      {
        pool: engine.database.pool,
        pipelines: { import: fail, validation: fail, export: fail },
        targetOf: () => assert.fail('nothing is written'),
        liveness: { workerId: randomUUID(), signal: new AbortController().signal, end: async () => {} },
        shutdown: new AbortController().signal,
        onError: (bug) => assert.fail(String(bug)),
        findLackOfSpace: async () => 'Only 1 MiB is free.',
      },
      claimed,
    );
    const waiting = await getJob(engine.database.pool, job.id);
    assert.deepEqual([waiting.state, waiting.reason], ['queued', 'disk_full']);
  });
}
