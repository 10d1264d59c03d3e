import { GUARD_COLUMN } from '../core/guard-column.ts';

/** Columns that a file of failed rows has in front; a corrected file is read without them. */
const FAILED_ROWS_COLUMNS: readonly string[] = ['waybill_job', 'waybill_record', 'waybill_issues'];

/** Columns that files of ours have beside the collection's: no field may be called so. */
export const ADDED_COLUMNS: readonly string[] = [...FAILED_ROWS_COLUMNS, GUARD_COLUMN];

/** Those to leave out without a word. Of failed rows, one alone was not put there by a job, so it is a column like any that leads nowhere. */
export function addedColumnsOf(sourceFields: readonly string[]): readonly string[] {
  const isFailedRows = FAILED_ROWS_COLUMNS.every((name) => sourceFields.includes(name));
  return isFailedRows ? ADDED_COLUMNS : [GUARD_COLUMN];
}
