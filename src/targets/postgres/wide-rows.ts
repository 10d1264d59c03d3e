/**
 * Staging of records that could be too wide for a page beside the columns that a staging table has of its own: their values lie in one column, of
 * the row type of a table that is empty, and a view (or a query) shows them as columns. A row of the target may be as wide as a page, a
 * staged one as wide as it likes.
 */
import type { WriteShape } from './write-shape.ts';

/** Of each staged record, before its values. */
export const POSITION_COLUMNS = [
  ['_wb_record', 'bigint'],
  ['_wb_line', 'bigint'],
  ['_wb_start', 'bigint'],
  ['_wb_end', 'bigint'],
  ['_wb_warned', 'boolean'],
  ['_wb_absent', 'int[]'],
] as const;

export const POSITION_NAMES = POSITION_COLUMNS.map(([name]) => name);
export const POSITION_DEFINITIONS = POSITION_COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ');

const ROW_TYPE = 'pg_temp._wb_shape';
const WIDE_TABLE = 'pg_temp._wb_wide';
const STAGE_TABLE = 'pg_temp._wb_stage';

/** A page, less the header of a row and the position columns at their widest. */
const ROOM_BYTES = 8160 - 24 - 48 - 24;

/** Whether a record of this shape could fit into a row of its own and not into one with its position. */
export function isWide({ fields }: WriteShape): boolean {
  const bitmap = Math.ceil((fields.length + POSITION_COLUMNS.length) / 8);
  const widest = fields.reduce((sum, { column }) => sum + column.rowBytes, bitmap);
  return widest > ROOM_BYTES;
}

/** What rows are copied to, deleted from and truncated. */
export function stageBase(shape: WriteShape): string {
  return isWide(shape) ? WIDE_TABLE : STAGE_TABLE;
}

function valueColumns(shape: WriteShape): string {
  return shape.fields
    .map(({ staged, column }) => `${staged} ${column.storageType}${column.collate}`)
    .join(', ');
}

export function createStage(shape: WriteShape): string {
  if (!isWide(shape))
    return `create temporary table _wb_stage (${[POSITION_DEFINITIONS, valueColumns(shape)].filter(Boolean).join(', ')});`;
  return `
    create temporary table _wb_shape (${valueColumns(shape)});
    create temporary table _wb_wide (${POSITION_DEFINITIONS}, _wb_row _wb_shape);
    create temporary view _wb_stage as ${unpacked('_wb_wide', '_wb_row', [])};`;
}

/** Names of what `createStage` makes, for grants. */
export function stageNames(shape: WriteShape): readonly string[] {
  return isWide(shape) ? [STAGE_TABLE, WIDE_TABLE] : [STAGE_TABLE];
}

/** `unnest` takes a row apart once; a selection of fields would do so for each. */
function unpacked(table: string, row: string, more: readonly string[]): string {
  const positions = [...POSITION_NAMES, ...more].map((name) => `w.${name}`).join(', ');
  return `select ${positions}, v.* from ${table} w cross join lateral unnest(array[${row}]) v`;
}

/** One staged record out of SQL for each of its values. */
export function stageValues(shape: WriteShape, values: readonly string[]): string {
  return isWide(shape) ? `row(${values.join(', ')})::${ROW_TYPE}` : values.join(', ');
}

/** Columns of a durable table for such records. As text: the row type lives no longer than the session. */
export function durableColumns(shape: WriteShape): string {
  const values = isWide(shape) ? '_wb_row text' : valueColumns(shape);
  return [POSITION_DEFINITIONS, values, '_wb_rejected boolean not null']
    .filter((part) => part !== '')
    .join(', ');
}

/** The durable table's rows with their columns, as a source. */
export function durableRows(shape: WriteShape, table: string): string {
  return isWide(shape) ? `(${unpacked(table, `w._wb_row::${ROW_TYPE}`, ['_wb_rejected'])})` : table;
}

/** What is inserted into it of a row `st` of `stageBase`. */
export function durableValues(shape: WriteShape): string {
  return isWide(shape)
    ? `${POSITION_NAMES.map((name) => `st.${name}`).join(', ')}, st._wb_row::text`
    : 'st.*';
}

/** `insert into …` of a rejected record of which only some values are known. @param values SQL by position of the field, from 1 */
export function insertRejected(
  shape: WriteShape,
  table: string,
  values: ReadonlyMap<number, string>,
  from: string,
): string {
  if (isWide(shape)) {
    const all = shape.fields.map(({ position }) => values.get(position) ?? 'null');
    return `insert into ${table} (_wb_rejected, _wb_row) select true, ${stageValues(shape, all)}::text ${from}`;
  }
  const names = [...values.keys()].map((position) => `_wb_${position}`);
  return `insert into ${table} (_wb_rejected, ${names.join(', ')}) select true, ${[...values.values()].join(', ')} ${from}`;
}
