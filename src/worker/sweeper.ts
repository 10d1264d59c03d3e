/**
 * The sweeper keeps the promise that nothing waits for an operator: it wakes scheduled jobs, sends hints again for queued ones, stops
 * jobs whose time is over, and takes the jobs of dead workers back. Any number of processes may run it: each step is a guarded update.
 */
import type { Pool } from 'pg';
import type { Collection } from '../collections/collection.ts';
import type { JobFailure } from '../core/job.ts';
import {
  type ForsakenJob,
  findClaimableJobs,
  findDueScheduledJobs,
  findForsakenJobs,
  findJobsToStop,
} from '../store/due-jobs.ts';
import { foldFigures } from '../store/figures.ts';
import { cancelJob } from '../store/jobs/intentions.ts';
import { type Move, moveJob } from '../store/jobs/move-job.ts';
import type { Queue } from '../store/queue.ts';
import { findOrphanedJobs, forgetDeadWorkers, type OrphanedJob } from '../store/workers.ts';
import type { Target } from '../targets/target.ts';
import { endAttempt } from './end-attempt.ts';
import { outcomeOfError } from './outcome.ts';
import { createService, type Service } from './service.ts';

/** Claims that may end with a dead worker, without a new ledger row in between, before the job is given up. */
export const MAX_CRASHES = 3;

const CRASHES_WORKER: JobFailure = {
  code: 'job.crashes_worker',
  message: `The worker died ${MAX_CRASHES} times while it ran this job, without getting any further. Look into the server's log for the cause, then retry the job.`,
  retryable: true,
};

export interface SweeperOptions {
  readonly pool: Pool;
  readonly queue: Queue;
  readonly targetOf: (collection: Collection) => Target;
  readonly onError: (error: unknown) => void;
  /** Default: every second. */
  readonly everyMs?: number;
}

export function createSweeper(options: SweeperOptions): Service {
  const { pool, queue } = options;

  async function runOnce() {
    const due = await findDueScheduledJobs(pool);
    for (const job of due) await moveJob(pool, { jobId: job.id, event: 'due' });
    const overdue = await findJobsToStop(pool);
    for (const job of overdue) await cancelJob(pool, job.id, 'stop_time').catch(ignoreFinished);
    const orphans = await findOrphanedJobs(pool);
    for (const job of orphans) await takeBack(options, job).catch(options.onError);
    const forsaken = await findForsakenJobs(pool);
    for (const job of forsaken) {
      await moveJob(pool, { jobId: job.id, event: 'prerequisite_failed', failure: failureOfForsaken(job) });
    }
    const claimable = await findClaimableJobs(pool);
    for (const job of claimable) await queue.send(job);
    const forgotten = await forgetDeadWorkers(pool);
    const folded = await foldFigures(pool);
    return {
      due: due.length,
      stopped: overdue.length,
      takenBack: orphans.length,
      forsaken: forsaken.length,
      sent: claimable.length,
      forgotten,
      folded,
    };
  }

  return createService({
    name: 'sweeper',
    everyMs: options.everyMs ?? 1000,
    runOnce,
    onError: options.onError,
  });
}

/** The job finished between the look and the cancel: it needs no stopping any more. */
function ignoreFinished(error: unknown): void {
  if ((error as { code?: string }).code !== 'job.invalid_transition') throw error;
}

function failureOfForsaken({ afterId, prerequisite }: ForsakenJob): JobFailure {
  const ended = prerequisite?.state === 'cancelled' ? 'was cancelled' : 'failed';
  return {
    code: 'job.prerequisite_failed',
    message:
      prerequisite === undefined
        ? `The job that was to succeed before this one began was deleted (${afterId}). Start a new job.`
        : `Job ${prerequisite.number} was to succeed before this one began, and it ${ended}. Bring that one to its end, then retry this one.`,
    // A job that is gone never succeeds any more.
    retryable: prerequisite !== undefined,
  };
}

/** What becomes of a job whose worker is dead: intentions that were recorded are carried out, the rest goes back into the queue. */
async function takeBack(options: SweeperOptions, job: OrphanedJob): Promise<void> {
  const { pool, queue } = options;
  const isLast = job.state === 'cancelling';
  const kept = await endAttempt(options, { jobId: job.id, epoch: job.epoch, isLast }).catch(
    (error: unknown) => {
      // A job that goes on is counted again; of one that ends here nobody could say what was kept, unless its target is gone for good.
      if (isLast && outcomeOfError(error)?.type !== 'failed') throw error;
      options.onError(error);
      return `unknown: ${(error as Error).message}`;
    },
  );
  const moved = await moveJob(pool, {
    jobId: job.id,
    epoch: job.epoch,
    from: [job.state],
    ...moveOf(job),
    ...(isLast && { detail: { kept } }),
  });
  if (moved === undefined) return;
  if (moved.state === 'queued' || moved.state === 'delivering') await queue.send(moved);
}

function moveOf(job: OrphanedJob): Pick<Move, 'event' | 'reason' | 'failure'> {
  if (job.state === 'pausing') return { event: 'paused' };
  if (job.state === 'cancelling') return { event: 'cancelled' };
  if (job.databaseRestarted) return { event: 'given_back', reason: 'database_restarted' };
  if (job.crashes + 1 >= MAX_CRASHES) return { event: 'failed', failure: CRASHES_WORKER };
  return { event: 'given_back', reason: 'worker_lost' };
}
