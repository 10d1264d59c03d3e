/**
 * What a SQLSTATE means for a write: whose fault it is decides between trying again, rejecting a record and failing.
 * Source: PostgreSQL manual, appendix A.
 */

/** Codes that Node's sockets give when the server is away; `pg` passes them on. */
const SOCKET_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'EHOSTUNREACH']);

/** 25006 is a standby that was promoted or a server in recovery; 0A000 and its like never pass by themselves. */
const TRANSIENT_STATES = new Set(['40001', '40P01', '55P03', '25006']);
const TRANSIENT_CLASSES = new Set(['08', '53', '57']);

const ROW_LEVEL_STATES = new Set(['21000', '44000', '54000', 'P0001']);
const ROW_LEVEL_CLASSES = new Set(['22', '23']);

/** The relation is not what it was when the statement was built: columns, types or the table itself are gone. */
const ALTERED_STATES = new Set([
  '42703',
  '42P01',
  '42804',
  '42704',
  '42883',
  '42P10',
  '3F000',
  '428C9',
  '0A000',
]);

/** The five characters of a PostgreSQL error, or undefined when the error is none of the server's. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = codeOf(error);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !SOCKET_CODES.has(code) ? code : undefined;
}

/**
 * True for faults that pass by themselves: connection lost, server restarting, deadlock, serialization, lock timeout,
 * cancelled statement, no resources. They never reject a record.
 */
export function isTransient(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state !== undefined) return TRANSIENT_STATES.has(state) || TRANSIENT_CLASSES.has(state.slice(0, 2));
  const code = codeOf(error);
  if (code !== undefined && SOCKET_CODES.has(code)) return true;
  return (
    error instanceof Error &&
    /^(Connection terminated|Client has encountered a connection error|timeout expired|Query read timeout)/.test(
      error.message,
    )
  );
}

/** True when one record is to blame: data exceptions, constraints, `raise exception` in the user's own triggers. */
export function isRowLevel(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && (ROW_LEVEL_STATES.has(state) || ROW_LEVEL_CLASSES.has(state.slice(0, 2)));
}

/** True when the target was changed under the statement. */
export function isAltered(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state !== undefined && ALTERED_STATES.has(state);
}

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
