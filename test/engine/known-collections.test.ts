/** What a worker knows of a table from a moment ago serves jobs that had been accepted by then, and no others. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Job } from '../../src/core/job.ts';
import { claimJob } from '../../src/store/jobs/claims.ts';
import { type Attempt, startAttempt } from '../../src/worker/attempt.ts';
import { createKnownCollections } from '../../src/worker/import/known-collections.ts';
import { createEngine, type Engine } from './harness.ts';
import { startImport } from './start-jobs.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query('create table crowd (id int primary key, name text, later text)');
  await engine.apply({
    name: 'crowd',
    key: ['id'],
    target: { table: 'public.crowd' },
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
  });
});
after(() => engine.close());

async function accept(): Promise<Job> {
  const source = { records: [{ id: 1, name: 'a' }] };
  const { job } = await startImport(engine, 'import', {
    collection: 'crowd',
    source,
    allowConcurrent: true,
  });
  return job;
}

const attempts: Attempt[] = [];
after(() => Promise.all(attempts.map((attempt) => attempt.end())));

async function attemptAt(job: Job, epoch = 1): Promise<Attempt> {
  const { pool } = engine.database;
  const claimed = await claimJob(pool, { jobId: job.id, workerId: randomUUID() });
  assert.ok(claimed);
  const never = new AbortController().signal;
  const attempt = startAttempt({
    pool,
    job: { ...claimed, epoch },
    alive: never,
    shutdown: never,
    onError: () => {},
  });
  attempts.push(attempt);
  return attempt;
}

test('a crowd asks once, and whoever comes after a change sees it', async () => {
  const { worker, database } = engine;
  const known = createKnownCollections(worker);
  const get = async (attempt: Attempt) => {
    const [part] = attempt.job.parts;
    assert.ok(part);
    return (await known.get(attempt, part)).facts;
  };
  const [first, second, third] = [await accept(), await accept(), await accept()];
  const facts = await get(await attemptAt(first));
  assert.equal(await get(await attemptAt(second)), facts, 'accepted before the table was asked about');
  const later = await attemptAt(third, 2);
  const again = await get(later);
  assert.notEqual(again, facts, 'a later attempt asks for itself');
  assert.deepEqual(again, facts);
  await database.pool.query("alter table crowd add check (name <> 'b')");
  const changed = await get(await attemptAt(await accept()));
  assert.notEqual(changed.fingerprint, facts.fingerprint);
});
