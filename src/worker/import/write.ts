/**
 * The write step: chunks from the reading thread to the target. The COPY of chunk n+1 runs beside the merge of chunk n; every write
 * is one fenced transaction with its ledger row, so whatever dies here, the ledger says where to go on.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { amountOf } from '../../core/amount.ts';
import { addCounts, type Counts } from '../../core/counts.ts';
import { AppError } from '../../core/errors.ts';
import type { ImportOptions } from '../../core/job.ts';
import { passedLimit, type RejectionLimits } from '../../targets/rejection-limits.ts';
import type { Chunk, StagedChunk, TargetWriter } from '../../targets/target.ts';
import { type Attempt, wasStopped } from '../attempt.ts';
import { interruptOnWish } from './interrupt-on-wish.ts';
import type { Reading } from './reading/reading.ts';

/** A chunk is about this long, so that an intention is obeyed in time. */
const CHUNK_MS = 250;
const FIRST_CHUNK_RECORDS = 2000;
const MIN_CHUNK_RECORDS = 100;
const MAX_CHUNK_RECORDS = 10_000;

export interface WriteStep {
  readonly attempt: Attempt;
  readonly reading: Reading;
  readonly writer: TargetWriter;
  readonly part: number;
  readonly total: number;
  readonly limits: RejectionLimits;
  readonly options: Pick<ImportOptions, 'rowsPerSecond'>;
  readonly chunks: ChunkSizes;
  /** Told of each chunk that the ledger has taken. */
  readonly onWritten: (counts: Counts) => Promise<void>;
}

/** Records in the first chunk, and at most and at least in the later ones. */
export interface ChunkSizes {
  readonly first: number;
  readonly least: number;
  readonly most: number;
}

/** A job that is held to a pace has chunks of a second at most, so that it does not go in leaps. */
export function chunkSizes(limits: {
  maxChunkRecords?: number | undefined;
  rowsPerSecond?: number | undefined;
}): ChunkSizes {
  const most = Math.min(
    limits.maxChunkRecords ?? MAX_CHUNK_RECORDS,
    limits.rowsPerSecond ?? MAX_CHUNK_RECORDS,
  );
  return { first: Math.min(FIRST_CHUNK_RECORDS, most), least: Math.min(MIN_CHUNK_RECORDS, most), most };
}

export type WriteResult =
  | { readonly ended: 'at_the_end'; readonly counts: Counts; readonly issues: number }
  /** The job must stop at this record, which is inside a chunk: it has to be read again so that it ends there. */
  | { readonly ended: 'cut'; readonly at: number; readonly counts: Counts }
  /** Somebody wants the job to stop. The ledger says where: a write may have been interrupted. */
  | { readonly ended: 'asked' };

export async function writeChunks(step: WriteStep): Promise<WriteResult> {
  const { attempt, writer } = step;
  const pace = createPace(step.options.rowsPerSecond);
  let { counts, issueCount: issues } = writer.summary;
  // A job that has failed for its rejected records and is tried again has nothing to write.
  checkErrors(step, counts, writer.summary.lastRecord);
  const disarm = interruptOnWish(attempt, writer);
  const stageNext = async (): Promise<StagedChunk | undefined> => {
    const chunk = await step.reading.next();
    return chunk && writer.stage(chunk, attempt.signal);
  };
  let staging = stageNext();
  try {
    for (;;) {
      const staged = await staging;
      if (staged === undefined) return { ended: 'at_the_end', counts, issues };
      if (attempt.wish() !== 'go_on') return { ended: 'asked' };
      staging = stageNext();
      // It is awaited in the next round; until then its failure must not count as unhandled.
      staging.catch(() => {});
      const startedAt = performance.now();
      const outcome = await writer.write(staged, attempt.signal);
      if (outcome.cutAt !== undefined) return { ended: 'cut', at: outcome.cutAt, counts };
      step.reading.giveBack(staged.chunk);
      step.reading.setChunkRecords(
        nextChunkRecords(staged.chunk, performance.now() - startedAt, step.chunks),
      );
      counts = addCounts(counts, outcome.counts);
      issues += outcome.issues.length;
      attempt.count(step.part, counts, { processed: staged.chunk.lastRecord, total: step.total });
      await step.onWritten(counts);
      checkErrors(step, counts, staged.chunk.lastRecord);
      await pace(staged.chunk, attempt.boundary);
    }
  } catch (error) {
    if (wasStopped(attempt, error)) return { ended: 'asked' };
    throw error;
  } finally {
    disarm();
    await staging.catch(() => {});
  }
}

function nextChunkRecords(chunk: Chunk, tookMs: number, { least, most }: ChunkSizes): number {
  const records = chunk.lastRecord - chunk.firstRecord + 1;
  const fitting = Math.round((records * CHUNK_MS) / Math.max(tookMs, 1));
  return Math.max(least, Math.min(fitting, most));
}

/** @throws AppError `job.too_many_errors` when the job ends with this record */
function checkErrors(step: WriteStep, counts: Counts, lastRecord: number): void {
  const { attempt, limits, part, total } = step;
  const limit = passedLimit(limits, counts.rejected, { lastRecord, total });
  if (limit === undefined) return;
  const allowed = limits[limit];
  const rejected = counts.rejected + (limits.earlier?.rejected ?? 0);
  const processed = lastRecord + (limits.earlier?.records ?? 0);
  const isOneOfMany = attempt.job.parts.length > 1;
  const wasOrWere = rejected === 1 ? 'was' : 'were';
  const place = `record ${lastRecord} of ${total}${isOneOfMany ? ` of part ${part + 1}` : ''}`;
  throw new AppError(
    'job.too_many_errors',
    limit === 'maxErrors'
      ? `${amountOf(rejected, 'record')} ${wasOrWere} rejected, more than the ${allowed} allowed (maxErrors). The job stopped at ${place}.`
      : `Of the first ${amountOf(processed, 'record')} ${rejected} ${wasOrWere} rejected, more than the share of ${allowed} allowed (maxErrorShare). The job stopped at ${place}.`,
    { details: { rejected, processed, [limit]: allowed } },
  );
}

/** Holds the job to a number of records a second, counted from its start. */
function createPace(rowsPerSecond: number | undefined) {
  const startedAt = performance.now();
  let records = 0;
  return async (staged: Chunk, boundary: AbortSignal): Promise<void> => {
    if (rowsPerSecond === undefined) return;
    records += staged.lastRecord - staged.firstRecord + 1;
    const waitMs = startedAt + (records / rowsPerSecond) * 1000 - performance.now();
    if (waitMs > 0) await delay(waitMs, undefined, { signal: boundary }).catch(() => {});
  };
}
