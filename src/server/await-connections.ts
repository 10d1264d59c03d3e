/** Whether PostgreSQL takes as many connections as a server needs: without them it would start, and then fail here and there. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { AppError, isAppError } from '../core/errors.ts';
import { connectClient } from '../store/connect.ts';

/** The API, its services, the queue, and what polls read by. */
export const OWN_CONNECTIONS = 5;
/** Its lease, the queue, its state, and three for the job in the target's database, which is most often the same. */
export const WORKER_CONNECTIONS = 7;

/** Sessions of a server that has just died take some seconds to end. */
export const WAIT_MS = 10_000;
const RETRY_AFTER_MS = 500;
const ENDED_WITHIN_MS = 2000;

/** `too_many_connections`: of the server, the database or the role. */
const TOO_MANY = '53300';

export interface AwaitConnectionsOptions {
  readonly url: string;
  /** Worker processes, those of the lane too. */
  readonly workers: number;
  readonly log: (line: string) => void;
  /** Default: 10 s. */
  readonly waitMs?: number;
}

/**
 * Opens and closes as many connections as are needed; if there are not enough, waits for others to end.
 *
 * @throws AppError `database.too_few_connections`, `database.unavailable`
 */
export async function awaitConnections(options: AwaitConnectionsOptions): Promise<void> {
  const { url, workers, log, waitMs = WAIT_MS } = options;
  const needed = OWN_CONNECTIONS + WORKER_CONNECTIONS * workers;
  const until = performance.now() + waitMs;
  for (let isFirst = true; ; isFirst = false) {
    const { opened, refusal } = await tryConnections(url, needed);
    if (refusal === undefined) return;
    if (performance.now() >= until) throw tooFew({ opened, needed, workers, refusal });
    if (isFirst) {
      log(
        `PostgreSQL takes ${opened} more connections, and ${needed} are needed to start (${refusal}); waiting up to ${waitMs / 1000} s for others to end`,
      );
    }
    await delay(RETRY_AFTER_MS);
  }
}

/** @returns how many could be opened at the same time, and the server's words for why it were not more */
async function tryConnections(
  url: string,
  needed: number,
): Promise<{ readonly opened: number; readonly refusal?: string }> {
  const connect = () => connectClient(url, { applicationName: 'waybill/start' });
  const results = await Promise.allSettled(Array.from({ length: needed }, connect));
  const clients = results.flatMap((result): Client[] =>
    result.status === 'fulfilled' ? [result.value] : [],
  );
  await endAll(clients);
  const reasons = results.flatMap((result): unknown[] =>
    result.status === 'rejected' ? [result.reason] : [],
  );
  const other = reasons.find((reason) => !isTooMany(reason));
  if (other !== undefined) throw other;
  const [first] = reasons;
  return {
    opened: clients.length,
    ...(first !== undefined && { refusal: ((first as AppError).cause as Error).message }),
  };
}

/** Waits until the server has let them go: what comes next may need them all. */
async function endAll([last, ...others]: readonly Client[]): Promise<void> {
  if (last === undefined) return;
  await Promise.all(others.map((client) => client.end().catch(() => {})));
  const pids = others.map((client) => (client as Client & { readonly processID: number }).processID);
  const until = performance.now() + ENDED_WITHIN_MS;
  const areGone = async () => {
    const text = 'select from pg_stat_activity where pid = any ($1)';
    return (await last.query(text, [pids])).rowCount === 0;
  };
  try {
    while (!(await areGone()) && performance.now() < until) await delay(10);
  } finally {
    await last.end().catch(() => {});
  }
}

function isTooMany(reason: unknown): boolean {
  return isAppError(reason, 'database.unavailable') && reason.details['sqlState'] === TOO_MANY;
}

function tooFew(found: { opened: number; needed: number; workers: number; refusal: string }): AppError {
  const { opened, needed, workers, refusal } = found;
  const share =
    workers === 0 ? '' : `: ${OWN_CONNECTIONS}, and ${WORKER_CONNECTIONS} for each worker (${workers})`;
  return new AppError(
    'database.too_few_connections',
    `PostgreSQL takes only ${opened} more connections (${refusal}), and this server needs ${needed} to start${share}. ` +
      'Raise the limit (max_connections, or CONNECTION LIMIT of the role or database), end other sessions, or start fewer workers (--workers, lane.workers).',
    { details: { available: opened, needed }, isRetryable: true },
  );
}
