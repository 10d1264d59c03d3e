import { AppError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import type { Queryable } from '../store/database.ts';
import { findJob, findJobByNumber, findWaiting } from '../store/jobs/find-jobs.ts';
import type { JobSurroundings } from './render-job.ts';

/** Finds a job by its id, or by its number. @throws AppError `job.not_found` */
export async function getJob(db: Queryable, idOrNumber: string): Promise<Job> {
  const job = /^\d+$/.test(idOrNumber)
    ? await findJobByNumber(db, Number(idOrNumber))
    : await findJob(db, idOrNumber);
  if (job !== undefined) return job;
  throw new AppError('job.not_found', `There is no job ${idOrNumber}.`, { details: { job: idOrNumber } });
}

/** What is shown with a job without being part of its row. */
export async function findSurroundings(db: Queryable, job: Job): Promise<JobSurroundings> {
  if (job.state !== 'queued') return {};
  const waiting = await findWaiting(db, job.id);
  return waiting === undefined ? {} : { waiting };
}
