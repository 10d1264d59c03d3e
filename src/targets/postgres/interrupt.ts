/** Ends running statements from another connection: politely, then by ending their sessions. */
import type pg from 'pg';
import { withConnection } from './connection.ts';

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
