/** The end of a part: the final merge where there is one, exact counts, the report, and what to say of it. */
import { type Counts, processedRecords } from '../../core/counts.ts';
import { type AppError, isAppError } from '../../core/errors.ts';
import { settleCounts } from '../../store/jobs/claims.ts';
import { getJob } from '../../store/jobs/find-jobs.ts';
import { completePart } from '../../store/jobs/parts.ts';
import type { TargetWriter } from '../../targets/target.ts';
import { type Attempt, type Wish, wasStopped } from '../attempt.ts';
import type { WorkerDependencies } from '../dependencies.ts';
import { describeKept, isStaged } from '../describe-kept.ts';
import { failureOf, type Outcome, TURN_OVER } from '../outcome.ts';
import { openPartSource } from '../report/part-source.ts';
import { writeReport } from '../report/write-report.ts';
import type { IndexedPlan } from './index-step.ts';
import { abortOnWish, interruptOnWish } from './interrupt-on-wish.ts';
import { dropRefused } from './refused-part.ts';
import { settleSequences } from './sequence-step.ts';
import type { WriteResult } from './write.ts';

/** What the write step came to; a failure is kept until the report has been written. */
export type WriteEnd =
  | WriteResult
  | { readonly ended: 'failed'; readonly error: AppError; readonly counts: Counts };

/** A failure of the write step is told after the report has been written. */
export async function concludePart(
  deps: WorkerDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  writer: TargetWriter,
  result: Exclude<WriteEnd, { ended: 'cut' }>,
): Promise<Outcome> {
  if (result.ended === 'asked') return leave(deps, attempt, plan, writer);
  const end =
    result.ended === 'failed'
      ? { ...result, counts: await countUnapplied(writer) }
      : await commitStep(attempt, writer, result.counts);
  if (end === 'asked') return leave(deps, attempt, plan, writer);
  if (hasNothingToReport(attempt, writer, result)) {
    if ((await sequenceStep(deps, attempt, plan, end.counts)) === 'asked')
      return leave(deps, attempt, plan, writer);
    await settle(deps, attempt, plan, end.counts, { isComplete: true });
    return { type: 'succeeded', counts: end.counts };
  }
  await settle(deps, attempt, plan, end.counts);
  attempt.enter('finishing');
  if (end.error === undefined) await noteKept(attempt, plan, writer);
  if ((await reportStep(deps, attempt, plan, end.counts)) === 'asked') {
    // What has failed it stays its end; the report is owed then.
    if (end.error !== undefined && attempt.wish() === 'cancel') {
      const failure = failureOf(end.error);
      if (isStaged(attempt.job)) await dropRefused(attempt, plan, writer, failure);
      return { type: 'failed', failure };
    }
    return leave(deps, attempt, plan, writer);
  }
  if (end.error !== undefined) {
    const failure = failureOf(end.error);
    // What waits in a part that was written chunk by chunk waits for a retry.
    if (isStaged(attempt.job)) await dropRefused(attempt, plan, writer, failure);
    return { type: 'failed', failure, isReported: true };
  }
  if (isStaged(attempt.job) || writer.mayHoldBack === true) await writer.discard();
  await completePart(deps.pool, { jobId: attempt.job.id, epoch: attempt.epoch, part: plan.part.part });
  return { type: 'succeeded', counts: end.counts };
}

/** Most small jobs: no issue, no staging, and no files that an earlier attempt could have left. */
function hasNothingToReport(
  { job, epoch }: Attempt,
  writer: TargetWriter,
  result: Exclude<WriteEnd, { ended: 'cut' | 'asked' }>,
): boolean {
  if (result.ended !== 'at_the_end' || result.issues > 0 || epoch !== 1) return false;
  return !isStaged(job) && writer.mayHoldBack !== true;
}

/** `replace` may have been kept from deleting: nothing else would say so. */
async function noteKept(
  attempt: Attempt,
  { part, options }: IndexedPlan,
  writer: TargetWriter,
): Promise<void> {
  if (attempt.job.kind !== 'import' || options.mode !== 'replace') return;
  const rows = (await writer.countKept?.()) ?? 0;
  if (rows > 0) await attempt.note('rows_kept', { part: part.part, rows });
}

/** Somebody asked for it. A write may have been interrupted, so the ledger says what was kept. */
async function leave(
  deps: WorkerDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  writer: TargetWriter,
): Promise<Outcome> {
  // Once: what is asked for meanwhile must not end this job with what was done for another wish.
  const wish = attempt.wish();
  if (wish !== 'cancel') {
    await settleFromLedger(deps, attempt, plan, writer);
    return outcomeOfWish(wish);
  }
  const { reason } = await getJob(deps.pool, attempt.job.id);
  // It may be resumed where it was, with what it has staged.
  if (reason === 'stop_time') await settleFromLedger(deps, attempt, plan, writer);
  else {
    await settle(deps, attempt, plan, await countUnapplied(writer));
    if (isStaged(attempt.job) || writer.mayHoldBack === true) await writer.discard();
  }
  const { isCommitted } = await writer.readLedger();
  const { parts } = await getJob(deps.pool, attempt.job.id);
  const kept = describeKept(
    attempt.job,
    // A merge that was made stays, also where its report was left.
    parts.map((part) => ({
      ...part,
      isCommitted: part.isComplete || (isCommitted && part.part === plan.part.part),
    })),
  );
  return { type: 'cancelled', kept };
}

/** `all` and `replace` land in one merge at the end, or not at all; of others what had to wait for later records. */
async function commitStep(
  attempt: Attempt,
  writer: TargetWriter,
  counts: Counts,
): Promise<{ counts: Counts; error?: AppError } | 'asked'> {
  const isHeldBack = writer.mayHoldBack === true && (await writer.readLedger()).staged > 0;
  if (!isStaged(attempt.job) && !isHeldBack) return { counts };
  attempt.enter('committing');
  // What an earlier attempt has merged cannot be left any more.
  if (attempt.wish() !== 'go_on' && !writer.summary.isCommitted) return 'asked';
  const disarm = interruptOnWish(attempt, writer);
  try {
    // Asked again after a crash, it says again what came of it, a refusal included.
    return { counts: await writer.commit(attempt.signal) };
  } catch (error) {
    if (wasStopped(attempt, error)) {
      // The merge may have won all the same, when its session was ended right after.
      return (await writer.readLedger()).isCommitted
        ? { counts: await writer.commit(attempt.signal) }
        : 'asked';
    }
    if (!isAppError(error, 'job.replace_refused') && !isAppError(error, 'job.not_all_accepted')) throw error;
    return { counts: await countUnapplied(writer), error };
  } finally {
    disarm();
  }
}

/** Records that were accepted and are not applied after all count as skipped: each has one outcome. */
async function countUnapplied(writer: TargetWriter): Promise<Counts> {
  const { counts, staged } = await writer.readLedger();
  return { ...counts, skipped: counts.skipped + staged };
}

/** The write failed for now: the job may wait, or be cancelled, before another attempt counts, so what the ledger has must show. */
export async function settleFromLedger(
  deps: WorkerDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  writer: TargetWriter,
): Promise<void> {
  const { counts, staged } = await writer.readLedger();
  await settle(deps, attempt, plan, counts, { staged });
}

async function settle(
  deps: WorkerDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  counts: Counts,
  { staged = 0, isComplete = false }: { readonly staged?: number; readonly isComplete?: boolean } = {},
): Promise<void> {
  const total = plan.index.records;
  // Whatever is reported from here on begins with it.
  attempt.count(plan.part.part, counts, { processed: processedRecords(counts) + staged, total });
  await settleCounts(deps.pool, {
    jobId: attempt.job.id,
    epoch: attempt.epoch,
    part: plan.part.part,
    counts,
    staged,
    total,
    isComplete,
  });
}

/** What there is to say of sequences; left for a wish, since it can be done again at any time. */
function sequenceStep(
  deps: WorkerDependencies,
  attempt: Attempt,
  { part, target, collection, facts, fields }: IndexedPlan,
  counts: Counts,
): Promise<'asked' | undefined> {
  return unlessAsked(attempt, (signal) =>
    settleSequences({
      pool: deps.pool,
      job: attempt.job,
      epoch: attempt.epoch,
      part: part.part,
      target,
      collection,
      facts: facts.columns,
      fields,
      counts,
      signal,
    }),
  );
}

/** What there is to say of sequences and records. */
async function reportStep(
  deps: WorkerDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  counts: Counts,
): Promise<'asked' | undefined> {
  if ((await sequenceStep(deps, attempt, plan, counts)) === 'asked') return 'asked';
  return unlessAsked(attempt, (signal) =>
    writeReport({
      deps,
      attempt: { job: attempt.job, epoch: attempt.epoch, signal },
      target: plan.target,
      part: plan.part.part,
      isOneOfMany: attempt.job.parts.length > 1,
      openSource: () => openPartSource(deps, plan, signal),
    }),
  );
}

async function unlessAsked(
  attempt: Attempt,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<'asked' | undefined> {
  const { signal, disarm } = abortOnWish(attempt);
  try {
    await work(signal);
    return undefined;
  } catch (error) {
    if (!signal.aborted || attempt.signal.aborted) throw error;
    return 'asked';
  } finally {
    disarm();
  }
}

/** What an attempt comes to that was asked to stop, and not for good. */
export function outcomeOfWish(wish: Exclude<Wish, 'cancel'>): Outcome {
  switch (wish) {
    case 'pause':
      return { type: 'paused' };
    case 'begin_anew':
      return {
        type: 'given_back',
        reason: 'resumed',
        message: 'paused and resumed; another attempt goes on',
      };
    case 'yield':
      return { type: 'given_back', reason: 'lane', message: TURN_OVER };
    case 'give_back':
    case 'go_on':
      return { type: 'given_back', reason: 'shutdown', message: 'the worker was shut down' };
  }
}
