/**
 * An import or a validation, aloud: prepare, index, look for conflicts, judge and write chunk by chunk, commit, finish. A validation is the
 * same without the writing. Every step can be repeated: what is pinned and what the ledger has decide where an attempt goes on.
 */
import { amountOf } from '../../core/amount.ts';
import { acceptedRecords, addCounts, type Counts, NO_COUNTS, processedRecords } from '../../core/counts.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { ImportOptions } from '../../core/job.ts';
import { forgiveFaults } from '../../store/jobs/claims.ts';
import { getJob } from '../../store/jobs/find-jobs.ts';
import { reopenParts } from '../../store/jobs/parts.ts';
import type { RejectionLimits } from '../../targets/rejection-limits.ts';
import type { TargetWriter } from '../../targets/target.ts';
import type { Attempt } from '../attempt.ts';
import type { WorkerDependencies } from '../dependencies.ts';
import { isStaged } from '../describe-kept.ts';
import { endAttempt } from '../end-attempt.ts';
import { failureOf, type Outcome } from '../outcome.ts';
import type { Pipeline } from '../run-job.ts';
import { concludePart, outcomeOfWish, settleFromLedger, type WriteEnd } from './conclude-part.ts';
import { conflictStep } from './conflict-step.ts';
import type { ImportDependencies } from './import-plan.ts';
import { type IndexedPlan, shapeTask, sourceTask } from './index-step.ts';
import { keyStep } from './key-step.ts';
import { createKnownCollections } from './known-collections.ts';
import { planParts } from './plan-parts.ts';
import { startReading } from './reading/reading.ts';
import { createReadingThreads } from './reading/reading-threads.ts';
import type { ConflictFiles, ReadTask, ReferenceFile } from './reading/task.ts';
import { referenceStep } from './reference-step.ts';
import { findRefusal } from './refused-part.ts';
import { chunkSizes, writeChunks } from './write.ts';

/** Below so many records a validation also tells what an import would do, unless told otherwise. */
export const EFFECTS_BELOW = 100_000;

export function createImportPipeline(given: WorkerDependencies): Pipeline {
  const deps = { ...given, threads: createReadingThreads(), collections: createKnownCollections(given) };
  return async (attempt) => {
    const refused = await findRefusal(deps, attempt);
    if (refused !== undefined) return refused;
    let plans: readonly IndexedPlan[];
    try {
      plans = await planParts(deps, attempt);
    } catch (error) {
      return await leaveEarly(deps, attempt, error);
    }
    const counts: Counts[] = [];
    for (const plan of plans) {
      const outcome = await runPart(deps, attempt, plan);
      if (outcome.type !== 'succeeded') return outcome;
      if (outcome.counts !== undefined) counts.push(outcome.counts);
    }
    return concludeJob(deps, attempt, counts.length === attempt.job.parts.length ? counts : undefined);
  };
}

async function runPart(deps: ImportDependencies, attempt: Attempt, plan: IndexedPlan): Promise<Outcome> {
  const limits = await limitsOf(deps, plan, attempt.job.id);
  let losers: ReadTask['losers'];
  let conflicts: readonly ConflictFiles[];
  let references: ReferenceFile | undefined;
  try {
    const open = () => openWriter(attempt, plan, limits);
    losers = await keyStep(deps, attempt, plan, open);
    conflicts = await conflictStep(deps, attempt, plan, { openWriter: open, losers });
    references = await referenceStep(deps, attempt, plan, { openWriter: open, losers, conflicts });
  } catch (error) {
    return await leaveEarly(deps, attempt, error);
  }
  for (let lastRecord: number | undefined; ; ) {
    let writer: TargetWriter;
    try {
      writer = await openWriter(attempt, plan, limits);
    } catch (error) {
      return await leaveEarly(deps, attempt, error);
    }
    try {
      const verdicts = { losers, conflicts, references };
      const end = await writeStep(deps, attempt, plan, { writer, limits, verdicts, lastRecord });
      if (end.ended !== 'cut') return await concludePart(deps, attempt, plan, writer, end);
      lastRecord = end.at;
    } catch (error) {
      // Where the target is away nobody can know; the next attempt will.
      if (!attempt.signal.aborted) await settleFromLedger(deps, attempt, plan, writer).catch(() => {});
      throw error;
    } finally {
      await writer.close();
    }
  }
}

/** Before its first chunk an attempt adds nothing, so a wish is obeyed at once; earlier ones may have left something. */
async function leaveEarly(deps: WorkerDependencies, attempt: Attempt, error: unknown): Promise<Outcome> {
  if (attempt.signal.aborted || !attempt.boundary.aborted) throw error;
  const wish = attempt.wish();
  if (wish !== 'cancel') return outcomeOfWish(wish);
  const { job, epoch } = attempt;
  return { type: 'cancelled', kept: await endAttempt(deps, { jobId: job.id, epoch, isLast: true }) };
}

/** The limits hold for all parts together. Those before are complete, so every attempt at this one counts from the same. */
async function limitsOf(
  { pool }: WorkerDependencies,
  { options, part }: IndexedPlan,
  jobId: string,
): Promise<RejectionLimits> {
  const { maxErrors, maxErrorShare } = options;
  // The first has none before it.
  const before =
    part.part === 0 ? [] : (await getJob(pool, jobId)).parts.slice(0, part.part).map(({ counts }) => counts);
  const { rejected, ...accepted } = before.reduce(addCounts, NO_COUNTS);
  const records = processedRecords({ ...accepted, rejected });
  return { maxErrors, maxErrorShare, earlier: { records, rejected } };
}

/**
 * Parts may be wholly rejected where others were not: the job says whether anything came of it. If nothing did, a retry goes through its
 * parts again, for it must leave the files that say why, which may have been removed since.
 */
async function concludeJob(
  { pool }: WorkerDependencies,
  { job, epoch }: Attempt,
  known: readonly Counts[] | undefined,
): Promise<Outcome> {
  if (job.kind !== 'import' || (job.options as ImportOptions).allowNothingAccepted)
    return { type: 'succeeded' };
  // Parts that an earlier attempt has completed are looked up.
  const parts = known ?? (await getJob(pool, job.id)).parts.map((part) => part.counts);
  const counts = parts.reduce(addCounts, NO_COUNTS);
  if (counts.rejected === 0 || acceptedRecords(counts) > 0) return { type: 'succeeded' };
  await reopenParts(pool, { jobId: job.id, epoch });
  const error = new AppError(
    'job.nothing_accepted',
    `No record was accepted: ${amountOf(counts.rejected, 'record')} rejected. The issues say why; correct the failed rows and send them again.`,
  );
  return { type: 'failed', failure: failureOf(error), isReported: true };
}

function openWriter(attempt: Attempt, plan: IndexedPlan, limits: RejectionLimits): Promise<TargetWriter> {
  const { job, epoch } = attempt;
  const { options } = plan;
  if (job.kind === 'export') throw new Error('an export has no writer');
  return plan.target.openWriter({
    jobId: job.id,
    epoch,
    part: plan.part.part,
    kind: job.kind,
    mode: options.mode,
    recordMode: plan.recordMode,
    atomicity: options.atomicity,
    collection: plan.collection,
    fields: plan.fields,
    referenced: plan.referenced,
    scope: plan.part.scope,
    fingerprint: plan.facts.fingerprint,
    lockTimeoutMs: options.lockTimeoutMs,
    limits,
    ...(plan.index.longestKey !== undefined && { longestKey: plan.index.longestKey }),
    effects: job.kind === 'validation' && (options.effects ?? plan.index.records < EFFECTS_BELOW),
    replaceDespiteErrors: options.replaceDespiteErrors,
    replaceByNothing: options.replaceByNothing,
    ...(options.maxDeletes !== undefined && { maxDeletes: options.maxDeletes }),
  });
}

interface WriteFrom {
  readonly writer: TargetWriter;
  readonly limits: RejectionLimits;
  readonly verdicts: {
    readonly losers: ReadTask['losers'];
    readonly conflicts: readonly ConflictFiles[];
    readonly references: ReferenceFile | undefined;
  };
  /** The record that the next chunk must not go beyond, because the job stops there. */
  readonly lastRecord: number | undefined;
}

async function writeStep(
  deps: ImportDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  { writer, limits, verdicts: { losers, conflicts, references }, lastRecord }: WriteFrom,
): Promise<WriteEnd> {
  const { summary } = writer;
  if (summary.isCommitted) return { ended: 'at_the_end', counts: summary.counts, issues: summary.issueCount };
  // A staged part that begins anew has lost what an earlier run had judged.
  if (isStaged(attempt.job) && summary.chunks === 0) await settleFromLedger(deps, attempt, plan, writer);
  attempt.enter('writing', plan.index.records);
  attempt.count(plan.part.part, summary.counts, { processed: summary.lastRecord, total: plan.index.records });
  const chunks = chunkSizes({ ...deps.settings, ...plan.options });
  const reading = startReading(
    deps.threads,
    {
      type: 'read',
      source: sourceTask(deps, plan),
      shape: shapeTask(deps, plan),
      sourceFields: plan.index.fields,
      needsRows: writer.needsRows,
      records: plan.index.records,
      position:
        summary.chunks === 0
          ? { byte: 0, line: 1, record: 1 }
          : { byte: summary.endByte, line: summary.endLine, record: summary.lastRecord + 1 },
      ...(losers !== undefined && { losers }),
      conflicts,
      ...(references !== undefined && { references }),
    },
    {
      maxRecords:
        lastRecord === undefined ? chunks.first : Math.min(chunks.most, lastRecord - summary.lastRecord),
      // Own code may take as long as it likes, or for ever: whoever waits for its chunk is asked to stop, too.
      signal: attempt.boundary,
    },
  );
  const lookAtDisk = createDiskCheck(deps);
  let counts = summary.counts;
  // The first attempt has nothing to be forgiven.
  let isForgiven = attempt.epoch === 1;
  try {
    return await writeChunks({
      attempt,
      reading,
      writer,
      part: plan.part.part,
      total: plan.index.records,
      limits,
      options: plan.options,
      chunks,
      onWritten: async (written) => {
        counts = written;
        await lookAtDisk();
        if (isForgiven) return;
        isForgiven = true;
        await forgiveFaults(deps.pool, attempt.job.id, attempt.epoch);
      },
    });
  } catch (error) {
    if (!isAppError(error, 'job.too_many_errors')) throw error;
    return { ended: 'failed', error, counts };
  } finally {
    await reading.close();
  }
}

const LOOK_AT_DISK_EVERY_MS = 1000;

/** The embedded database shares our disk: the job goes back into the queue before the disk is full, not after. */
function createDiskCheck(deps: WorkerDependencies): () => Promise<void> {
  let lookedAt = performance.now();
  return async () => {
    if (performance.now() - lookedAt < LOOK_AT_DISK_EVERY_MS) return;
    lookedAt = performance.now();
    await deps.files.ensureSpace();
  };
}
