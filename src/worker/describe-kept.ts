import { type Counts, processedRecords } from '../core/counts.ts';
import type { ImportOptions, Job } from '../core/job.ts';

/** True where records lie in staging until a final merge. */
export function isStaged({ kind, options }: Pick<Job, 'kind' | 'options'>): boolean {
  const { atomicity, mode } = options as ImportOptions;
  return kind === 'import' && (atomicity === 'all' || mode === 'replace');
}

/**
 * What a cancelled import leaves in its target, in words.
 *
 * @param ledger `isCommitted`: the final merge of a staged job has been made, and its counts are what came of it
 */
export function describeKept(
  job: Pick<Job, 'kind' | 'options'>,
  { counts, isCommitted }: { readonly counts: Counts; readonly isCommitted: boolean },
  total?: number,
): string {
  const processed = processedRecords(counts);
  if (job.kind === 'validation' || (isStaged(job) && !isCommitted)) return 'nothing was written';
  if (processed === 0) return 'nothing: no record had been written';
  const { created, updated, unchanged, deleted, skipped, rejected } = counts;
  return `the first ${processed}${total === undefined ? '' : ` of ${total}`} records: ${created} created, ${updated} updated, ${unchanged} unchanged, ${deleted} deleted, ${skipped} skipped, ${rejected} rejected`;
}
