/** What an attempt that ended early has not done: count exactly what it has left, and see to it that nothing is added. */
import type { Pool } from 'pg';
import type { Collection } from '../collections/collection.ts';
import { parseStoredCollection } from '../collections/parse-stored.ts';
import type { Counts } from '../core/counts.ts';
import { getCollection } from '../store/collections.ts';
import { settleCounts } from '../store/jobs/claims.ts';
import { findJob } from '../store/jobs/find-jobs.ts';
import type { Target } from '../targets/target.ts';
import { describeKept, type KeptPart } from './describe-kept.ts';

/**
 * Fences the attempt off in its targets and makes the job's counts what the ledgers say. With `isLast` the job does not go on: what was
 * accepted and not applied counts as skipped, and staging is removed.
 *
 * @returns what was kept, in words
 * @throws whatever keeps a target from answering: the counts are then not known
 */
export async function endAttempt(
  deps: { readonly pool: Pool; readonly targetOf: (collection: Collection) => Target },
  attempt: { readonly jobId: string; readonly epoch: number; readonly isLast: boolean },
): Promise<string> {
  const job = await findJob(deps.pool, attempt.jobId);
  if (job === undefined || job.kind === 'export') return 'nothing';
  // What its stop time stops may be resumed where it was, with what it has staged.
  const isLast = attempt.isLast && job.reason !== 'stop_time';
  const parts: KeptPart[] = [];
  for (const part of job.parts) {
    const stored = await getCollection(deps.pool, part.collection, part.collectionVersion);
    const target = deps.targetOf(parseStoredCollection(stored.definition));
    const ledgers = await target.endAttempt({
      jobId: job.id,
      epoch: attempt.epoch,
      parts: [part.part],
      discard: isLast,
    });
    const ledger = ledgers.get(part.part);
    if (ledger === undefined) continue;
    const unapplied = isLast ? ledger.staged : 0;
    const counts: Counts = { ...ledger.counts, skipped: ledger.counts.skipped + unapplied };
    const staged = ledger.staged - unapplied;
    await settleCounts(deps.pool, { jobId: job.id, epoch: attempt.epoch, part: part.part, counts, staged });
    parts.push({ counts, total: part.total, isCommitted: ledger.isCommitted });
  }
  return describeKept(job, parts);
}
