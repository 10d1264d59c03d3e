/** Which field of a source is which of the collection, and how that is known. */

/** similar: equal but for case, spaces, `_` and `-`, and what nobody sees. mapping: set with the job. awaited: not seen yet (JSON), may still come. */
export type MatchReason = 'name' | 'alias' | 'title' | 'similar' | 'mapping' | 'awaited';

export interface FieldMatch {
  readonly field: string;
  /** Absent for a constant. */
  readonly source?: string;
  readonly by: MatchReason;
}
