/** Connections of a job to the target's database: named after job and epoch, so that a successor can end them. */
import { Client, type ClientConfig } from 'pg';
import { AppError } from '../../core/errors.ts';
import { isTransient } from '../../core/sqlstate.ts';
import { literal } from './quote.ts';

export interface SessionName {
  readonly jobId: string;
  readonly epoch: number;
}

/**
 * What a session needs to mean the same on every server. JIT: the costs of disabled joins trip its threshold (200 ms a
 * statement). temp_buffers must be set before the first temporary table, and should hold a chunk of 4 MiB.
 */
export const SESSION_SETTINGS = `
set client_encoding = 'UTF8'; set standard_conforming_strings = on; set bytea_output = 'hex';
set datestyle = 'ISO, YMD'; set intervalstyle = 'iso_8601'; set timezone = 'UTC'; set extra_float_digits = 1;
set default_transaction_isolation = 'read committed'; set default_transaction_read_only = off;
set statement_timeout = 0; set idle_in_transaction_session_timeout = 0;
set jit = off; set temp_buffers = '16MB'; set client_min_messages = 'warning'`;

/** At most 55 bytes, so never cut at PostgreSQL's 63. */
export function applicationName(name: SessionName | undefined): string {
  return name === undefined ? 'waybill/target' : `waybill/${name.jobId}/${name.epoch}`;
}

/** How long a statement waits for what others hold, unless the job says otherwise (`lockTimeoutMs`). */
export const DEFAULT_LOCK_TIMEOUT_MS = 5000;

export interface SessionLimits {
  /** Default `DEFAULT_LOCK_TIMEOUT_MS`; 0: none, for tables of our own. */
  readonly lockTimeoutMs?: number;
  /** Of each statement. Default: none, since merging or counting takes as long as the table is large. */
  readonly statementTimeoutMs?: number;
}

function limitsSql({
  lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS,
  statementTimeoutMs = 0,
}: SessionLimits): string {
  return `set lock_timeout = ${lockTimeoutMs}; set statement_timeout = ${statementTimeoutMs}`;
}

/** What a session is called from now on, and how long its statements may take. */
export function nameSql(name: SessionName | undefined, limits: SessionLimits = {}): string {
  return `set application_name = ${literal(applicationName(name))}; ${limitsSql(limits)}`;
}

/** @throws AppError `database.unavailable` (retryable) when the server cannot be reached. */
export async function connect(
  connection: ClientConfig,
  name?: SessionName,
  limits: SessionLimits = {},
): Promise<Client> {
  const client = new Client({
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    ...connection,
    application_name: applicationName(name),
  });
  // A connection that breaks while idle emits an error; the next statement on it tells the caller.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`${SESSION_SETTINGS}; ${limitsSql(limits)}`);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    if (!isTransient(error)) throw error;
    throw new AppError(
      'database.unavailable',
      `The target's database cannot be reached: ${reasonOf(error)}`,
      {
        cause: error,
        isRetryable: true,
      },
    );
  }
}

/** Runs `work` on a connection of its own. */
export async function withConnection<T>(
  connection: ClientConfig,
  work: (client: Client) => Promise<T>,
  { name, ...limits }: SessionLimits & { readonly name?: SessionName } = {},
): Promise<T> {
  const client = await connect(connection, name, limits);
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Ends the sessions of this job's attempts up to `epoch`, but for `except`, and waits until they are gone: a client that
 * was stopped inside COPY holds its locks against every timeout, and only this frees them (2 to 12 ms).
 */
export async function endSessions(
  client: Client,
  name: SessionName,
  except: readonly number[],
): Promise<void> {
  await client.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and pid <> all ($3::int[])
       and application_name like 'waybill/' || $1 || '/%' and substring(application_name from '/([0-9]{1,9})$')::int <= $2`,
    [name.jobId, name.epoch, except],
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
