/**
 * An import or a validation, aloud: prepare, index, look for conflicts, judge and write chunk by chunk, commit, finish. A validation is the
 * same without the writing. Every step can be repeated: what is pinned and what the ledger has decide where an attempt goes on.
 */
import { acceptedRecords, type Counts, processedRecords } from '../../core/counts.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { openSeekableSource } from '../../formats/source/open-seekable-source.ts';
import { forgiveFaults, settleCounts } from '../../store/jobs/claims.ts';
import type { TargetWriter } from '../../targets/target.ts';
import type { Attempt } from '../attempt.ts';
import type { WorkerDependencies } from '../dependencies.ts';
import { failureOf, type Outcome } from '../outcome.ts';
import { writeReport } from '../report/write-report.ts';
import type { Pipeline } from '../run-job.ts';
import { conflictStep } from './conflict-step.ts';
import type { ImportDependencies } from './import-plan.ts';
import { type IndexedPlan, indexStep, losersPath, shapeTask, sourceTask } from './index-step.ts';
import { prepare } from './prepare.ts';
import { startReading } from './reading/reading.ts';
import { createReadingThreads } from './reading/reading-threads.ts';
import type { ConflictFiles } from './reading/task.ts';
import { chunkSizes, type WriteResult, writeChunks } from './write.ts';

/** Below so many records a validation also tells what an import would do, unless told otherwise. */
const EFFECTS_BELOW = 100_000;

export function createImportPipeline(given: WorkerDependencies): Pipeline {
  const deps = { ...given, threads: createReadingThreads() };
  return async (attempt) => {
    for (const part of attempt.job.parts) {
      const outcome = await runPart(deps, attempt, part.part);
      if (outcome.type !== 'succeeded') return outcome;
    }
    return { type: 'succeeded' };
  };
}

async function runPart(deps: ImportDependencies, attempt: Attempt, partNumber: number): Promise<Outcome> {
  const part = attempt.job.parts[partNumber];
  if (part === undefined) throw new Error(`there is no part ${partNumber}`);
  let plan: IndexedPlan;
  let conflicts: readonly ConflictFiles[];
  try {
    await attempt.enter('preparing');
    await deps.files.ensureSpace();
    plan = await indexStep(deps, attempt, await prepare(deps, attempt, part));
    conflicts = await conflictStep(deps, attempt, plan, () => openWriter(attempt, plan));
  } catch (error) {
    return leaveEarly(attempt, error);
  }
  const writer = await openWriter(attempt, plan);
  try {
    const end = await writeStep(deps, attempt, plan, writer, conflicts);
    return await concludePart(deps, attempt, plan, writer, end);
  } finally {
    await writer.close();
  }
}

/** Before the first chunk nothing was kept, so a wish is obeyed at once. */
function leaveEarly(attempt: Attempt, error: unknown): Outcome {
  if (attempt.signal.aborted || !attempt.boundary.aborted) throw error;
  return outcomeOfWish(attempt, 'nothing: no record had been written');
}

function outcomeOfWish(attempt: Attempt, kept: string): Outcome {
  switch (attempt.wish()) {
    case 'pause':
      return { type: 'paused' };
    case 'cancel':
      return { type: 'cancelled', kept };
    case 'give_back':
    case 'go_on':
      return { type: 'given_back', reason: 'shutdown', message: 'the worker was shut down' };
  }
}

function openWriter(attempt: Attempt, plan: IndexedPlan): Promise<TargetWriter> {
  const { job, epoch } = attempt;
  const { options } = plan;
  if (job.kind === 'export') throw new Error('an export has no writer');
  return plan.target.openWriter({
    jobId: job.id,
    epoch,
    part: plan.part.part,
    kind: job.kind,
    mode: options.mode,
    atomicity: options.atomicity,
    collection: plan.collection,
    fields: plan.fields,
    referenced: plan.referenced,
    scope: plan.part.scope,
    fingerprint: plan.facts.fingerprint,
    lockTimeoutMs: options.lockTimeoutMs,
    effects: job.kind === 'validation' && (options.effects ?? plan.index.records < EFFECTS_BELOW),
    replaceDespiteErrors: options.replaceDespiteErrors,
    replaceByNothing: options.replaceByNothing,
    ...(options.maxDeletes !== undefined && { maxDeletes: options.maxDeletes }),
  });
}

/** What the write step came to; a failure is kept until the report has been written. */
type WriteEnd = WriteResult | { readonly ended: 'failed'; readonly error: AppError; readonly counts: Counts };

async function writeStep(
  deps: ImportDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  writer: TargetWriter,
  conflicts: readonly ConflictFiles[],
): Promise<WriteEnd> {
  const { summary } = writer;
  if (summary.isCommitted) return { ended: 'at_the_end', counts: summary.counts };
  await attempt.enter('writing', plan.index.records);
  attempt.count(plan.part.part, summary.counts, { processed: summary.lastRecord, total: plan.index.records });
  const hasKey = plan.collection.key.length > 0;
  const chunks = chunkSizes({ ...deps.settings, ...plan.options });
  const reading = startReading(
    deps.threads,
    {
      type: 'read',
      source: sourceTask(deps, plan),
      shape: shapeTask(deps, plan),
      sourceFields: plan.index.fields,
      position:
        summary.chunks === 0
          ? { byte: 0, line: 1, record: 1 }
          : { byte: summary.endByte, line: summary.endLine, record: summary.lastRecord + 1 },
      ...(hasKey && { losers: { path: losersPath(plan), policy: plan.options.duplicates } }),
      conflicts,
    },
    { maxRecords: chunks.first, signal: attempt.signal },
  );
  const lookAtDisk = createDiskCheck(deps);
  let counts = summary.counts;
  let isForgiven = false;
  try {
    return await writeChunks({
      attempt,
      reading,
      writer,
      part: plan.part.part,
      total: plan.index.records,
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

async function concludePart(
  deps: WorkerDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  writer: TargetWriter,
  result: WriteEnd,
): Promise<Outcome> {
  if (result.ended === 'asked' && result.wish !== 'cancel') {
    await settle(deps, attempt, plan, result.counts);
    return outcomeOfWish(attempt, '');
  }
  if (result.ended === 'asked') {
    await settle(deps, attempt, plan, await countUnapplied(writer));
    if (isStaged(attempt, plan)) await writer.discard();
    return { type: 'cancelled', kept: describeKept(attempt, plan, result.counts) };
  }
  const end =
    result.ended === 'failed'
      ? { ...result, counts: await countUnapplied(writer) }
      : await commitStep(attempt, plan, writer, result.counts);
  await settle(deps, attempt, plan, end.counts);
  await attempt.enter('finishing');
  await reportStep(deps, attempt, plan);
  if (isStaged(attempt, plan)) await writer.discard();
  if (end.error !== undefined) {
    return { type: 'failed', failure: failureOf(end.error) };
  }
  return nothingAccepted(attempt, plan, end.counts) ?? { type: 'succeeded' };
}

function isStaged(attempt: Attempt, plan: IndexedPlan): boolean {
  return (
    attempt.job.kind === 'import' && (plan.options.atomicity === 'all' || plan.options.mode === 'replace')
  );
}

/** `all` and `replace` land in one merge at the end, or not at all. */
async function commitStep(
  attempt: Attempt,
  plan: IndexedPlan,
  writer: TargetWriter,
  counts: Counts,
): Promise<{ counts: Counts; error?: AppError }> {
  if (!isStaged(attempt, plan)) return { counts };
  await attempt.enter('committing');
  try {
    // Asked again after a crash, it says again what came of it, a refusal included.
    return { counts: await writer.commit(attempt.signal) };
  } catch (error) {
    if (!isAppError(error, 'job.replace_refused') && !isAppError(error, 'job.not_all_accepted')) throw error;
    return { counts: await countUnapplied(writer), error };
  }
}

/** Records that were accepted and are not applied after all count as skipped: each has one outcome. */
async function countUnapplied(writer: TargetWriter): Promise<Counts> {
  const { counts, staged } = await writer.readLedger();
  return { ...counts, skipped: counts.skipped + staged };
}

async function settle(
  deps: WorkerDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  counts: Counts,
): Promise<void> {
  await settleCounts(deps.pool, {
    jobId: attempt.job.id,
    epoch: attempt.epoch,
    part: plan.part.part,
    counts,
    total: plan.index.records,
  });
}

async function reportStep(deps: WorkerDependencies, attempt: Attempt, plan: IndexedPlan): Promise<void> {
  const task = sourceTask(deps, plan);
  const source = await openSeekableSource({
    ...task,
    hash: task.sha256,
    maxSourceBytes: task.maxDecompressedBytes,
  });
  try {
    await writeReport({
      deps,
      attempt,
      target: plan.target,
      part: plan.part.part,
      isOneOfMany: attempt.job.parts.length > 1,
      source: {
        dialect: plan.dialect,
        fields: plan.index.fields,
        firstRecordByte: plan.index.firstRecordByte,
        readRange: async (start, end) => Buffer.from(await source.readRange(start, end)),
      },
    });
  } finally {
    await source.close();
  }
}

function nothingAccepted(attempt: Attempt, plan: IndexedPlan, counts: Counts): Outcome | undefined {
  if (attempt.job.kind !== 'import' || plan.options.allowNothingAccepted) return undefined;
  if (counts.rejected === 0 || acceptedRecords(counts) > 0) return undefined;
  return {
    type: 'failed',
    failure: failureOf(
      new AppError(
        'job.nothing_accepted',
        `None of the ${counts.rejected} records was accepted. The issues say why; correct the failed rows and send them again.`,
      ),
    ),
  };
}

function describeKept(attempt: Attempt, plan: IndexedPlan, counts: Counts): string {
  if (attempt.job.kind === 'validation' || isStaged(attempt, plan)) return 'nothing was written';
  const processed = processedRecords(counts);
  return `the first ${processed} of ${plan.index.records} records: ${counts.created} created, ${counts.updated} updated, ${counts.unchanged} unchanged, ${counts.deleted} deleted, ${counts.skipped} skipped, ${counts.rejected} rejected`;
}
