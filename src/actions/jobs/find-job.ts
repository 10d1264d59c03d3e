import { AppError } from '../../core/errors.ts';
import type { Job, Waiting } from '../../core/job.ts';
import type { Queryable } from '../../store/database.ts';
import { findJob, findJobByNumber, findWaiting } from '../../store/jobs/find-jobs.ts';

/** What is shown with a job without being part of its row. */
export interface JobSurroundings {
  /** What a queued job waits for. */
  readonly waiting?: Waiting;
  /** An earlier import of the same bytes into the same collection and scope. */
  readonly sameContentAs?: { readonly id: string; readonly number: number };
}

/** Finds a job by its id, or by its number. @throws AppError `job.not_found` */
export async function getJob(db: Queryable, idOrNumber: string): Promise<Job> {
  const job = /^\d+$/.test(idOrNumber)
    ? await findJobByNumber(db, Number(idOrNumber))
    : await findJob(db, idOrNumber);
  if (job !== undefined) return job;
  throw new AppError('job.not_found', `There is no job ${idOrNumber}.`, { details: { job: idOrNumber } });
}

/** What a job waits for, where it waits. */
export async function findSurroundings(db: Queryable, job: Job): Promise<JobSurroundings> {
  if (job.state !== 'queued') return {};
  const waiting = await findWaiting(db, job.id);
  return waiting === undefined ? {} : { waiting };
}
