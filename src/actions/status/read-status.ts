/** How a job stands: asked, and waited for. */
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import type { ShownJob } from './shown-job.ts';
import { type StatusWait, waitForStatus } from './wait-for-status.ts';

/** What `readStatus` would give without waiting; undefined where it would wait. @throws AppError `request.forbidden` */
export function peekStatus(
  caller: Caller,
  { status }: Pick<ActionDependencies, 'status'>,
  idOrNumber: string,
): ShownJob | undefined {
  authorize(caller, 'jobs.read', { job: idOrNumber });
  return status.peek(idOrNumber);
}

/** @throws AppError as `JobStatus.read` */
export function readStatus(
  caller: Caller,
  { status }: Pick<ActionDependencies, 'status'>,
  idOrNumber: string,
  gone: AbortSignal,
): Promise<ShownJob> {
  authorize(caller, 'jobs.read', { job: idOrNumber });
  return status.read(idOrNumber, gone);
}

/** The first state that satisfies `isEnough`, or the one at the end of the wait. @throws AppError as `waitForStatus` */
export async function awaitStatus(
  caller: Caller,
  { status }: Pick<ActionDependencies, 'status'>,
  idOrNumber: string,
  isEnough: (shown: ShownJob) => boolean,
  wait: StatusWait,
): Promise<ShownJob> {
  authorize(caller, 'jobs.read', { job: idOrNumber });
  return waitForStatus(status, idOrNumber, isEnough, wait);
}
