import type { Job } from '../../core/job.ts';
import { findFollowers } from '../../store/due-jobs.ts';
import type { ActionDependencies } from '../dependencies.ts';

/**
 * After a verb that was carried out at once: hints for the job, where it goes on, and for those that it has let pass (the next of its keys).
 * A lost hint would be sent again by the sweeper within a second; these save the second.
 */
export async function sendHints({ pool, queue }: ActionDependencies, { id, state }: Job): Promise<void> {
  if (state === 'running' || state === 'pausing' || state === 'cancelling') return;
  for (const follower of await findFollowers(pool, id)) await queue.send(follower);
}
