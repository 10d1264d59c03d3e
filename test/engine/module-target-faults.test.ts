/** A module as the target, and a worker that is lost, overtaken or asked to stop meanwhile: the same records come again, and count once. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Job } from '../../src/core/job.ts';
import { getJob } from '../../src/store/jobs/find-jobs.ts';
import { cancelJob } from '../../src/store/jobs/intentions.ts';
import { moveJob } from '../../src/store/jobs/move-job.ts';
import { patienceOf } from '../support/patience.ts';
import { waitUntil } from '../support/wait-until.ts';
import { countsOf, type Engine } from './harness.ts';
import { createModuleEngine, type ModuleEngine } from './module-engine.ts';

const MODULES: Readonly<Record<string, string>> = {
  // Holds the first batch that has record 3 until the test lets it go.
  waits: `if (records.some(({ number }) => number === 3) && !existsSync(folder + '/here')) {
      writeFileSync(folder + '/here', '');
      while (!existsSync(folder + '/go')) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return records.map(() => 'created');`,
  hangs: `return new Promise(() => {});`,
  obeys: `return new Promise((_, reject) => context.signal.addEventListener('abort', () => reject(context.signal.reason)));`,
};

let modules: ModuleEngine;
let engine: Engine;
before(async () => {
  modules = await createModuleEngine(MODULES);
  engine = modules.engine;
});
after(() => modules.close());

const FOUR = 'id,name\n10,ann\n20,bob\n30,cid\n40,dot\n';
const BY_TWO = { maxChunkRecords: 2 };

async function ledgerOf(job: Job): Promise<unknown[]> {
  const { rows } = await engine.database.pool.query(
    'select chunk, epoch, created::int from waybill_ledger.ledger where job_id = $1 order by chunk',
    [job.id],
  );
  return rows;
}

/** Runs an attempt until the module holds its second chunk, and lets the module go on after `event`. */
async function whileGiven(job: Job, event: () => Promise<unknown>): Promise<Job> {
  for (const name of ['here', 'go']) await rm(join(modules.folder, name), { force: true });
  const attempt = engine.attempt(job, BY_TWO);
  await waitUntil('the module has the second chunk', () => existsSync(join(modules.folder, 'here')));
  await event();
  await writeFile(join(modules.folder, 'go'), '');
  await attempt;
  // An attempt that was overtaken may end before the one that overtook it.
  return getJob(engine.database.pool, job.id);
}

test('records that were stored when the ledger was lost come again with the same keys, and count once', async () => {
  const job = await modules.accept('waits', FOUR);
  const before = (await modules.given('waits')).length;
  const returned = await whileGiven(job, () =>
    engine.database.pool.query(
      'select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = $1',
      [`waybill/${job.id}/1`],
    ),
  );
  assert.deepEqual([returned.state, returned.reason], ['queued', 'transient']);
  // The wait before the next attempt is not what is tested.
  await engine.database.pool.query('update waybill.jobs set not_before = null where id = $1', [job.id]);
  const ended = await engine.attempt(returned, BY_TWO);
  assert.deepEqual([ended.state, countsOf(ended)], ['succeeded', { created: 4 }]);
  const keys = (await modules.given('waits')).slice(before).map(({ idempotencyKey }) => idempotencyKey);
  assert.deepEqual(
    keys,
    [1, 2, 3, 4, 3, 4].map((number) => `${job.id}/0/${number}`),
  );
  assert.deepEqual(await ledgerOf(job), [
    { chunk: 0, epoch: 1, created: 2 },
    { chunk: 1, epoch: 2, created: 2 },
  ]);
});

test('an attempt that was overtaken while the module stored its records adds nothing and gives nothing more', async () => {
  const lines = Array.from({ length: 6 }, (_, index) => `${index + 1},name\n`);
  const job = await modules.accept('waits', `id,name\n${lines.join('')}`);
  const before = (await modules.given('waits')).length;
  let ended: Job | undefined;
  const seen = await whileGiven(job, async () => {
    // As the sweeper does with a worker that does not answer.
    await moveJob(engine.database.pool, {
      jobId: job.id,
      event: 'given_back',
      epoch: 1,
      reason: 'worker_lost',
    });
    ended = await engine.attempt(job, BY_TWO);
  });
  assert.deepEqual([seen.state, seen.epoch, countsOf(seen)], ['succeeded', 2, { created: 6 }]);
  assert.deepEqual(ended && countsOf(ended), { created: 6 });
  assert.deepEqual(await ledgerOf(job), [
    { chunk: 0, epoch: 1, created: 2 },
    { chunk: 1, epoch: 2, created: 2 },
    { chunk: 2, epoch: 2, created: 2 },
  ]);
  const numbers = (await modules.given('waits')).slice(before).map(({ number }) => number);
  assert.deepEqual(numbers, [1, 2, 3, 4, 3, 4, 5, 6]);
});

for (const module of ['hangs', 'obeys']) {
  test(`a job whose module ${module} can be cancelled`, { timeout: patienceOf(10_000) }, async () => {
    const job = await modules.accept(module, FOUR);
    const attempt = engine.attempt(job);
    await waitUntil('the module has the records', async () => (await modules.given(module)).length === 4);
    await cancelJob(engine.database.pool, job.id);
    const ended = await attempt;
    assert.deepEqual([ended.state, countsOf(ended)], ['cancelled', {}]);
  });
}
