import { setTimeout as delay } from 'node:timers/promises';
import { type AppError, isAppError } from '../core/errors.ts';
import { isFinal } from '../core/job-state.ts';
import { type ServerAddress, send } from './request.ts';
import type { WireJob } from './wire.ts';

export interface WaitOptions {
  /** Called with every state that is seen, the first and the last included. */
  readonly onChange?: (job: WireJob) => void;
  /** Called after every answer, also when nothing changed: at least once a second. */
  readonly onPoll?: (job: WireJob) => void;
  /** Called when the server says that its database is away. The job is not lost by that, so the waiting goes on. */
  readonly onOutage?: (error: AppError) => void;
  readonly signal?: AbortSignal;
  /** When the waiting is over. Default: the job is final, or paused. */
  readonly until?: (job: WireJob) => boolean;
}

function isAtRest({ state }: WireJob): boolean {
  return isFinal(state) || state === 'paused';
}

/** Also of a job that was stopped the files are there then, or it has said that they cannot be. */
export function hasReported(job: WireJob): boolean {
  return isAtRest(job) && job.report?.state !== 'pending';
}

/** The server answers when the job changes, or after so long. */
const WAIT_SECONDS = 1;
/** For a server, or something in front of it, that does not wait. */
const PAUSE_MS = 100;
/** Between two questions while the database is away. */
const OUTAGE_PAUSE_MS = 1000;

/** Waits until the job is final. Also ends when the job is paused: nothing happens then by itself. */
export async function waitForJob(
  server: ServerAddress,
  id: string,
  options: WaitOptions = {},
): Promise<WireJob> {
  const { signal } = options;
  let etag: string | undefined;
  let job: WireJob | undefined;
  const isOver = options.until ?? isAtRest;
  for (;;) {
    const response = await send(server, `/v1/jobs/${id}`, {
      ...(etag !== undefined && { headers: { 'if-none-match': etag, prefer: `wait=${WAIT_SECONDS}` } }),
      ...(signal !== undefined && { signal }),
    }).catch((error: unknown) => {
      if (!isAppError(error, 'database.unavailable') || !error.isRetryable) throw error;
      options.onOutage?.(error);
    });
    if (response === undefined) {
      await delay(OUTAGE_PAUSE_MS, undefined, signal === undefined ? {} : { signal });
      continue;
    }
    if (job === undefined || response.status !== 304) {
      job = (await response.json()) as WireJob;
      etag = response.headers.get('etag') ?? undefined;
      options.onChange?.(job);
    }
    options.onPoll?.(job);
    if (isOver(job)) return job;
    await delay(PAUSE_MS, undefined, signal === undefined ? {} : { signal });
  }
}
