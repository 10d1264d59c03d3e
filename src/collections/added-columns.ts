/** Columns that a file of failed rows has in front; a corrected file is read without them. */
export const ADDED_COLUMNS: readonly string[] = ['waybill_job', 'waybill_record', 'waybill_issues'];
