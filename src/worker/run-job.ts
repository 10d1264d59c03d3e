/** Runs one claimed job to an outcome, and moves the job accordingly. */
import type { Pool } from 'pg';
import type { Job, JobFailure, JobKind } from '../core/job.ts';
import { readFaults } from '../store/jobs/claims.ts';
import { moveJob } from '../store/jobs/move-job.ts';
import { type Attempt, startAttempt } from './attempt.ts';
import type { Liveness } from './liveness.ts';
import { type Outcome, outcomeOfError, retryDelayMs } from './outcome.ts';

/** The pipeline of a kind of job. */
export type Pipeline = (attempt: Attempt) => Promise<Outcome>;

export interface RunJobOptions {
  readonly pool: Pool;
  readonly pipelines: Readonly<Record<JobKind, Pipeline>>;
  readonly liveness: Liveness;
  readonly shutdown: AbortSignal;
  /** Bugs, with the job they came up in. */
  readonly onError: (error: unknown, job?: Job) => void;
}

export async function runJob(options: RunJobOptions, job: Job): Promise<Outcome> {
  const attempt = startAttempt({
    pool: options.pool,
    job,
    alive: options.liveness.signal,
    shutdown: options.shutdown,
    onError: (error) => options.onError(error, job),
  });
  try {
    const outcome = await runPipeline(options, attempt);
    // Nothing is written any more by an attempt that lost its claim: the next one knows more.
    if (outcome.type !== 'overtaken') await settle(options.pool, attempt, outcome);
    return outcome;
  } finally {
    await attempt.end();
  }
}

async function runPipeline(options: RunJobOptions, attempt: Attempt): Promise<Outcome> {
  try {
    return await options.pipelines[attempt.job.kind](attempt);
  } catch (error) {
    if (attempt.signal.aborted) return { type: 'overtaken' };
    const outcome = outcomeOfError(error);
    if (outcome !== undefined) return outcome;
    options.onError(error, attempt.job);
    return { type: 'failed', failure: bugFailure() };
  }
}

function bugFailure(): JobFailure {
  return {
    code: 'internal',
    message: 'Waybill made a mistake. The cause is in the server log, under the number of this job.',
    retryable: true,
  };
}

async function settle(
  pool: Pool,
  attempt: Attempt,
  outcome: Exclude<Outcome, { type: 'overtaken' }>,
): Promise<void> {
  const { job, epoch } = attempt;
  const move = { jobId: job.id, epoch };
  switch (outcome.type) {
    case 'succeeded':
      await moveJob(pool, { ...move, event: 'succeeded' });
      return;
    case 'failed':
      await moveJob(pool, { ...move, event: 'failed', failure: outcome.failure });
      return;
    case 'paused':
      await moveJob(pool, { ...move, event: 'paused' });
      return;
    case 'cancelled':
      await moveJob(pool, { ...move, event: 'cancelled', detail: { kept: outcome.kept } });
      return;
    case 'given_back':
      await giveBack(pool, attempt, outcome);
      return;
  }
}

/** An intention that came meanwhile wins over the return to the queue. */
async function giveBack(
  pool: Pool,
  attempt: Attempt,
  outcome: Extract<Outcome, { type: 'given_back' }>,
): Promise<void> {
  const { job, epoch } = attempt;
  const faults = await readFaults(pool, job.id);
  const delayMs =
    outcome.reason === 'shutdown' || outcome.reason === 'resumed' ? 0 : retryDelayMs(faults.transient);
  const detail = { message: outcome.message };
  const returned = await moveJob(pool, {
    jobId: job.id,
    epoch,
    event: 'given_back',
    reason: outcome.reason,
    delayMs,
    detail,
  });
  if (returned !== undefined) return;
  const paused = await moveJob(pool, { jobId: job.id, epoch, event: 'paused' });
  if (paused === undefined)
    await moveJob(pool, { jobId: job.id, epoch, event: 'cancelled', from: ['cancelling'] });
}
