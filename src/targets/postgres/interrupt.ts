/** Ends running statements from another connection: politely, then by ending their sessions. */
import type pg from 'pg';
import { type SessionLimits, type SessionName, withConnection } from './connection.ts';
import type { Sessions } from './sessions.ts';
import { asTooSlow } from './sql-errors.ts';

/** Cancels at once, and terminates after `graceMs` what has not settled by then. */
export async function interruptSessions(
  connection: pg.ClientConfig,
  pids: readonly number[],
  graceMs: number,
  settled: Promise<unknown>,
): Promise<void> {
  if (pids.length === 0) return;
  await withConnection(connection, async (client) => {
    await client.query('select pg_cancel_backend(pid) from unnest($1::int[]) pid', [pids]);
    if (await isSettledWithin(settled, graceMs)) return;
    await client.query('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [pids]);
  });
}

/** A statement that was cancelled has so long to end; then its session is ended. */
const GRACE_MS = 500;

/**
 * Runs `work` on a session that nobody else has, and which is interrupted as soon as `signal` is aborted: a statement that waits for a lock hears
 * nothing from its client.
 *
 * @throws the signal's reason where it was interrupted
 */
export async function withInterruptible<T>(
  sessions: Sessions,
  session: SessionLimits & { readonly name?: SessionName; readonly signal?: AbortSignal | undefined },
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  session.signal?.throwIfAborted();
  const client = await sessions.open(session.name, session);
  try {
    return await interruptible(sessions, client, session.signal, work(client));
  } finally {
    // What was to interrupt this could still arrive.
    if (session.signal?.aborted === true) await client.end().catch(() => undefined);
    else await sessions.release(client);
  }
}

/** What runs on `client` ends when `signal` is aborted. @throws the signal's reason then */
export async function interruptible<T>(
  sessions: Sessions,
  client: pg.Client,
  signal: AbortSignal | undefined,
  work: Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const settled = work.then(
    () => undefined,
    () => undefined,
  );
  let interrupting: Promise<void> | undefined;
  const interrupt = () => {
    interrupting = interruptSessions(sessions.connection, [processOf(client)], GRACE_MS, settled).catch(
      () => undefined,
    );
  };
  signal?.addEventListener('abort', interrupt, { once: true });
  if (signal?.aborted === true) interrupt();
  try {
    return await work;
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : asTooSlow(error, startedAt, sessions.statementTimeoutMs);
  } finally {
    signal?.removeEventListener('abort', interrupt);
    // What comes next on this connection must not be what it hits.
    await interrupting;
  }
}

/** The server told it when the connection was opened; the types do not know it. */
export function processOf(client: pg.Client): number {
  return (client as unknown as { processID: number }).processID;
}

async function isSettledWithin(settled: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([settled.then(() => true), timeout]);
  } finally {
    clearTimeout(timer);
  }
}
