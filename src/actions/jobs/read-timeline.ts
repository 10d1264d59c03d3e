import { readTimeline as selectTimeline } from '../../store/jobs/find-jobs.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { getJob } from './find-job.ts';

/** What happened to a job, oldest first. @throws AppError `job.not_found` */
export async function readTimeline(
  caller: Caller,
  { pool }: ActionDependencies,
  idOrNumber: string,
): ReturnType<typeof selectTimeline> {
  authorize(caller, 'jobs.read', { job: idOrNumber });
  return selectTimeline(pool, (await getJob(pool, idOrNumber)).id);
}
