/** Runs one claimed job to an outcome, and moves the job accordingly. */
import type { Pool } from 'pg';
import type { Collection } from '../collections/collection.ts';
import type { Job, JobFailure, JobKind } from '../core/job.ts';
import { readFaults, readIntention } from '../store/jobs/claims.ts';
import { type Move, moveJob } from '../store/jobs/move-job.ts';
import type { Target } from '../targets/target.ts';
import { type Attempt, startAttempt } from './attempt.ts';
import { endAttempt } from './end-attempt.ts';
import type { Liveness } from './liveness.ts';
import { type Outcome, outcomeOfError, retryDelayMs } from './outcome.ts';
import type { RunLog } from './run-log/keep-log.ts';
import type { Ending } from './run-log/write-log.ts';

/** The pipeline of a kind of job. */
export type Pipeline = (attempt: Attempt) => Promise<Outcome>;

export interface RunJobOptions {
  readonly pool: Pool;
  readonly pipelines: Readonly<Record<JobKind, Pipeline>>;
  /** The target that a collection is bound to. */
  readonly targetOf: (collection: Collection) => Target;
  readonly liveness: Liveness;
  readonly shutdown: AbortSignal;
  /** Aborted when the turn of a job in the lane is over. Default: it has the worker for as long as it takes. */
  readonly turn?: AbortSignal;
  /** Bugs, with the job they came up in. */
  readonly onError: (error: unknown, job?: Job) => void;
  /** Begins the log of an attempt at a job that keeps one. Default: nobody does. */
  readonly keepLog?: (job: Job) => Promise<RunLog>;
  /** In words, where the disk of our own database has no room. Default: there is always some. */
  readonly findLackOfSpace?: () => Promise<string | undefined>;
  /** Told when an attempt begins, and what came of it. Default: nobody. */
  readonly onAttempt?: (job: Job, outcome?: Outcome) => void;
}

/** @throws whatever keeps the outcome from being written down: the job is then still held, and the worker must let go of it */
export async function runJob(options: RunJobOptions, job: Job): Promise<Outcome> {
  options.onAttempt?.(job);
  const log = job.log === undefined ? undefined : await options.keepLog?.(job);
  const attempt = startAttempt({
    pool: options.pool,
    job,
    alive: options.liveness.signal,
    shutdown: options.shutdown,
    ...(options.turn !== undefined && { turn: options.turn }),
    onError: (error) => options.onError(error, job),
    ...(log !== undefined && { onReport: (report) => log.report(report) }),
  });
  try {
    const outcome = await runPipeline(options, attempt);
    // Nothing is written any more by an attempt that lost its claim: the next one knows more.
    if (outcome.type !== 'overtaken') {
      const ending = endingOf(outcome);
      if (ending !== undefined) await log?.conclude(ending);
      await settle(options, attempt, outcome);
    }
    options.onAttempt?.(job, outcome);
    return outcome;
  } finally {
    await attempt.end();
    await log?.close();
  }
}

/** How the job will have ended; undefined: it goes on. */
function endingOf(outcome: Outcome): Ending | undefined {
  if (outcome.type === 'failed') return { state: 'failed', failure: outcome.failure };
  return outcome.type === 'succeeded' || outcome.type === 'cancelled' ? { state: outcome.type } : undefined;
}

async function runPipeline(options: RunJobOptions, attempt: Attempt): Promise<Outcome> {
  try {
    return await options.pipelines[attempt.job.kind](attempt);
  } catch (error) {
    if (attempt.signal.aborted) return { type: 'overtaken' };
    const outcome = outcomeOfError(error);
    if (outcome !== undefined) return withItsReason(options, outcome);
    options.onError(error, attempt.job);
    return { type: 'failed', failure: bugFailure() };
  }
}

/** A database that has run out of disk breaks off its connections, and says nothing of why. */
async function withItsReason(options: RunJobOptions, outcome: Outcome): Promise<Outcome> {
  if (outcome.type !== 'given_back' || outcome.reason !== 'transient') return outcome;
  const message = await options.findLackOfSpace?.();
  return message === undefined ? outcome : { ...outcome, reason: 'disk_full', message };
}

function bugFailure(): JobFailure {
  return {
    code: 'internal',
    message: 'Waybill made a mistake. The cause is in the server log, under the number of this job.',
    retryable: true,
  };
}

async function settle(
  options: RunJobOptions,
  attempt: Attempt,
  outcome: Exclude<Outcome, { type: 'overtaken' }>,
): Promise<void> {
  const { pool } = options;
  const move = { jobId: attempt.job.id, epoch: attempt.epoch };
  switch (outcome.type) {
    case 'succeeded':
      await moveJob(pool, { ...move, event: 'succeeded' });
      return;
    case 'failed':
      await moveJob(pool, {
        ...move,
        event: 'failed',
        failure: outcome.failure,
        isReported: outcome.isReported ?? false,
      });
      return;
    case 'cancelled':
      await moveJob(pool, { ...move, event: 'cancelled', detail: { kept: outcome.kept } });
      return;
    case 'paused':
    case 'given_back':
      await letGo(options, attempt, outcome);
      return;
  }
}

/**
 * Ends an attempt at a job that is not finished. What people ask for in the same moment decides where the job goes, so the state is read
 * until a move from it succeeds: left where it is the job would be held for ever by a worker that does nothing for it.
 */
async function letGo(
  options: RunJobOptions,
  attempt: Attempt,
  outcome: Extract<Outcome, { type: 'paused' | 'given_back' }>,
): Promise<void> {
  const held = { jobId: attempt.job.id, epoch: attempt.epoch };
  for (;;) {
    const state = await readIntention(options.pool, held.jobId, held.epoch);
    let way: Pick<Move, 'event' | 'reason' | 'delayMs' | 'detail'>;
    if (state === 'running' || state === 'delivering') way = await wayBack(options.pool, held.jobId, outcome);
    else if (state === 'pausing') way = { event: 'paused' };
    else if (state === 'cancelling') {
      const kept = await endAttempt(options, { ...held, isLast: true });
      way = { event: 'cancelled', detail: { kept } };
    } else return;
    if ((await moveJob(options.pool, { ...held, ...way, from: [state] })) !== undefined) return;
  }
}

/** Into the queue; after a fault that passes by itself, with a pause. */
async function wayBack(
  pool: Pool,
  jobId: string,
  outcome: Extract<Outcome, { type: 'paused' | 'given_back' }>,
): Promise<Pick<Move, 'event' | 'reason' | 'delayMs' | 'detail'>> {
  if (outcome.type === 'paused') return { event: 'given_back', reason: 'resumed' };
  const { reason, message } = outcome;
  const isAtOnce = reason === 'shutdown' || reason === 'lane' || reason === 'resumed';
  const delayMs = outcome.delayMs ?? (isAtOnce ? 0 : retryDelayMs((await readFaults(pool, jobId)).transient));
  return { event: 'given_back', reason, delayMs, detail: { message } };
}
