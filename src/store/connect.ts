/** Connections to PostgreSQL: pools for short statements, single clients for what needs a session of its own. */
import { Client, type ClientBase, type ClientConfig, Pool, types } from 'pg';
import { AppError } from '../core/errors.ts';
import { isTransient, sqlStateOf } from '../core/sqlstate.ts';

export interface ConnectOptions {
  /** What `pg_stat_activity` shows; at most 63 bytes. */
  readonly applicationName: string;
  /** Limit for making a connection. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** Limit for the answer to a statement; a connection that has not answered by then is given up. Default: none. */
  readonly answerTimeoutMs?: number;
}

export interface PoolOptions extends ConnectOptions {
  /** Connections at most. Default 5. */
  readonly max?: number;
  /** Told about connections that broke while idle; the pool has dropped them already. Default: nothing. */
  readonly onIdleError?: (error: Error) => void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const KEEPALIVE_DELAY_MS = 5_000;

/**
 * Settings on which our reading of values depends, whatever the role or the database says, and the server's own
 * keepalives: a client machine that vanished is given up, with its locks, after 5 + 3 × 4 s.
 */
const SESSION_SETTINGS = `
  set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set timezone = 'UTC'; set bytea_output = 'hex';
  set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 4; set tcp_keepalives_count = 3;
`;

/** Creates a pool; it connects when first used. `url` as libpq takes it, `?host=/folder` for a Unix socket. */
export function createPool(url: string, options: PoolOptions): Pool {
  const pool = new Pool({
    ...clientConfig(url, options),
    max: options.max ?? 5,
    idleTimeoutMillis: 30_000,
    onConnect: prepareSession,
  });
  // Without a listener a server that restarts would end the process. A pool has ended before its connections have closed,
  // and a server that stops then ends them itself.
  pool.on('error', (error) => {
    if (!pool.ending) options.onIdleError?.(error);
  });
  return pool;
}

/**
 * Connects one client: for session locks, LISTEN, COPY and long transactions. The caller ends it and listens to its
 * `error` event, which says that the connection is lost.
 * @throws AppError `database.unavailable` when there is no connection
 */
export async function connectClient(url: string, options: ConnectOptions): Promise<Client> {
  const client = new Client(clientConfig(url, options));
  // An error before the caller listens also rejects the query that is under way.
  const ignore = () => {};
  client.on('error', ignore);
  try {
    await client.connect();
    await prepareSession(client);
  } catch (error) {
    await client.end().catch(ignore);
    throw unavailable(url, error);
  }
  return client;
}

/**
 * Refuses a pooler in transaction mode (PgBouncer), where session locks, LISTEN and temporary tables get lost: there
 * the server connection that one client has just used is free for the next one, so both see the same backend.
 * @throws AppError `database.pooler`, `database.unavailable`
 */
export async function refusePooler(url: string, options: ConnectOptions): Promise<void> {
  const first = await connectClient(url, options);
  const second = await connectClient(url, options).catch(async (error: unknown) => {
    await first.end();
    throw error;
  });
  try {
    const before = await backendPid(first);
    await second.query('begin');
    const other = await backendPid(second);
    const after = await backendPid(first);
    if (before === other || before !== after) throw poolerFound(url);
    await second.query('rollback');
  } finally {
    await Promise.all([first.end(), second.end()]);
  }
}

/**
 * bigint becomes a number where that is exact and a BigInt where not; date and timestamp without time zone stay text,
 * since a Date would move them into this machine's time zone; numeric is text already.
 */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [types.builtins.INT8]: parseBigint,
  [types.builtins.DATE]: String,
  [types.builtins.TIMESTAMP]: String,
};

export function parseBigint(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

function clientConfig(url: string, options: ConnectOptions): ClientConfig {
  return {
    connectionString: url,
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    ...(options.answerTimeoutMs !== undefined && { query_timeout: options.answerTimeoutMs }),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEPALIVE_DELAY_MS,
    types: { getTypeParser: findParser as typeof types.getTypeParser },
  };
}

function findParser(oid: number, format?: 'text' | 'binary'): unknown {
  const own = format === 'binary' ? undefined : PARSERS[oid];
  return own ?? types.getTypeParser(oid, format);
}

/** The pool waits for what this returns before it hands the client out, although the hook's type says nothing of it. */
function prepareSession(client: ClientBase): unknown {
  return client.query(SESSION_SETTINGS);
}

async function backendPid(client: Client): Promise<number> {
  const result = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return result.rows[0]?.pid ?? 0;
}

/** The URL as it may be shown: without the password. */
export function describeUrl(url: string): string {
  return url.replace(/^(\w+:\/\/[^:/@]*):[^@]*@/, '$1@').replace(/([?&]password=)[^&]*/, '$1…');
}

function unavailable(url: string, cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
  const sqlState = sqlStateOf(cause);
  return new AppError('database.unavailable', `Cannot connect to ${describeUrl(url)}: ${reason}`, {
    cause,
    details: sqlState === undefined ? {} : { sqlState },
    isRetryable: isTransient(cause),
  });
}

function poolerFound(url: string): AppError {
  return new AppError(
    'database.pooler',
    `${describeUrl(url)} leads to a connection pooler in transaction mode, through which session locks and LISTEN do not work. ` +
      'Name the server itself, or a pool in session mode, in WAYBILL_DATABASE_URL.',
  );
}
