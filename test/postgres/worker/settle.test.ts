/** The end of an attempt, when people ask for something else in the same moment: nobody holds the job afterwards, whatever they asked. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { Job } from '../../../src/core/job.ts';
import { claimJob } from '../../../src/store/jobs/claims.ts';
import { createJob } from '../../../src/store/jobs/create-job.ts';
import { findJob, readTimeline } from '../../../src/store/jobs/find-jobs.ts';
import { cancelJob, pauseJob, resumeJob } from '../../../src/store/jobs/intentions.ts';
import type { Outcome } from '../../../src/worker/outcome.ts';
import { type Pipeline, runJob } from '../../../src/worker/run-job.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

async function claim(): Promise<Job> {
  const { job } = await createJob(database.pool, { kind: 'export', options: EXPORT, parts: [] });
  const claimed = await claimJob(database.pool, { jobId: job.id, workerId: randomUUID() });
  assert.ok(claimed);
  return claimed;
}

const EXPORT = { format: 'csv', compression: 'none' } as const;

/** One attempt that comes to `outcome` while `ask` is asked for. */
async function settled(outcome: Outcome, ask: (jobId: string) => Promise<unknown>): Promise<Job> {
  const job = await claim();
  const pipeline: Pipeline = async () => {
    await ask(job.id);
    return outcome;
  };
  await runJob(
    {
      pool: database.pool,
      pipelines: { import: pipeline, validation: pipeline, export: pipeline },
      targetOf: () => assert.fail('a job without parts has no target'),
      liveness: { workerId: randomUUID(), signal: new AbortController().signal, end: async () => {} },
      shutdown: new AbortController().signal,
      onError: (error) => assert.fail(error as Error),
    },
    job,
  );
  const ended = await findJob(database.pool, job.id);
  assert.ok(ended);
  return ended;
}

const PAUSED: Outcome = { type: 'paused' };
const GIVEN_BACK: Outcome = { type: 'given_back', reason: 'shutdown', message: 'the worker was shut down' };

const pause = (jobId: string) => pauseJob(database.pool, jobId);
const resume = (jobId: string) => resumeJob(database.pool, jobId);
const cancel = (jobId: string) => cancelJob(database.pool, jobId);

const CASES: readonly [
  name: string,
  outcome: Outcome,
  asked: readonly ((jobId: string) => Promise<unknown>)[],
  state: string,
  reason: string | undefined,
][] = [
  ['a job that pauses is paused', PAUSED, [pause], 'paused', 'asked'],
  ['a job that is resumed while it pauses is queued', PAUSED, [pause, resume], 'queued', 'resumed'],
  ['a job that is cancelled while it pauses is cancelled', PAUSED, [pause, cancel], 'cancelled', 'asked'],
  ['a job that is given back is queued', GIVEN_BACK, [], 'queued', 'shutdown'],
  ['a job that is paused while it is given back is paused', GIVEN_BACK, [pause], 'paused', 'asked'],
  ['a job that is cancelled while it is given back is cancelled', GIVEN_BACK, [cancel], 'cancelled', 'asked'],
  [
    'a job that is paused and resumed while it is given back is queued',
    GIVEN_BACK,
    [pause, resume],
    'queued',
    'shutdown',
  ],
];

for (const [name, outcome, asked, state, reason] of CASES) {
  test(name, async () => {
    const job = await settled(outcome, async (jobId) => {
      for (const ask of asked) await ask(jobId);
    });
    assert.deepEqual([job.state, job.reason], [state, reason]);
    const last = (await readTimeline(database.pool, job.id)).at(-1);
    if (state === 'cancelled') assert.equal(last?.detail['kept'], 'nothing');
  });
}
