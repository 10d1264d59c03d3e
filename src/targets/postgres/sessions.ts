/**
 * Sessions that are used again: connecting, with its authentication and a process of the server's, takes longer than a small job. Between
 * two users a session is set back to how it began, so that nothing of one job is met by the next.
 */
import type { Client, ClientConfig } from 'pg';
import { connect, nameSql, SESSION_SETTINGS, type SessionLimits, type SessionName } from './connection.ts';

export interface Sessions {
  /** How to reach the database, for what must not wait for anything. */
  readonly connection: ClientConfig;
  /** How long a statement may take where nothing else was said; 0: no limit. */
  readonly statementTimeoutMs: number;
  /** A session under this name, which nobody else has. @throws AppError as `connect` */
  open(name?: SessionName, limits?: SessionLimits): Promise<Client>;
  /** Takes it back. One that is in the middle of something, or broken, is ended. */
  release(client: Client): Promise<void>;
  /** Ends those that nobody has. */
  close(): Promise<void>;
}

interface Kept {
  readonly client: Client;
  readonly cleaned: Promise<unknown>;
  readonly timer: NodeJS.Timeout;
}

/** At most: what one job has open at once. */
const KEPT = 3;
/** A worker that has nothing to do gives them up. */
const KEPT_MS = 10_000;
/** What is set for a role or database counts for new sessions only, and each statement that was planned takes memory. */
const MAX_AGE_MS = 60_000;

/** Undoes whatever was set, held, declared or created. Statements that were prepared stay. */
const CLEAN = `close all; set session authorization default; reset all; unlisten *; select pg_advisory_unlock_all();
  discard temp; discard sequences; ${SESSION_SETTINGS}; ${nameSql(undefined)}`;

export function createSessions(connection: ClientConfig, statementTimeoutMs = 0): Sessions {
  const idle: Kept[] = [];
  const openedAt = new WeakMap<Client, number>();
  let isClosed = false;

  function forget({ client, timer }: Kept): void {
    clearTimeout(timer);
    const at = idle.findIndex((kept) => kept.client === client);
    if (at >= 0) idle.splice(at, 1);
  }

  async function take(name: SessionName | undefined, limits: SessionLimits): Promise<Client | undefined> {
    for (let kept = idle.at(-1); kept !== undefined; kept = idle.at(-1)) {
      forget(kept);
      const { client, cleaned } = kept;
      internalsOf(client).ref();
      try {
        await cleaned;
        await client.query(nameSql(name, limits));
        return client;
      } catch {
        // It broke while nobody had it.
        await end(client);
      }
    }
    return undefined;
  }

  return {
    connection,
    statementTimeoutMs,
    async open(name, given = {}) {
      const limits = { statementTimeoutMs, ...given };
      const kept = await take(name, limits);
      if (kept !== undefined) return kept;
      const client = await connect(connection, name, limits);
      openedAt.set(client, performance.now());
      return client;
    },
    async release(client) {
      const age = performance.now() - (openedAt.get(client) ?? 0);
      if (isClosed || idle.length >= KEPT || age > MAX_AGE_MS || !isClean(client)) return end(client);
      const cleaned = client.query(CLEAN);
      const leave = () => {
        forget(kept);
        void end(client);
      };
      const kept = { client, cleaned, timer: setTimeout(leave, KEPT_MS) };
      idle.push(kept);
      kept.timer.unref();
      internalsOf(client).unref();
      cleaned.catch(leave);
    },
    async close() {
      isClosed = true;
      await Promise.all(
        [...idle].map((kept) => {
          forget(kept);
          return end(kept.client);
        }),
      );
    },
  };
}

/** What can be used by somebody else. */
function isClean(client: Client): boolean {
  return isQuiet(client) && client.getTransactionStatus() === 'I';
}

/** With a statement under way this cuts the connection. */
async function end(client: Client): Promise<void> {
  await client.end().catch(() => undefined);
}

/** No statement is under way. */
export function isQuiet(client: Client): boolean {
  return internalsOf(client).readyForQuery;
}

/** What a client has, and its types do not know. */
interface Internals {
  readonly readyForQuery: boolean;
  /** Whether the process is kept alive by the connection. */
  ref(): void;
  unref(): void;
}

function internalsOf(client: Client): Internals {
  return client as unknown as Internals;
}
