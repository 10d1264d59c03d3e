/** Exports: one read-only repeatable-read snapshot, its exact total, and its rows as COPY text. */
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { Collection } from '../../collections/collection.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { sqlStateOf } from '../../core/sqlstate.ts';
import type { SnapshotOptions, TargetSnapshot } from '../target.ts';
import { type KnownTables, readRelation } from './catalogue.ts';
import { endSessions, type SessionLimits, withConnection } from './connection.ts';
import { buildFilter, type FilterColumn, valueOf } from './filter-sql.ts';
import { interruptible, processOf } from './interrupt.ts';
import { findKeyIndex } from './key-match.ts';
import { exportedLink } from './links.ts';
import { identifier } from './quote.ts';
import { settingsSql } from './session-settings.ts';
import { isQuiet, type Sessions } from './sessions.ts';
import { asTooSlow, toTargetError } from './sql-errors.ts';
import type { ScopeColumn } from './staged-column.ts';
import { findColumn, type TargetRelation, type UniqueIndex } from './table.ts';

interface SnapshotSql {
  readonly fields: readonly string[];
  /** `from … where …` */
  readonly source: string;
  readonly columns: string;
  readonly order: string;
  readonly params: readonly string[];
}

/**
 * @throws AppError `request.invalid` for unknown fields and values that are none of the column's type; `target.not_found`,
 *   `target.permission_denied`, `target.altered`.
 */
export async function openSnapshot(
  sessions: Sessions,
  tables: KnownTables,
  options: SnapshotOptions,
  limits: SessionLimits = {},
): Promise<TargetSnapshot> {
  const { collection, signal } = options;
  signal?.throwIfAborted();
  const client = await sessions.open({ jobId: options.jobId, epoch: options.epoch }, limits);
  try {
    const taken = takeSnapshot(sessions, tables, client, options);
    return await interruptible(sessions, client, signal, taken);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw signal?.aborted === true ? error : toSnapshotError(error, collection.name);
  }
}

async function takeSnapshot(
  sessions: Sessions,
  tables: KnownTables,
  client: pg.Client,
  options: SnapshotOptions,
): Promise<TargetSnapshot> {
  const { collection } = options;
  const pid = processOf(client);
  // A killed attempt's reader would hold its snapshot, and with it vacuum, until its client reads on.
  await endSessions(client, { jobId: options.jobId, epoch: options.epoch - 1 }, [pid]);
  const relation = await readRelation(client, collection, tables);
  const sql = buildSnapshot(relation, options);
  await client.query('begin isolation level repeatable read read only');
  // It may be idle while other parts of the job are read.
  await client.query('set local idle_in_transaction_session_timeout = 0');
  if (collection.session !== undefined)
    await client.query(`select ${settingsSql(collection.session).join(', ')}`);
  await setParams(client, sql.params);
  const counted = await client.query<{ total: string; taken_at: Date }>(
    `select count(*)::text as total, transaction_timestamp() as taken_at ${sql.source}`,
  );
  const row = counted.rows[0];
  return {
    fields: sql.fields,
    takenAt: row?.taken_at ?? new Date(),
    total: Number(row?.total),
    rows: (signal) => readRows(client, sessions, pid, sql, relation.title, signal),
    close: () => endReader(sessions, client, pid),
  };
}

function buildSnapshot(
  relation: TargetRelation,
  { collection, scope, options }: SnapshotOptions,
): SnapshotSql {
  const columns = new Map<string, FilterColumn>(
    collection.fields.flatMap((field) => {
      const column =
        exportedLink(relation.links, field, readScope(relation, scope)) ?? findColumn(relation, field.column);
      return column === undefined ? [] : [[field.name, column] as const];
    }),
  );
  const fields = options.fields ?? collection.fields.map((field) => field.name);
  const scoped = scopeColumns(relation, collection, scope);
  const scopeFilter = buildFilter({ and: scoped.filters }, scoped.columns);
  const filter = buildFilter(options.filter ?? { and: [] }, columns, scopeFilter.params.length + 1);
  const index = keyIndexOf(relation, collection);
  // Rows outside a partial key are none of the collection's: an import could not find them, and would take them for others.
  const inside = index?.predicate === undefined ? '' : ` and (${index.predicate})`;
  return {
    fields,
    source: `from ${relation.sql} t where ${scopeFilter.where} and ${filter.where}${inside}`,
    columns: fields.map((name) => exportedValue(collection, columns, name)).join(', '),
    order: orderOf(collection, columns, index, options.order),
    params: [...scopeFilter.params, ...filter.params],
  };
}

/** The scope's values as they are set for the transaction, in the order in which they are filtered by. */
function readScope(relation: TargetRelation, scope: Readonly<Record<string, string>>): ScopeColumn[] {
  return Object.keys(scope).flatMap((name, at) => {
    const column = findColumn(relation, name);
    return column === undefined
      ? []
      : [{ column, value: `current_setting('waybill.p${at + 1}')::${column.storageType}` }];
  });
}

/** The scope as a filter on columns, which need not be fields. */
function scopeColumns(
  relation: TargetRelation,
  collection: Collection,
  scope: Readonly<Record<string, string>>,
) {
  const missing = collection.scope.filter((name) => !Object.hasOwn(scope, name));
  if (missing.length > 0) {
    throw new AppError(
      'request.invalid',
      `Collection ${collection.name} needs a scope value for ${missing.join(', ')}`,
    );
  }
  const columns = new Map<string, FilterColumn>(relation.columns.map((column) => [column.column, column]));
  const filters = Object.entries(scope).map(([field, value]) => ({ field, op: 'eq' as const, value }));
  return { columns, filters };
}

function columnOf(columns: ReadonlyMap<string, FilterColumn>, name: string): FilterColumn {
  const found = columns.get(name);
  if (found !== undefined) return found;
  throw new AppError(
    'request.invalid',
    `There is no field ${name}; the collection has ${[...columns.keys()].join(', ')}`,
  );
}

/** As an import takes it back: arrays as JSON, since PostgreSQL's own literal is not what a JSON field reads. */
function exportedValue(
  collection: Collection,
  columns: ReadonlyMap<string, FilterColumn>,
  name: string,
): string {
  const value = valueOf(columnOf(columns, name));
  const isJson = collection.fields.some((field) => field.name === name && field.type === 'json');
  return isJson && columns.get(name)?.sqlType.endsWith('[]') === true ? `to_json(${value})` : value;
}

/** Default: the key's index, whose expressions are those that it can be read in order by. */
/** Undefined where there is no such index: what cannot be imported by its key can be exported all the same. */
function keyIndexOf(relation: TargetRelation, collection: Collection): UniqueIndex | undefined {
  if (relation.kind !== 'table') return undefined;
  try {
    return findKeyIndex(relation, collection);
  } catch (error) {
    if (isAppError(error, 'target.unsupported')) return undefined;
    throw error;
  }
}

function orderOf(
  collection: Collection,
  columns: ReadonlyMap<string, FilterColumn>,
  index: UniqueIndex | undefined,
  order: SnapshotOptions['options']['order'],
): string {
  const key = collection.key.map((name) => valueOf(columnOf(columns, name)));
  if (order === undefined) {
    const parts =
      index?.parts.map(({ column, sql }) => (column === undefined ? sql : `t.${identifier(column)}`)) ?? key;
    return parts.length === 0 ? '' : `order by ${parts.join(', ')}`;
  }
  const asked = order.map(
    ({ field, direction }) => `${valueOf(columnOf(columns, field))} ${direction === 'desc' ? 'desc' : 'asc'}`,
  );
  // The key last makes the order total, so that two exports of the same data are the same file.
  return [...asked, ...key].length === 0 ? '' : `order by ${[...asked, ...key].join(', ')}`;
}

async function setParams(client: pg.Client, params: readonly string[]): Promise<void> {
  if (params.length === 0) return;
  await client.query(
    `select set_config('waybill.p' || n, value, true) from unnest($1::text[]) with ordinality as p(value, n)`,
    [params],
  );
}

async function* readRows(
  client: pg.Client,
  sessions: Sessions,
  pid: number,
  sql: SnapshotSql,
  title: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  const stream = client.query(copyTo(`copy (select ${sql.columns} ${sql.source} ${sql.order}) to stdout`));
  const abort = () => {
    stream.destroy(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    // The server goes on sending to a connection that nobody reads until it is told otherwise.
    void terminate(sessions.connection, pid);
  };
  const startedAt = performance.now();
  signal.addEventListener('abort', abort, { once: true });
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw toSnapshotError(asTooSlow(error, startedAt, sessions.statementTimeoutMs), title);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** A reader that was left half way cannot be asked to stop on its own connection. */
async function endReader(sessions: Sessions, client: pg.Client, pid: number): Promise<void> {
  if (isQuiet(client)) {
    await client.query('rollback').catch(() => undefined);
    return sessions.release(client);
  }
  await terminate(sessions.connection, pid);
  await client.end().catch(() => undefined);
}

async function terminate(connection: pg.ClientConfig, pid: number): Promise<void> {
  await withConnection(connection, (other) =>
    other.query('select pg_terminate_backend($1, 5000)', [pid]),
  ).catch(() => undefined);
}

/** Nothing but a filter's value can be malformed in a statement that only reads. */
function toSnapshotError(error: unknown, title: string): unknown {
  if (sqlStateOf(error)?.startsWith('22') !== true) return toTargetError(error, title);
  return new AppError(
    'request.invalid',
    'A value of the filter or the scope does not fit the type of its column',
    {
      cause: error,
    },
  );
}
