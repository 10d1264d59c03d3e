/**
 * The writes themselves, set-wise. Index probes only: a join that hashes or merges reads the whole target for each chunk.
 *
 * Statements are parts of a PL/pgSQL block that has `_wb_created`, `_wb_updated`, `_wb_unchanged`, `_wb_deleted`, `_wb_rows`
 * (rows to write) and `_wb_n`; what triggers suppress without an error is worked out by the caller as skipped.
 */
import type { ImportMode } from '../../core/job.ts';
import { identifier } from './quote.ts';
import type { ShapeField } from './staged-column.ts';
import {
  acceptedRows,
  isAbsent,
  ofTarget,
  updatedFields,
  type WriteShape,
  writtenFields,
} from './write-shape.ts';

/** Columns, in order, of an insert. */
function insertColumns(shape: WriteShape): string {
  return [...shape.scope, ...writtenFields(shape)].map(({ column }) => identifier(column.column)).join(', ');
}

/** `insert into … (…)`; a value given for an identity column is meant. */
export function insertInto(shape: WriteShape): string {
  const overriding = writtenFields(shape).some(({ column }) => column.isIdentityAlways)
    ? ' overriding system value'
    : '';
  return `insert into ${shape.relation.sql} (${insertColumns(shape)})${overriding}`;
}

/** @param hasAbsent some rows lack fields, which then take the default; without them the plain form is cheaper. */
export function insertValues(shape: WriteShape, hasAbsent: boolean): string {
  const values = writtenFields(shape).map((field) => {
    if (!hasAbsent) return `s.${field.staged}`;
    const { defaultSql, storageType } = field.column;
    const fallback = defaultSql === undefined ? 'null' : `(${defaultSql})::${storageType}`;
    return `case when ${isAbsent(field)} then ${fallback} else s.${field.staged} end`;
  });
  return [...shape.scope.map(({ value }) => value), ...values].join(', ');
}

/** Condition over `t` and `s`: the write would change the row. Null when it has nothing to change. */
export function isChanged(shape: WriteShape, hasAbsent: boolean): string | undefined {
  const conditions = updatedFields(shape).map((field) => {
    const differs = `${comparable(ofTarget(field.column), field)} is distinct from ${comparable(`s.${field.staged}`, field)}`;
    return hasAbsent ? `(not ${isAbsent(field)} and ${differs})` : differs;
  });
  return conditions.length === 0 ? undefined : `(${conditions.join(' or ')})`;
}

function comparable(sql: string, field: ShapeField): string {
  return field.column.isComparable ? sql : `${sql}::text collate "C"`;
}

export function assignments(shape: WriteShape, hasAbsent: boolean): string {
  return updatedFields(shape)
    .map((field) => {
      const column = identifier(field.column.column);
      const value = `s.${field.staged}`;
      return hasAbsent
        ? `${column} = case when ${isAbsent(field)} then ${ofTarget(field.column)} else ${value} end`
        : `${column} = ${value}`;
    })
    .join(', ');
}

/** The merge of a chunk: both forms, for rows with and without absent fields. */
export function mergeBlock(shape: WriteShape, mode: ImportMode, table: string): string {
  if (mode === 'delete') return deleteBlock(shape, table);
  return `if _wb_absent then ${mergeForm(shape, mode, table, true)} else ${mergeForm(shape, mode, table, false)} end if;`;
}

function mergeForm(shape: WriteShape, mode: ImportMode, table: string, hasAbsent: boolean): string {
  const rows = acceptedRows(shape, table);
  if (mode === 'insert') return insertAll(shape, rows, hasAbsent);
  if (mode === 'update') return updateAll(shape, rows, hasAbsent);
  return upsert(shape, rows, hasAbsent);
}

function insertAll(shape: WriteShape, rows: string, hasAbsent: boolean): string {
  const order = shape.key === undefined ? 's._wb_record' : shape.key.order;
  return `
    ${insertInto(shape)} select ${insertValues(shape, hasAbsent)} from ${rows} s order by ${order};
    get diagnostics _wb_created = row_count;`;
}

function updateStatement(shape: WriteShape, rows: string, hasAbsent: boolean): string | undefined {
  const changed = isChanged(shape, hasAbsent);
  if (changed === undefined) return undefined;
  return `update ${shape.relation.sql} t set ${assignments(shape, hasAbsent)}
    from (select * from ${rows} s order by ${shape.key?.order}) s where ${shape.key?.match} and ${changed}`;
}

/** What differs and was not written is what a trigger held back: it counts as neither updated nor unchanged. */
function updateAll(shape: WriteShape, rows: string, hasAbsent: boolean): string {
  const changed = isChanged(shape, hasAbsent);
  if (changed === undefined) return '_wb_unchanged := _wb_rows;';
  const update = updateStatement(shape, `(select * from differing s where s._wb_differs)`, hasAbsent);
  return `
    with differing as materialized (
      select s.*, ${changed} as _wb_differs from ${rows} s join ${shape.relation.sql} t on ${shape.key?.match}
    ),
    changed as (${update} returning 1)
    select (select count(*) from changed), (select count(*) from differing s where not s._wb_differs)
    into _wb_updated, _wb_unchanged;`;
}

/**
 * Nothing exists: a plain insert. Else each row is looked up once, and only those that are new or differ go on. One statement, so that
 * update and insert see the same state (an update may move its row out of a partial index, and the row must not be inserted again).
 */
function upsert(shape: WriteShape, rows: string, hasAbsent: boolean): string {
  const { key, relation } = shape;
  const isNew = 's._wb_old is null';
  const changed = isChanged(shape, hasAbsent);
  const update = updateStatement(shape, `(select * from differing s where not ${isNew})`, hasAbsent);
  return `
    if not _wb_all_new then
      -- It stops at the first that exists, so it costs something only where it saves more.
      select not exists (select from ${rows} s where exists (select from ${relation.sql} t where ${key?.match}))
      into _wb_all_new;
    end if;
    if _wb_all_new then ${insertAll(shape, rows, hasAbsent)}
    else
      with differing as materialized (
        select s.*, t._wb_old from ${rows} s
        left join (select true as _wb_old, t.* from ${relation.sql} t) t on ${key?.match}
        where t._wb_old is null ${changed === undefined ? '' : `or ${changed}`}
      ),
      ${update === undefined ? '' : `changed as (${update} returning 1),`}
      added as (
        ${insertInto(shape)} select ${insertValues(shape, hasAbsent)} from differing s
        where ${isNew} order by ${key?.order} returning 1
      )
      select ${update === undefined ? '0' : '(select count(*) from changed)'}, (select count(*) from added),
        (select count(*) from differing)
      into _wb_updated, _wb_created, _wb_n;
      _wb_unchanged := _wb_rows - _wb_n;
    end if;`;
}

function deleteBlock(shape: WriteShape, table: string): string {
  const rows = acceptedRows(shape, table);
  return `
    delete from ${shape.relation.sql} t
    using (select * from ${rows} s order by ${shape.key?.order}) s where ${shape.key?.match};
    get diagnostics _wb_deleted = row_count;`;
}
