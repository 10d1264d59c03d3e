import type { Job } from '../../core/job.ts';
import { type JobQuery, listJobs as selectJobs } from '../../store/jobs/list-jobs.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { type Page, pageOf } from '../page.ts';

/** Newest first. */
export async function listJobs(
  caller: Caller,
  { pool, status }: ActionDependencies,
  query: JobQuery & { readonly limit: number },
): Promise<Page<Job>> {
  authorize(caller, 'jobs.list', {
    ...(query.kind !== undefined && { kind: query.kind }),
    ...(query.collection !== undefined && { collections: [query.collection] }),
  });
  const jobs = await selectJobs(pool, { ...query, limit: query.limit + 1 });
  await status.settle(jobs);
  return pageOf(jobs, query.limit);
}
