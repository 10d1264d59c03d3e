/**
 * How the report of a job stands that has ended: the files of its issues and rejected records, and their groups. A job that ended by itself
 * has them before it ends. One that was stopped is final first, for whoever stopped it waits for that, and has them soon after.
 *
 * given_up: what is missing cannot be made any more, and `error` says why.
 */
export const REPORT_STATES = ['pending', 'complete', 'given_up'] as const;
export type ReportState = (typeof REPORT_STATES)[number];

export interface ReportStatus {
  readonly state: ReportState;
  /** Why the last try failed. */
  readonly error?: string;
}
