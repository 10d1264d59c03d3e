/**
 * One's own code in the pipeline: modules that change or judge batches of records. A module exports `transform(records, context)` or
 * `validate(records, context)`; records are plain objects by field name, and what they do must depend on the record alone, since after a
 * crash the same records come again.
 */
import type { IssueSeverity } from '../../../core/issue.ts';
import type { SourceValue } from '../../../formats/format.ts';

/** A record as own code sees it: no prototype, so that any field name is safe. */
export type OwnRecord = Record<string, SourceValue>;

export interface OwnFinding {
  /** Position in the batch. */
  readonly index: number;
  readonly severity: IssueSeverity;
  readonly field?: string;
  readonly message: string;
}

export interface OwnModule {
  /** Changes the records in place, or gives findings about them. */
  transform?(
    records: OwnRecord[],
    context: OwnContext,
  ): Promise<readonly OwnFinding[] | void> | readonly OwnFinding[] | void;
  validate?(
    records: readonly OwnRecord[],
    context: OwnContext,
  ): Promise<readonly OwnFinding[]> | readonly OwnFinding[];
}

export interface OwnContext {
  readonly collection: string;
}
