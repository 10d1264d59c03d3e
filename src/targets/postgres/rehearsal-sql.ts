/**
 * Records that are too wide for the table, or for the pages of one of its indexes. How wide a row is only the server knows, once it has compressed
 * it and moved out of it what can be moved. So the few that may be too wide are written to an empty temporary table that has the target's
 * columns and indexes, each in a transaction of its own that is undone.
 */
import type { ImportMode } from '../../core/job.ts';
import { afterImage } from './after-image.ts';
import { issueKey } from './issue-key-sql.ts';
import { identifier, literal } from './quote.ts';
import { ANY_ERROR, rowLevelCondition } from './row-level.ts';
import { FOUND_TABLE } from './stage-names.ts';
import type { ShapeField } from './staged-column.ts';
import type { TableColumn, TableIndex } from './table.ts';
import { IS_ACCEPTED, stagedRows, type WriteShape } from './write-shape.ts';

const REHEARSAL_TABLE = 'pg_temp._wb_rehearsal';
/** Undoes the insert; never leaves the block. */
const UNDO_STATE = 'WB005';
/** The narrowest entry that an index refuses is of 2,704 bytes (btree). Compression may have spared some. */
const INDEX_BYTES = 1800;
/** Of a page, less the header of a row. */
const ROW_BYTES = 8160 - 24;
/** What is left of a value that is moved out of its row, and what it may take to align it. */
const POINTER_BYTES = 18;
const ALIGNMENT_BYTES = 3;
/** Bytes of a character at most. */
const CHARACTER_BYTES = 4;
/** Access methods whose entries hold the values themselves. */
const HOLDING_METHODS = ['btree', 'gist', 'spgist'];

/** Fields of which a value may be too long for an index; those of expressions are any. */
function longFields({ fields }: WriteShape, index: TableIndex): readonly ShapeField[] {
  if (!HOLDING_METHODS.includes(index.method)) return [];
  return fields.filter(
    ({ column }) => (index.expressions.length > 0 || index.columns.includes(column.column)) && isLong(column),
  );
}

function isLong({ hasFixedLength, maxLength }: TableColumn): boolean {
  return !hasFixedLength && (maxLength === undefined || maxLength * CHARACTER_BYTES > INDEX_BYTES);
}

/** Names of the fields whose length decides whether an index takes a record. */
export function lengthsThatMatter(shape: WriteShape): ReadonlySet<string> {
  return new Set(
    shape.relation.indexes.flatMap((index) => longFields(shape, index).map(({ field }) => field.name)),
  );
}

function roomFor({ columns }: WriteShape['relation']): number {
  return ROW_BYTES - Math.ceil(columns.length / 8);
}

/** Whether all columns together can need more than a page. */
export function canOutgrowPage({ relation }: Pick<WriteShape, 'relation'>): boolean {
  return relation.columns.reduce((sum, { rowBytes }) => sum + rowBytes, 0) > roomFor(relation);
}

/** Condition over the staged row `st`: it may be too wide for the target. Undefined: none can be. */
function mayBeTooWide(shape: WriteShape): string | undefined {
  const size = ({ staged }: ShapeField) => `coalesce(pg_column_size(st.${staged}), 0)`;
  const conditions = new Set(
    shape.relation.indexes
      .map((index) => longFields(shape, index))
      .filter((fields) => fields.length > 0)
      .map((fields) => `${fields.map(size).join(' + ')} > ${INDEX_BYTES}`),
  );
  if (canOutgrowPage(shape)) {
    const given = new Set(shape.fields.map(({ column }) => column));
    const others = shape.relation.columns.filter((column) => !given.has(column));
    const room = roomFor(shape.relation) - others.reduce((sum, { rowBytes }) => sum + rowBytes, 0);
    const widths = shape.fields.map((field) => `coalesce(${widthInRow(field)}, 0)`);
    conditions.add(Number.isFinite(room) ? `${[...widths, 0].join(' + ')} > ${room}` : 'true');
  }
  return conditions.size === 0 ? undefined : `(${[...conditions].join(' or ')})`;
}

/** Bytes at most, once all that can be moved out of the row is. */
function widthInRow({ staged, column }: ShapeField): string {
  const size = `pg_column_size(st.${staged})`;
  if (column.hasFixedLength) return `case when st.${staged} is not null then ${column.rowBytes} end`;
  const isMovable = Number.isFinite(column.rowBytes);
  return `${isMovable ? `least(${size}, ${POINTER_BYTES})` : size} + ${ALIGNMENT_BYTES}`;
}

/** The same where it can be tried at all. */
function suspicionOf(shape: WriteShape, mode: ImportMode): string | undefined {
  const { hasRewritingTriggers, kind } = shape.relation;
  return mode === 'delete' || hasRewritingTriggers || kind !== 'table' ? undefined : mayBeTooWide(shape);
}

/** In the form in which the way row by row tells it, too: the name of the index differs between a table and its partitions. */
export function tooWideReason(message: string): string {
  return `left(regexp_replace(${message}, ' for index ".*', ''), 500)`;
}

/** Adds a finding for each accepted record of `table` that is too wide. Where the role may not make such a table, only the import tells. */
export function rehearsalBlock(shape: WriteShape, mode: ImportMode, table: string): string {
  const suspicion = suspicionOf(shape, mode);
  if (suspicion === undefined) return '';
  const { relation } = shape;
  const columns = relation.columns.filter(({ generatedSql }) => generatedSql === undefined);
  const list = (prefix: string) => columns.map(({ column }) => `${prefix}${identifier(column)}`).join(', ');
  return `
    if exists (select from ${table} st where ${suspicion} and ${IS_ACCEPTED}) and pg_temp._wb_can_rehearse() then
      for s in select * from ${stagedRows(shape, table, `${suspicion} and ${IS_ACCEPTED}`)} st order by st._wb_record loop
        begin
          insert into ${REHEARSAL_TABLE} (${list('')}) select ${list('img.')} from (select) one ${afterImage(shape, mode, columns)};
          raise exception 'undo' using errcode = '${UNDO_STATE}';
        exception
          when sqlstate '${UNDO_STATE}' then null;
          when program_limit_exceeded then
            get stacked diagnostics _wb_why = message_text;
            insert into ${FOUND_TABLE} (record, line, start, bytes, key, code, params)
            select s._wb_record, s._wb_line, s._wb_start, s._wb_end - s._wb_start, ${issueKey(shape)}, 'record.too_wide',
              jsonb_build_object('reason', ${tooWideReason('_wb_why')});
          when ${ANY_ERROR} then
            if not ${rowLevelCondition(shape)} then raise; end if;
        end;
      end loop;
    end if;`;
}

/** The function that makes the temporary table when it is first needed, as whoever writes; nothing where no record can be too wide. */
export function rehearsalFunction(shape: WriteShape, mode: ImportMode): string {
  if (suspicionOf(shape, mode) === undefined) return '';
  const { relation } = shape;
  const required = relation.columns
    .filter(({ isNotNull }) => isNotNull)
    .map(({ column }) => `alter table ${REHEARSAL_TABLE} alter ${identifier(column)} drop not null;`);
  const indexes = relation.indexes
    .filter(({ method }) => HOLDING_METHODS.includes(method))
    .map((index) => `create index on ${REHEARSAL_TABLE}${usingOf(index)};`);
  return `
    create or replace function pg_temp._wb_can_rehearse() returns boolean language plpgsql as $wb_rehearse$
    begin
      if to_regclass(${literal(REHEARSAL_TABLE)}) is not null then return true; end if;
      create temporary table _wb_rehearsal (like ${relation.sql} including generated including storage including compression);
      ${required.join('\n')}
      ${indexes.join('\n')}
      return true;
    exception when insufficient_privilege then return false;
    end $wb_rehearse$;`;
}

/** That of a single partition is about its rows alone. */
function usingOf({ using, predicate, partition }: TableIndex): string {
  if (partition === undefined) return using;
  return `${using} ${predicate === undefined ? 'where' : 'and'} (${partition.condition})`;
}
