import type { Counts } from '../core/counts.ts';
import { type AppError, isAppError } from '../core/errors.ts';
import type { JobFailure } from '../core/job.ts';
import { isTransient, sqlStateOf } from '../core/sqlstate.ts';

/**
 * What became of one attempt at a job. An outcome is a value: only bugs and faults are thrown, and `outcomeOfError` says what they mean.
 *
 * overtaken: a later attempt holds the job (or finished it); this one must not touch it any more.
 */
export type Outcome =
  /** counts: of a part of an import, where they are at hand. */
  | { readonly type: 'succeeded'; readonly counts?: Counts }
  /** isReported: the files of its issues are there. Otherwise it owes them. */
  | { readonly type: 'failed'; readonly failure: JobFailure; readonly isReported?: boolean }
  | { readonly type: 'paused' }
  | { readonly type: 'cancelled'; readonly kept: string }
  | {
      readonly type: 'given_back';
      readonly reason:
        | 'shutdown'
        | 'lane'
        | 'resumed'
        | 'transient'
        | 'lock_timeout'
        | 'disk_full'
        | 'delivery_failed';
      readonly message: string;
      /** Pause before it may be claimed again. Default: none after a shutdown, a turn or a wish, else growing with the faults in a row. */
      readonly delayMs?: number;
    }
  | { readonly type: 'overtaken' };

/** Why a worker of the lane gives a job back. */
export const TURN_OVER = 'it took longer than a turn in the lane';

/** SQLSTATE of a statement that has waited for a lock as long as it may. */
const LOCK_TIMEOUT = '55P03';

/** Pause before the next attempt after the n-th transient fault in a row: 1 s, 2 s, 4 s, up to a minute. */
export function retryDelayMs(faults: number): number {
  return Math.min(60_000, 1000 * 2 ** Math.min(faults, 6));
}

/** Undefined: a bug, which the caller reports with its stack. */
export function outcomeOfError(error: unknown): Outcome | undefined {
  if (isAppError(error, 'target.fenced')) return { type: 'overtaken' };
  if (isDiskFull(error)) {
    return { type: 'given_back', reason: 'disk_full', message: (error as Error).message };
  }
  if (sqlStateOf(error) === LOCK_TIMEOUT) {
    return { type: 'given_back', reason: 'lock_timeout', message: (error as Error).message };
  }
  if (isTransient(error) || isAppError(error, 'database.unavailable')) {
    return { type: 'given_back', reason: 'transient', message: (error as Error).message };
  }
  if (isAppError(error)) return { type: 'failed', failure: failureOf(error) };
  return undefined;
}

/** `disk_full` of PostgreSQL. */
const DISK_FULL = '53100';

/** Ours, the file system's own words from a spool or an index, or those of a database that has no room. */
function isDiskFull(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return isAppError(error, 'storage.full') || code === 'ENOSPC' || code === 'EDQUOT' || code === DISK_FULL;
}

export function failureOf(error: AppError): JobFailure {
  const { code, message, isRetryable: retryable, details } = error;
  return { code, message, retryable, ...(Object.keys(details).length > 0 && { details }) };
}
