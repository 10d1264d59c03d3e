/** Columns that a file of failed rows has in front; a corrected file is read without them. */
export const ADDED_COLUMNS: readonly string[] = ['waybill_job', 'waybill_record', 'waybill_issues'];

const NONE: readonly string[] = [];

/** Those to leave out without a word. One alone was not put there by a job, so it is a column like any that leads nowhere. */
export function addedColumnsOf(sourceFields: readonly string[]): readonly string[] {
  return ADDED_COLUMNS.every((name) => sourceFields.includes(name)) ? ADDED_COLUMNS : NONE;
}
