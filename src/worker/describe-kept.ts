import { addCounts, type Counts, NO_COUNTS, processedRecords } from '../core/counts.ts';
import type { ImportOptions, Job } from '../core/job.ts';

/** True where the records of each part lie in staging until a final merge; a validation of `replace` stages them to know what it would delete. */
export function isStaged({ kind, options }: Pick<Job, 'kind' | 'options'>): boolean {
  const { atomicity, mode } = options as ImportOptions;
  return kind !== 'export' && (mode === 'replace' || (kind === 'import' && atomicity === 'all'));
}

/** What became of a part by the time its job is cancelled. */
export interface KeptPart {
  readonly counts: Counts;
  /** Absent until the records have been counted. */
  readonly total?: number | undefined;
  /** The final merge of a staged part has been made, and its counts are what came of it. */
  readonly isCommitted: boolean;
}

/** What a cancelled import leaves in its targets, in words. */
export function describeKept(job: Pick<Job, 'kind' | 'options'>, parts: readonly KeptPart[]): string {
  const kept = isStaged(job) ? parts.filter(({ isCommitted }) => isCommitted) : parts;
  if (job.kind === 'validation' || kept.length === 0) return 'nothing was written';
  const counts = kept.map((part) => part.counts).reduce(addCounts, NO_COUNTS);
  const processed = processedRecords(counts);
  if (processed === 0) return 'nothing: no record had been written';
  const { created, updated, unchanged, deleted, skipped, rejected } = counts;
  // Of several parts the records of the first ones come first.
  return `the first ${processed}${renderTotal(parts)} records: ${created} created, ${updated} updated, ${unchanged} unchanged, ${deleted} deleted, ${skipped} skipped, ${rejected} rejected`;
}

function renderTotal(parts: readonly KeptPart[]): string {
  const totals = parts.flatMap(({ total }) => total ?? []);
  return totals.length < parts.length ? '' : ` of ${totals.reduce((sum, total) => sum + total, 0)}`;
}
