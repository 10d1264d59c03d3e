/**
 * Outcomes of records. Every processed record has exactly one of created, updated, unchanged, deleted, skipped and
 * rejected; `warned` counts the accepted ones that carry at least one warning.
 *
 *     processed = successful + warnings + errors
 *     successful + warnings = created + updated + unchanged + deleted + skipped
 *     errors = rejected
 *
 * `removed` is what mode `replace` deletes from the target: rows that were in no record, so counted apart.
 */
export interface Counts {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly skipped: number;
  readonly rejected: number;
  readonly warned: number;
  readonly removed: number;
}

export const NO_COUNTS: Counts = Object.freeze({
  created: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  skipped: 0,
  rejected: 0,
  warned: 0,
  removed: 0,
});

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    created: a.created + b.created,
    updated: a.updated + b.updated,
    unchanged: a.unchanged + b.unchanged,
    deleted: a.deleted + b.deleted,
    skipped: a.skipped + b.skipped,
    rejected: a.rejected + b.rejected,
    warned: a.warned + b.warned,
    removed: a.removed + b.removed,
  };
}

export function acceptedRecords(counts: Counts): number {
  return counts.created + counts.updated + counts.unchanged + counts.deleted + counts.skipped;
}

export function processedRecords(counts: Counts): number {
  return acceptedRecords(counts) + counts.rejected;
}

/** Records that were judged: those with an outcome, and those that were accepted and wait in staging for the final merge. */
export function judgedRecords({ counts, staged = 0 }: { counts: Counts; staged?: number }): number {
  return processedRecords(counts) + staged;
}

/** The three figures that every protocol shows; they add up to `processedRecords`. */
export function resultFigures(counts: Counts): { successful: number; warnings: number; errors: number } {
  return {
    successful: acceptedRecords(counts) - counts.warned,
    warnings: counts.warned,
    errors: counts.rejected,
  };
}
