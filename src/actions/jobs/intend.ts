import type { Job } from '../../core/job.ts';
import { cancelJob, pauseJob, resumeJob, retryJob } from '../../store/jobs/intentions.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { findSurroundings, getJob, type JobSurroundings } from './find-job.ts';
import { sendHints } from './send-hints.ts';

/** What people ask of a job; each is one guarded change of state. */
const INTENTIONS = { cancel: cancelJob, pause: pauseJob, resume: resumeJob, retry: retryJob } as const;
export type Intention = keyof typeof INTENTIONS;
export const INTENTION_NAMES = Object.keys(INTENTIONS) as readonly Intention[];

/** @throws AppError `job.not_found`, `job.invalid_transition`, `job.expired`, `job.too_many_running` */
export async function intend(
  caller: Caller,
  deps: ActionDependencies,
  intention: Intention,
  idOrNumber: string,
): Promise<{ readonly job: Job; readonly surroundings: JobSurroundings }> {
  authorize(caller, `jobs.${intention}`, { job: idOrNumber });
  const { id } = await getJob(deps.pool, idOrNumber);
  const job = await INTENTIONS[intention](deps.pool, id);
  await sendHints(deps, job);
  await deps.status.settle([job]);
  return { job, surroundings: await findSurroundings(deps.pool, job) };
}
