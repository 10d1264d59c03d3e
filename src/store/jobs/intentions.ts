/**
 * What people ask of a job. Where a worker holds it the intention is recorded and obeyed within two seconds; where none does
 * it takes effect at once, so nobody waits for a worker that is not there.
 */
import type { Pool } from 'pg';
import { AppError } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import { inTransaction, type Queryable } from '../database.ts';
import { hasResultToDeliver } from '../deliveries.ts';
import { findJob } from './find-jobs.ts';
import { moveJob } from './move-job.ts';
import { retakeSlot } from './slots.ts';

async function refuse(db: Queryable, jobId: string, verb: string, hint: string): Promise<never> {
  const job = await findJob(db, jobId);
  if (job === undefined) throw new AppError('job.not_found', `There is no job ${jobId}.`);
  if (await isLedgerDropped(db, jobId)) {
    throw new AppError(
      'job.expired',
      `Job ${job.number} ended so long ago that its ledger is no longer kept (setting: retention.ledger). Start a new job.`,
      { details: { jobId } },
    );
  }
  throw new AppError(
    'job.invalid_transition',
    `Job ${job.number} is ${job.state} and cannot be ${verb}. ${hint}`,
    {
      details: { jobId, state: job.state },
    },
  );
}

async function isLedgerDropped(db: Queryable, jobId: string): Promise<boolean> {
  const found = await db.query('select from waybill.jobs where id = $1 and ledger_dropped_at is not null', [
    jobId,
  ]);
  return found.rowCount === 1;
}

/** Asking again for what is under way already is no error: the job is returned as it is. */
async function alreadyIn(db: Queryable, jobId: string, states: readonly string[]): Promise<Job | undefined> {
  const job = await findJob(db, jobId);
  return job !== undefined && states.includes(job.state) ? job : undefined;
}

/** @throws AppError `job.not_found`, `job.invalid_transition` */
export async function cancelJob(db: Queryable, jobId: string, reason = 'asked'): Promise<Job> {
  return (
    (await moveJob(db, { jobId, event: 'cancelled', from: ['scheduled', 'queued', 'paused'], reason })) ??
    (await moveJob(db, { jobId, event: 'cancelled', from: ['delivering'], isUnheld: true, reason })) ??
    (await moveJob(db, { jobId, event: 'cancel_asked', reason })) ??
    (await alreadyIn(db, jobId, ['cancelling', 'cancelled'])) ??
    refuse(db, jobId, 'cancelled', 'Only a job that is not finished can be cancelled.')
  );
}

/** @throws AppError `job.not_found`, `job.invalid_transition` */
export async function pauseJob(db: Queryable, jobId: string): Promise<Job> {
  return (
    (await moveJob(db, { jobId, event: 'paused', from: ['queued'], reason: 'asked' })) ??
    (await moveJob(db, { jobId, event: 'pause_asked', reason: 'asked' })) ??
    (await alreadyIn(db, jobId, ['pausing', 'paused'])) ??
    refuse(db, jobId, 'paused', 'Only a queued or running job can be paused.')
  );
}

/**
 * Resumes a paused job, one whose pause has not taken effect yet, or one that was stopped by its stop time.
 *
 * @throws AppError `job.not_found`, `job.invalid_transition`, `job.too_many_running` when others have taken its slot
 */
export function resumeJob(pool: Pool, jobId: string): Promise<Job> {
  return inTransaction(pool, (db) => resume(db, jobId));
}

async function resume(db: Queryable, jobId: string): Promise<Job> {
  await retakeSlot(db, jobId);
  const stopped = await findJob(db, jobId);
  const mayResumeCancelled = stopped?.state === 'cancelled' && stopped.reason === 'stop_time';
  return (
    (await moveJob(db, { jobId, event: 'resumed', from: ['paused', 'pausing'] })) ??
    (mayResumeCancelled ? await moveJob(db, { jobId, event: 'resumed', from: ['cancelled'] }) : undefined) ??
    (await alreadyIn(db, jobId, ['queued', 'running'])) ??
    refuse(db, jobId, 'resumed', 'Only a paused job, or one stopped by its stop time, can be resumed.')
  );
}

/**
 * Puts a failed job back into the queue; what the ledger has stays. Where only the delivery failed, and the result is still there, only
 * that is done again.
 *
 * @throws AppError as above, and `job.expired` without a ledger
 */
export function retryJob(pool: Pool, jobId: string): Promise<Job> {
  return inTransaction(pool, (db) => retry(db, jobId));
}

async function retry(db: Queryable, jobId: string): Promise<Job> {
  await retakeSlot(db, jobId);
  const isDeliverable = await hasResultToDeliver(db, jobId);
  return (
    (isDeliverable ? await moveJob(db, { jobId, event: 'delivery_retried' }) : undefined) ??
    (await moveJob(db, { jobId, event: 'retried' })) ??
    refuse(db, jobId, 'retried', 'Only a failed job can be retried.')
  );
}
