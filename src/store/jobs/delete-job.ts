import { AppError } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import type { Queryable } from '../database.ts';
import { findJob } from './find-jobs.ts';

/**
 * Takes an ended job out of sight, once and for all: from here on nobody finds or retries it, its idempotency key is free, and its
 * corrections stand alone. What it left behind is removed afterwards (`removeJobs`), by the janitor if nobody else does.
 *
 * @returns the jobs that are not what they were: this one, and its corrections
 * @throws AppError `job.not_found`, or `job.invalid_transition` when the job has not ended
 */
export async function markJobDeleted(db: Queryable, jobId: string): Promise<Pick<Job, 'id' | 'version'>[]> {
  const marked = await db.query<{ id: string; version: string }>(
    `with marked as (
       update waybill.jobs set deleted_at = clock_timestamp(), idempotency_key = null, version = version + 1,
         updated_at = clock_timestamp(), ledger_dropped_at = coalesce(ledger_dropped_at, clock_timestamp())
       where id = $1 and finished_at is not null and deleted_at is null
       returning id, version
     ), orphaned as (
       -- The foreign key would do it when the row goes, but would not count the change for those who watch the child.
       update waybill.jobs c set parent_id = null, version = c.version + 1, updated_at = clock_timestamp()
       from marked where c.parent_id = marked.id
       returning c.id, c.version
     )
     select id, version from marked union all select id, version from orphaned`,
    [jobId],
  );
  if (marked.rows.length > 0) return marked.rows.map(({ id, version }) => ({ id, version: Number(version) }));
  const job = await findJob(db, jobId);
  if (job === undefined) throw new AppError('job.not_found', `There is no job ${jobId}.`);
  throw new AppError(
    'job.invalid_transition',
    `Job ${job.number} is ${job.state}, and only a finished job can be deleted. Cancel it first.`,
    { details: { jobId, state: job.state } },
  );
}
