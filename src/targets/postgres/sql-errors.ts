/** The server's errors, in the words of the target's seam. */
import type { DatabaseError } from 'pg';
import { AppError, isAppError } from '../../core/errors.ts';
import { isAltered, isTransient, sqlStateOf } from '../../core/sqlstate.ts';
import type { SessionName } from './connection.ts';
import { fenced } from './fence.ts';

/** SQLSTATEs of our own, raised by the functions that `write-function.ts` and `final-function.ts` define. */
export const FENCED_STATE = 'WB001';
export const REPLACE_REFUSED_STATE = 'WB002';
/** Raised by `limit-sql.ts`; never leaves the writer. */
export const CUT_STATE = 'WB004';

/**
 * Transient faults stay what they are (`isTransient` knows them), so that the worker tries again; everything else becomes
 * an `AppError`, and what the server did not say stays a bug.
 */
export function toTargetError(error: unknown, title: string, name?: SessionName): unknown {
  const state = sqlStateOf(error);
  if (isAppError(error) || isTransient(error) || state === undefined) return error;
  const server = error as DatabaseError;
  if (state === FENCED_STATE && name !== undefined) return fenced(name);
  if (state === REPLACE_REFUSED_STATE)
    return new AppError('job.replace_refused', server.message, { cause: error });
  if (isAltered(error)) {
    return new AppError('target.altered', `${title} was changed while the job ran: ${server.message}`, {
      details: { sqlstate: state },
      cause: error,
    });
  }
  if (state === '42501') {
    return new AppError(
      'target.permission_denied',
      `The database role may not do this on ${title}: ${server.message}`,
      {
        details: { sqlstate: state },
        cause: error,
      },
    );
  }
  return new AppError(
    'target.refused',
    `The database refused to work on ${title}: ${reasonOf(server, state)}`,
    {
      details: {
        sqlstate: state,
        ...(server.constraint === undefined ? {} : { constraint: server.constraint }),
      },
      cause: error,
    },
  );
}

/** A statement that the database has ended since it took longer than the job's statements may. */
export function asTooSlow(error: unknown, startedAt: number, limitMs: number): unknown {
  // The words depend on the server's language, and whoever is asked to stop cancels statements, too. Its clock is not ours.
  const isOver = limitMs > 0 && performance.now() - startedAt >= 0.9 * limitMs;
  if (!isOver || sqlStateOf(error) !== '57014') return error;
  return new AppError(
    'target.too_slow',
    `A statement in the target's database took longer than ${limitMs / 1000} seconds (limit: limits.statementSeconds) and was cancelled. Find out what takes so long (triggers, missing indexes, a merge of many records), or raise the limit; then retry the job.`,
    { details: { sqlstate: '57014', limitMs }, cause: error, isRetryable: true },
  );
}

/** For what somebody has asked and waits for: that the table is held by others, or takes too long to count, is an answer. */
export function toAnswer(error: unknown, title: string): unknown {
  const state = sqlStateOf(error);
  if (state !== '55P03' && state !== '57014') return error;
  return new AppError(
    'target.busy',
    state === '55P03'
      ? `Another session holds a lock on ${title}, which was not released within 2 seconds. Try again, or end the session that holds it (see pg_blocking_pids).`
      : `The database took more than 30 seconds for ${title}. Try again when it is less busy.`,
    { details: { sqlstate: state }, cause: error, isRetryable: true },
  );
}

/** Words that may quote values of records, which no message may carry, are cut: data exceptions end in the value, a trigger may say anything. */
function reasonOf(error: DatabaseError, state: string): string {
  if (state.startsWith('22')) return `${error.message.replace(/:? ?".*$/su, '')} (SQLSTATE ${state})`;
  if (state === 'P0001') return `a function or trigger raised an error (SQLSTATE ${state})`;
  return `${error.message} (SQLSTATE ${state})`;
}
