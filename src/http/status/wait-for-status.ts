import type { JobStatus, ShownJob } from './job-status.ts';

export interface StatusWait {
  readonly waitMs: number;
  /** Ends the wait early: the client has gone, or the server stops. */
  readonly signal: AbortSignal;
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
  { waitMs, signal }: StatusWait,
): Promise<ShownJob> {
  const first = await status.read(id);
  if (waitMs === 0 || signal.aborted || isEnough(first)) return first;
  const ended = Promise.withResolvers<ShownJob | undefined>();
  let latest = first;
  const stopWatching = status.watch(first, (shown) => {
    if (shown !== undefined) latest = shown;
    if (shown === undefined || isEnough(shown)) ended.resolve(shown);
  });
  const end = () => ended.resolve(latest);
  const timer = setTimeout(end, waitMs);
  signal.addEventListener('abort', end, { once: true });
  try {
    return (await ended.promise) ?? (await status.read(id));
  } finally {
    stopWatching();
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
