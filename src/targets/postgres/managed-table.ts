/** Tables that Waybill makes for managed collections: planned as statements, so that a dry run can show them. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { type Collection, FIELD_TYPES } from '../../collections/collection.ts';
import { AppError } from '../../core/errors.ts';
import { identifier, qualified } from './quote.ts';
import { toTargetError } from './sql-errors.ts';
import type { TargetRelation } from './table.ts';

export interface TableStep {
  readonly sql: string;
  /** Data may be lost, or an existing table must be rewritten with values that may not fit. */
  readonly isDestructive: boolean;
}

const MAX_IDENTIFIER_BYTES = 63;
/** PostgreSQL's 1,600 less those that the table has in which records wait (`_wb_record` and so on). */
const MAX_COLUMNS = 1593;

/** The collection's name where PostgreSQL keeps it whole; else cut, with a hash so that two long names stay two. */
export function managedTableName(collectionName: string): string {
  if (Buffer.byteLength(collectionName) <= MAX_IDENTIFIER_BYTES) return collectionName;
  const hash = createHash('sha256').update(collectionName).digest('hex').slice(0, 8);
  const head = Buffer.from(collectionName)
    .subarray(0, MAX_IDENTIFIER_BYTES - 9)
    .toString('utf8')
    .replace(/\uFFFD+$/, '');
  return `${head}_${hash}`;
}

/**
 * Statements that make the table what the collection says. Columns are nullable but for the key's: the collection's rules
 * say what a record needs, and they change more often than a table should.
 *
 * @param current the table as it is; undefined when there is none.
 */
export function planManagedTable(
  collection: Collection,
  current: TargetRelation | undefined,
  schema: string,
): readonly TableStep[] {
  const table = qualified(schema, managedTableName(collection.name));
  const columns = wantedColumns(collection);
  checkWidth(collection, columns.size);
  const key = keyColumns(collection);
  if (current === undefined) {
    const definitions = [...columns].map(
      ([name, type]) => `${identifier(name)} ${type}${key.includes(name) ? ' not null' : ''}`,
    );
    const primary = key.length === 0 ? [] : [`primary key (${key.map(identifier).join(', ')})`];
    return [
      { sql: `create schema if not exists ${identifier(schema)}`, isDestructive: false },
      { sql: `create table ${table} (${[...definitions, ...primary].join(', ')})`, isDestructive: false },
    ];
  }
  return [
    ...keyDropSteps(current, table, key),
    ...columnSteps(current, table, columns),
    ...keyAddSteps(current, table, key),
  ];
}

/** Said now: a collection that no import can fill would stay behind when the first one fails. */
function checkWidth({ name }: Collection, count: number): void {
  if (count <= MAX_COLUMNS) return;
  throw new AppError(
    'collection.invalid',
    `The collection ${name} has ${count} fields and scope columns; a table that Waybill makes has at most ${MAX_COLUMNS}, for PostgreSQL allows 1,600 columns and an import needs some of them. Put fields that belong together into one of nested JSON, or leave some out.`,
    { details: { columns: count, maximum: MAX_COLUMNS } },
  );
}

/** Dropping is for managed tables only; a bound table belongs to someone else. */
export function planDrop(collection: Collection, schema: string): readonly TableStep[] {
  if (collection.target.kind !== 'managed') return [];
  return [
    {
      sql: `drop table if exists ${qualified(schema, managedTableName(collection.name))}`,
      isDestructive: true,
    },
  ];
}

/** Runs the steps in one transaction. @throws AppError `collection.destructive_change` unless it is allowed. */
export async function applySteps(
  client: pg.Client,
  collection: Collection,
  steps: readonly TableStep[],
  options: { readonly allowDestructive: boolean },
): Promise<void> {
  const destructive = steps.filter((step) => step.isDestructive);
  if (destructive.length > 0 && !options.allowDestructive) {
    throw new AppError(
      'collection.destructive_change',
      `Applying collection ${collection.name} could lose data: ${destructive.map((step) => step.sql).join('; ')}. Allow it explicitly to continue`,
      { details: { steps: destructive.map((step) => step.sql) } },
    );
  }
  if (steps.length === 0) return;
  await client.query('begin');
  try {
    for (const step of steps) await applyStep(client, collection, step);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

/** What the server objects to is told with the step that it objects to: a SQLSTATE alone says nothing to a person. */
async function applyStep(client: pg.Client, { name }: Collection, { sql }: TableStep): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    throw toTargetError(error, `${name}, so nothing was changed, at the step "${sql}"`);
  }
}

/** Fields' columns with their types, then scope columns that are not fields. */
function wantedColumns(collection: Collection): ReadonlyMap<string, string> {
  const columns = new Map<string, string>(
    collection.fields.map((field) => [field.column, FIELD_TYPES[field.type]]),
  );
  for (const column of collection.scope) if (!columns.has(column)) columns.set(column, 'text');
  return columns;
}

/** The scope comes first: two scopes may have the same key. */
function keyColumns(collection: Collection): readonly string[] {
  if (collection.key.length === 0) return [];
  const key = collection.key.map(
    (name) => collection.fields.find((field) => field.name === name)?.column ?? name,
  );
  return [...collection.scope.filter((column) => !key.includes(column)), ...key];
}

function columnSteps(
  current: TargetRelation,
  table: string,
  wanted: ReadonlyMap<string, string>,
): TableStep[] {
  const steps: TableStep[] = [];
  const known = new Map(current.columns.map((column) => [column.column, column.sqlType]));
  for (const [name, type] of wanted) {
    const column = identifier(name);
    const before = known.get(name);
    if (before === undefined)
      steps.push({ sql: `alter table ${table} add column ${column} ${type}`, isDestructive: false });
    else if (before !== formatted(type)) {
      const sql = `alter table ${table} alter column ${column} type ${type} using ${column}::${type}`;
      steps.push({ sql, isDestructive: !isLossless(before, type) });
    }
  }
  for (const name of known.keys()) {
    if (!wanted.has(name))
      steps.push({ sql: `alter table ${table} drop column ${identifier(name)}`, isDestructive: true });
  }
  return steps;
}

/** Every value of the one type is a value of the other: all can be written as text, and whole numbers are numbers. */
function isLossless(from: string, to: string): boolean {
  return to === 'text' || (from === 'bigint' && to === 'numeric');
}

/** As `format_type` prints it. */
function formatted(type: string): string {
  return type === 'timestamptz'
    ? 'timestamp with time zone'
    : type === 'time'
      ? 'time without time zone'
      : type;
}

function primaryKey(current: TargetRelation): { name: string; columns: string } | undefined {
  const index = current.uniques[0];
  return index && { name: index.name, columns: index.parts.map((part) => part.column).join('\n') };
}

function keyDropSteps(current: TargetRelation, table: string, key: readonly string[]): TableStep[] {
  const before = primaryKey(current);
  if (before === undefined || before.columns === key.join('\n')) return [];
  const relaxed = current.uniques[0]?.parts.flatMap(({ column }) =>
    column === undefined || key.includes(column)
      ? []
      : [
          {
            sql: `alter table ${table} alter column ${identifier(column)} drop not null`,
            isDestructive: false,
          },
        ],
  );
  return [
    { sql: `alter table ${table} drop constraint ${identifier(before.name)}`, isDestructive: true },
    ...(relaxed ?? []),
  ];
}

function keyAddSteps(current: TargetRelation, table: string, key: readonly string[]): TableStep[] {
  if (key.length === 0 || primaryKey(current)?.columns === key.join('\n')) return [];
  return [
    { sql: `alter table ${table} add primary key (${key.map(identifier).join(', ')})`, isDestructive: false },
  ];
}
