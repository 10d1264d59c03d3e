import type { Job } from '../../core/job.ts';
import { markJobDeleted } from '../../store/jobs/delete-job.ts';
import { forgetInTargets, removeJobs } from '../../store/remove-job.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { getJob } from './find-job.ts';

/**
 * Out of sight at once; what the job left is removed before this resolves, or by the janitor.
 *
 * @param onLeft told what kept something from being removed now
 * @throws AppError `job.not_found`, `job.invalid_transition`
 */
export async function deleteJob(
  caller: Caller,
  deps: ActionDependencies,
  idOrNumber: string,
  onLeft: (error: unknown) => void,
): Promise<void> {
  authorize(caller, 'jobs.delete', { job: idOrNumber });
  const job = await getJob(deps.pool, idOrNumber);
  const changed = await markJobDeleted(deps.pool, job.id);
  // The job is deleted from here on: a target that is away, or a disk that fails, makes more work for the janitor and no other answer.
  await clearAway(deps, job).catch(onLeft);
  await deps.status.settle(changed);
}

async function clearAway({ pool, files, targets }: ActionDependencies, { id, parts }: Job): Promise<void> {
  const collections = parts.map((part) => ({ name: part.collection, version: part.collectionVersion }));
  await forgetInTargets(pool, (collection, jobId) => targets.forget(collection, jobId), { id, collections });
  await removeJobs({ pool, files }, [id]);
}
