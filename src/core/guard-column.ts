/** The last column of a CSV file with guarded texts: names, record by record, the columns in which an apostrophe was put before the value. */
export const GUARD_COLUMN = 'waybill_guarded';
