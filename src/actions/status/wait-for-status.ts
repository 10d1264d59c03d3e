import type { JobStatus } from './job-status.ts';
import type { ShownJob } from './shown-job.ts';

/** What ends the waiting for an answer. */
export interface Departure {
  /** The client has gone, or the server stops: nobody waits for a change any more. */
  readonly leaving: AbortSignal;
  /** The client has gone, or the server has been stopping for a second: what will be known in a moment is still told. */
  readonly gone: AbortSignal;
}

export interface StatusWait extends Departure {
  readonly waitMs: number;
}

/**
 * The first state that satisfies `isEnough`, or the one at the end of the wait.
 *
 * @throws AppError `job.not_found` when there is no such job, or it is deleted meanwhile
 */
export async function waitForStatus(
  status: JobStatus,
  id: string,
  isEnough: (shown: ShownJob) => boolean,
  { waitMs, leaving, gone }: StatusWait,
): Promise<ShownJob> {
  const first = await status.read(id, gone);
  if (waitMs === 0 || leaving.aborted || isEnough(first)) return first;
  const ended = Promise.withResolvers<ShownJob | undefined>();
  let latest = first;
  const stopWatching = status.watch(first, (shown) => {
    if (shown !== undefined) latest = shown;
    if (shown === undefined || isEnough(shown)) ended.resolve(shown);
  });
  const end = () => ended.resolve(latest);
  const timer = setTimeout(end, waitMs);
  leaving.addEventListener('abort', end, { once: true });
  try {
    return (await ended.promise) ?? (await status.read(id, gone));
  } finally {
    stopWatching();
    clearTimeout(timer);
    leaving.removeEventListener('abort', end);
  }
}
