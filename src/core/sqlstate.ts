/**
 * What a SQLSTATE means for a write: whose fault it is decides between trying again, rejecting a record and failing.
 * Source: PostgreSQL manual, appendix A.
 */

/** Codes that Node's sockets give when the server is away; `pg` passes them on. */
const SOCKET_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'EHOSTUNREACH']);

/** 25006 is a standby that was promoted or a server in recovery; 0A000 and its like never pass by themselves. */
const TRANSIENT_STATES = new Set(['40001', '40P01', '55P03', '25006']);
const TRANSIENT_CLASSES = new Set(['08', '53', '57']);

/**
 * What the server's own states say of a statement, a session or the server. All others are about one record: functions of users raise what they
 * like (`using errcode = 'MY001'`), and extensions raise XX000 for a value that they cannot read. Of what a function raises with a state of
 * this list nobody can tell that it is about a record.
 */
export const STATEMENT_CLASSES: readonly string[] =
  '00 01 03 08 0A 0B 0F 0L 0P 0Z 10 24 25 26 28 2B 2D 34 3B 3D 3F 40 42 53 55 57 58 72 F0 HV WB'.split(' ');
export const STATEMENT_STATES: readonly string[] = ['54001', '54011', '54023', 'XX001', 'XX002'];

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

/** True when one record is to blame: data exceptions, constraints, whatever the user's own triggers and functions raise. */
export function isRowLevel(error: unknown): boolean {
  const state = sqlStateOf(error);
  return (
    state !== undefined && !STATEMENT_STATES.includes(state) && !STATEMENT_CLASSES.includes(state.slice(0, 2))
  );
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
