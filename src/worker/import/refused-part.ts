/**
 * A staged part whose merge was refused: the failure is noted before the staging goes. Whoever dies before the job has failed is followed by an
 * attempt that finds the note, and not by one that finds nothing staged and begins at the first record again.
 */
import type { JobFailure } from '../../core/job.ts';
import { readTimeline } from '../../store/jobs/find-jobs.ts';
import type { TargetWriter } from '../../targets/target.ts';
import type { Attempt } from '../attempt.ts';
import type { WorkerDependencies } from '../dependencies.ts';
import { isStaged } from '../describe-kept.ts';
import { endAttempt } from '../end-attempt.ts';
import type { Outcome } from '../outcome.ts';
import type { IndexedPlan } from './index-step.ts';

const REFUSED = 'part_refused';

export async function dropRefused(
  attempt: Attempt,
  { part: { part } }: IndexedPlan,
  writer: TargetWriter,
  failure: JobFailure,
): Promise<void> {
  await attempt.note(REFUSED, { part, failure });
  await writer.discard();
}

/** What an earlier attempt has come to, and could not say; a retry begins anew. */
export async function findRefusal(
  deps: WorkerDependencies,
  { job, epoch }: Attempt,
): Promise<Outcome | undefined> {
  if (epoch === 1 || !isStaged(job)) return undefined;
  let failure: JobFailure | undefined;
  for (const { event, detail } of await readTimeline(deps.pool, job.id)) {
    if (event === REFUSED) failure = detail['failure'] as JobFailure;
    if (event === 'retried' || event === 'resumed') failure = undefined;
  }
  if (failure === undefined) return undefined;
  await endAttempt(deps, { jobId: job.id, epoch, isLast: true });
  return { type: 'failed', failure, isReported: true };
}
