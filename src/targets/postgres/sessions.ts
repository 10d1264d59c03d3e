/**
 * Sessions that are used again: connecting, with its authentication and a process of the server's, takes longer than a small job. Between
 * two users a session is set back to how it began, so that nothing of one job is met by the next; but for temporary tables and functions of
 * ours that say nothing of a job (`kept-staging.ts`): to make them takes longer than to write a small chunk.
 */
import type { Client, ClientConfig, QueryResult } from 'pg';
import { connect, nameSql, SESSION_SETTINGS, type SessionLimits, type SessionName } from './connection.ts';

export interface Sessions {
  /** How to reach the database, for what must not wait for anything. */
  readonly connection: ClientConfig;
  /** How long a statement may take where nothing else was said; 0: no limit. */
  readonly statementTimeoutMs: number;
  /**
   * A session under this name, which nobody else has.
   *
   * @param fixture what it should have already, if there is one that does
   * @throws AppError as `connect`
   */
  open(name?: SessionName, limits?: SessionLimits, fixture?: string): Promise<Client>;
  /** What the session has of its users before. */
  fixtureOf(client: Client): Fixture | undefined;
  /** Leaves it to the next user; undefined: all that is temporary goes. */
  setFixture(client: Client, fixture: Fixture | undefined): void;
  /** Takes it back. One that is in the middle of something, or broken, is ended. */
  release(client: Client): Promise<void>;
  /** Ends those that nobody has. */
  close(): Promise<void>;
}

/** Temporary objects that stay from one user to the next. */
export interface Fixture {
  readonly what: string;
  /** How many there are: one more is somebody else's, such as a trigger's, and all of them go. */
  readonly objects: number;
}

interface Kept {
  readonly client: Client;
  /** Without a fixture that turned out not to be as it was left. */
  readonly cleaned: Promise<unknown>;
  readonly timer: NodeJS.Timeout;
}

/** At most: what one job has open at once. */
const KEPT = 3;
/** A worker that has nothing to do gives them up. */
const KEPT_MS = 10_000;
/** What is set for a role or database counts for new sessions only, and each statement that was planned takes memory. */
const MAX_AGE_MS = 60_000;

/** Undoes whatever was set, held or declared. Statements that were prepared stay. */
const CLEAN = `close all; set session authorization default; reset all; unlisten *; select pg_advisory_unlock_all();
  discard sequences; ${SESSION_SETTINGS}; ${nameSql(undefined)}`;

/** Removes what is temporary. */
const DISCARD = 'discard temp';

/** Tables, views, sequences and functions of the session that are its own, found by what they depend on. */
const COUNT_OBJECTS = `select count(*)::int as objects from pg_depend
  where refclassid = 'pg_namespace'::regclass and refobjid = pg_my_temp_schema()`;

export async function countObjects(client: Client): Promise<number> {
  const { rows } = await client.query<{ objects: number }>(COUNT_OBJECTS);
  return rows[0]?.objects ?? 0;
}

export function createSessions(connection: ClientConfig, statementTimeoutMs = 0): Sessions {
  const idle: Kept[] = [];
  const openedAt = new WeakMap<Client, number>();
  const fixtures = new WeakMap<Client, Fixture>();
  /** Those that somebody has, and those that nobody has. */
  let sessions = 0;
  let isClosed = false;

  function forget({ client, timer }: Kept): void {
    clearTimeout(timer);
    const at = idle.findIndex((kept) => kept.client === client);
    if (at >= 0) idle.splice(at, 1);
  }

  /** One with the fixture; else one without any, before another's is lost. The one that was used last is first among equals. */
  function choose(fixture: string | undefined): Kept | undefined {
    const has = ({ client }: Kept) => fixtures.get(client)?.what;
    const fitting =
      idle.findLast((kept) => fixture !== undefined && has(kept) === fixture) ??
      idle.findLast((kept) => has(kept) === undefined);
    if (fitting !== undefined) return fitting;
    if (fixture === undefined) return idle.at(-1);
    return sessions < KEPT ? undefined : idle[0];
  }

  async function take(
    name: SessionName | undefined,
    limits: SessionLimits,
    fixture: string | undefined,
  ): Promise<Client | undefined> {
    for (let kept = choose(fixture); kept !== undefined; kept = choose(fixture)) {
      forget(kept);
      const { client, cleaned } = kept;
      internalsOf(client).ref();
      try {
        await cleaned;
        const isOther = fixture !== undefined && (fixtures.get(client)?.what ?? fixture) !== fixture;
        if (isOther) fixtures.delete(client);
        await client.query(`${isOther ? `${DISCARD};` : ''} ${nameSql(name, limits)}`);
        return client;
      } catch {
        // It broke while nobody had it.
        await end(client);
      }
    }
    return undefined;
  }

  async function clean(client: Client): Promise<void> {
    const fixture = fixtures.get(client);
    if (fixture === undefined) {
      await client.query(`${DISCARD}; ${CLEAN}`);
      return;
    }
    // Several statements give several results, which the types do not know.
    const results = (await client.query(`${CLEAN}; ${COUNT_OBJECTS}`)) as unknown as readonly QueryResult<{
      objects: number;
    }>[];
    if (results.at(-1)?.rows[0]?.objects === fixture.objects) return;
    fixtures.delete(client);
    await client.query(DISCARD);
  }

  async function end(client: Client): Promise<void> {
    if (openedAt.delete(client)) sessions -= 1;
    // With a statement under way this cuts the connection.
    await client.end().catch(() => undefined);
  }

  return {
    connection,
    statementTimeoutMs,
    async open(name, given = {}, fixture) {
      const limits = { statementTimeoutMs, ...given };
      const kept = await take(name, limits, fixture);
      if (kept !== undefined) return kept;
      const client = await connect(connection, name, limits);
      openedAt.set(client, performance.now());
      sessions += 1;
      client.once('end', () => {
        if (openedAt.delete(client)) sessions -= 1;
      });
      return client;
    },
    fixtureOf: (client) => fixtures.get(client),
    setFixture(client, fixture) {
      if (fixture === undefined) fixtures.delete(client);
      else fixtures.set(client, fixture);
    },
    async release(client) {
      const age = performance.now() - (openedAt.get(client) ?? 0);
      if (isClosed || idle.length >= KEPT || age > MAX_AGE_MS || !isClean(client)) return end(client);
      const cleaned = clean(client);
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
