/**
 * Staging of records that could be too wide for a page beside the columns that a staging table has of its own: their values lie in one column, of
 * the row type of a table that is empty, and a view (or a query) shows them as columns. A row of the target may be as wide as a page, a
 * staged one as wide as it likes.
 */
import type { ShapeField } from './staged-column.ts';
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
export function isWide({ copied, links }: WriteShape): boolean {
  const fields = [...copied, ...links.map(({ field }) => field)];
  const bitmap = Math.ceil((fields.length + POSITION_COLUMNS.length) / 8);
  const widest = fields.reduce((sum, { column }) => sum + column.rowBytes, bitmap);
  return widest > ROOM_BYTES;
}

/** What rows are copied to, deleted from and truncated. */
export function stageBase(shape: WriteShape): string {
  return isWide(shape) ? WIDE_TABLE : STAGE_TABLE;
}

function definitionsOf(fields: readonly ShapeField[]): readonly string[] {
  return fields.map(({ staged, column }) => `${staged} ${column.storageType}${column.collate}`);
}

/** What a link stores is worked out of what was copied, so it comes after it. */
function linkedFields({ links }: WriteShape): readonly ShapeField[] {
  return links.map(({ field }) => field);
}

/** Names of the columns that rows are copied to; empty: all that there are. */
export function copiedColumns(shape: WriteShape): string {
  if (shape.links.length === 0) return '';
  const values = isWide(shape) ? ['_wb_row'] : shape.copied.map(({ staged }) => staged);
  return `(${[...POSITION_NAMES, ...values].join(', ')})`;
}

/** A value as it was copied, of a row `st` of `stageBase`. */
export function copiedValue(shape: WriteShape, { staged }: ShapeField): string {
  return isWide(shape) ? `(st._wb_row).${staged}` : `st.${staged}`;
}

export function createStage(shape: WriteShape): string {
  const [values, linked] = [definitionsOf(shape.copied), definitionsOf(linkedFields(shape))];
  if (!isWide(shape))
    return `create temporary table _wb_stage (${[POSITION_DEFINITIONS, ...values, ...linked].join(', ')});`;
  const names = linkedFields(shape).map(({ staged }) => staged);
  return `
    create temporary table _wb_shape (${values.join(', ')});
    create temporary table _wb_wide (${[POSITION_DEFINITIONS, '_wb_row _wb_shape', ...linked].join(', ')});
    create temporary view _wb_stage as ${unpacked('_wb_wide', '_wb_row', names)};`;
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
  const values = isWide(shape) ? ['_wb_row text'] : definitionsOf(shape.copied);
  const linked = definitionsOf(linkedFields(shape));
  return [POSITION_DEFINITIONS, ...values, ...linked, '_wb_rejected boolean not null'].join(', ');
}

/** The durable table's rows with their columns, as a source. */
export function durableRows(shape: WriteShape, table: string): string {
  const more = [...linkedFields(shape).map(({ staged }) => staged), '_wb_rejected'];
  return isWide(shape) ? `(${unpacked(table, `w._wb_row::${ROW_TYPE}`, more)})` : table;
}

/** What is inserted into it of a row `st` of `stageBase`. */
export function durableValues(shape: WriteShape): string {
  if (!isWide(shape)) return 'st.*';
  const linked = linkedFields(shape).map(({ staged }) => staged);
  return [...POSITION_NAMES, '_wb_row::text', ...linked].map((name) => `st.${name}`).join(', ');
}

/** `insert into …` of a rejected record of which only some values are known. @param values SQL by name of the staged column */
export function insertRejected(
  shape: WriteShape,
  table: string,
  values: ReadonlyMap<string, string>,
  from: string,
): string {
  const given = isWide(shape) ? asRow(shape, values) : values;
  return `insert into ${table} (_wb_rejected, ${[...given.keys()].join(', ')}) select true, ${[...given.values()].join(', ')} ${from}`;
}

function asRow(shape: WriteShape, values: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const copied = shape.copied.map(({ staged }) => values.get(staged) ?? 'null');
  const linked = linkedFields(shape).map(({ staged }) => [staged, values.get(staged) ?? 'null'] as const);
  return new Map([['_wb_row', `${stageValues(shape, copied)}::text`], ...linked]);
}
