/** The oracle's word on a whole job: how it must end, what it must count, and what its tables must hold. */
import {
  applyFates,
  countOutcomes,
  type Fate,
  foretell,
  type ImportWish,
  keyOf,
  keysToRemove,
  type Outcomes,
  type Table,
} from './foretell.ts';
import type { SentRecord } from './records.ts';
import type { SeenJob } from './watch.ts';

/** One part of a job: what its table held, and what was sent. */
export interface PartSent {
  readonly before: Table;
  readonly records: readonly SentRecord[];
}

export interface PartExpectation {
  readonly outcomes: Outcomes;
  readonly after: Table;
  /** Of the records that were processed. */
  readonly fates: readonly Fate[];
  /** Whatever it has staged, nothing of it may have landed, and its counts must not say so. */
  readonly isUnwritten: boolean;
}

export interface Expectation {
  readonly state: 'succeeded' | 'failed' | 'cancelled';
  /** Of the failure. */
  readonly code?: string;
  readonly parts: readonly PartExpectation[];
}

/**
 * @param job how it has ended: that it was cancelled, and where, no oracle can foretell
 * @param mayBeCancelled somebody has asked for it
 */
export function expectImport(
  kind: 'import' | 'validation',
  sent: readonly PartSent[],
  wish: ImportWish,
  job: SeenJob,
  mayBeCancelled: boolean,
): Expectation {
  const isCancelled = job.state === 'cancelled' && mayBeCancelled;
  const fates = sent.map(({ before, records }) => foretell(before, records, wish));
  const refusal = isCancelled || kind === 'validation' ? undefined : findRefusal(sent, fates, wish);
  const parts = sent.map((part, at) => {
    const own = fates[at] ?? [];
    const isComplete = !isCancelled && (refusal === undefined || at < refusal.part);
    const processed = isComplete ? own.length : processedOf(own, job, at, refusal?.record);
    return expectPart(kind, part, own, wish, { isComplete, processed });
  });
  if (isCancelled) return { state: 'cancelled', parts };
  return refusal === undefined
    ? { state: 'succeeded', parts }
    : { state: 'failed', code: refusal.code, parts };
}

function processedOf(own: readonly Fate[], job: SeenJob, part: number, record: number | undefined): number {
  return record ?? Math.min(own.length, job.parts[part]?.processed ?? 0);
}

/** Why the job must fail, and in which part; behind that part nothing was begun. */
function findRefusal(
  sent: readonly PartSent[],
  fates: readonly (readonly Fate[])[],
  { mode, atomicity, replaceDespiteErrors, maxErrors }: ImportWish,
): { code: string; part: number; record?: number } | undefined {
  for (const [part, own] of fates.entries()) {
    const rejected = own.flatMap(({ outcome }, at) => (outcome === 'rejected' ? [at] : []));
    const beyond = maxErrors === undefined ? undefined : rejected[maxErrors];
    if (beyond !== undefined) return { code: 'job.too_many_errors', part, record: beyond + 1 };
    if (rejected.length === 0) continue;
    if (atomicity === 'all') return { code: 'job.not_all_accepted', part };
    // A refused record may name any row where its key cannot be read.
    const isUnclear = rejected.some((at) => keyOf(sent[part]?.records[at] as SentRecord) === undefined);
    if (mode === 'replace' && (!replaceDespiteErrors || isUnclear))
      return { code: 'job.replace_refused', part };
  }
  return undefined;
}

function expectPart(
  kind: 'import' | 'validation',
  { before, records }: PartSent,
  all: readonly Fate[],
  { mode, atomicity }: ImportWish,
  { isComplete, processed }: { isComplete: boolean; processed: number },
): PartExpectation {
  const fates = all.slice(0, processed);
  // These write in one transaction, at the end.
  const isUnwritten = !isComplete && (mode === 'replace' || atomicity === 'all');
  if (kind === 'validation' || isUnwritten) {
    return { outcomes: countOutcomes(fates), after: before, fates, isUnwritten };
  }
  const after = applyFates(before, records, fates);
  const removed = mode === 'replace' ? keysToRemove(before, records) : [];
  for (const key of removed) after.delete(key);
  return { outcomes: countOutcomes(fates, removed.length), after, fates, isUnwritten };
}
