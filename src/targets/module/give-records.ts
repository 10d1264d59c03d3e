/** Hands a chunk's records to the module, and holds what it answers against what it was asked. */
import { createKeyReader } from '../../collections/record-key.ts';
import { type Counts, NO_COUNTS } from '../../core/counts.ts';
import { AppError } from '../../core/errors.ts';
import type { Issue } from '../../core/issue.ts';
import { isTransient } from '../../core/sqlstate.ts';
import type { Chunk, ChunkOutcome, WriterOptions } from '../target.ts';
import type { OwnTargetModule, OwnTargetOutcome, OwnTargetRecord } from './own-target.ts';
import { parseOutcomes } from './parse-outcomes.ts';

export type Row = readonly (string | null)[];

/** Columns before the values in `Chunk.rows`: number, line, start, end, warned, absent. */
const PREFIX_COLUMNS = 6;
/** So long the module may go on after its signal was aborted; then nobody waits for it any more. */
const GRACE_MS = 1000;

/**
 * Gives the rows that came through and says what became of the chunk.
 *
 * @throws AppError `module.failed` when the module throws, or answers what cannot be used
 * @throws what the module threw, where that is a fault that passes by itself
 */
export async function giveRecords(
  run: { readonly module: OwnTargetModule; readonly path: string; readonly writerOptions: WriterOptions },
  chunk: Chunk,
  rows: readonly Row[],
  signal: AbortSignal,
): Promise<ChunkOutcome> {
  const records = rows.map((row) => toRecord(row, run.writerOptions));
  const outcomes = records.length === 0 ? [] : await callWrite(run, records, signal);
  return tally(run.writerOptions, chunk, rows, outcomes);
}

async function callWrite(
  { module, path, writerOptions }: Parameters<typeof giveRecords>[0],
  records: readonly OwnTargetRecord[],
  signal: AbortSignal,
): Promise<readonly OwnTargetOutcome[]> {
  const { collection, jobId, mode, scope } = writerOptions;
  let answer: unknown;
  try {
    const work = (async () =>
      module.write(records, { jobId, collection: collection.name, mode, scope, signal }))();
    answer = await withGrace(work, signal);
  } catch (error) {
    if (signal.aborted) throw interrupted();
    if (passesByItself(error)) throw error;
    throw failed(`The function "write" of ${path} threw`, error);
  }
  try {
    return parseOutcomes(answer, records.length);
  } catch (error) {
    throw failed(`The function "write" of ${path} gave what cannot be used`, error);
  }
}

/** Anything can be thrown. */
function failed(title: string, error: unknown): AppError {
  const reason = error instanceof Error ? error.message : String(error);
  return new AppError('module.failed', `${title}: ${reason}`, { cause: error, isRetryable: true });
}

/** A server that is away or a transaction that must be repeated; of a file that is missing (also ENOENT) nobody can hope so. */
function passesByItself(error: unknown): boolean {
  return isTransient(error) && (error as { code?: unknown }).code !== 'ENOENT';
}

/** As the server says it of a statement that was cancelled: what was under way comes again. */
function interrupted(): Error {
  return Object.assign(new Error('the module was interrupted'), { code: '57014' });
}

async function withGrace<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const abandoned = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => abandoned.reject(interrupted()), GRACE_MS);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, abandoned.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

function toRecord(row: Row, { fields, jobId, part }: WriterOptions): OwnTargetRecord {
  const absent = new Set((row[5] ?? '').replaceAll(/[{}]/g, '').split(',').map(Number));
  const values = Object.create(null) as Record<string, string | null | undefined>;
  for (const [index, field] of fields.entries()) {
    values[field] = absent.has(index + 1) ? undefined : (row[PREFIX_COLUMNS + index] ?? null);
  }
  const number = Number(row[0]);
  return { idempotencyKey: `${jobId}/${part}/${number}`, number, values };
}

function tally(
  { collection, fields }: WriterOptions,
  chunk: Chunk,
  rows: readonly Row[],
  outcomes: readonly OwnTargetOutcome[],
): ChunkOutcome {
  const readKey = createKeyReader(collection, fields);
  const counts: { -readonly [K in keyof Counts]: number } = {
    ...NO_COUNTS,
    rejected: chunk.rejectedRecords.length,
    skipped: chunk.skipped,
    warned: chunk.skippedWarned,
  };
  const issues: Issue[] = [...chunk.issues];
  for (const [index, outcome] of outcomes.entries()) {
    const row = rows[index] ?? [];
    const [number, line, start, end, warned] = row;
    if (typeof outcome === 'string') {
      counts[outcome] += 1;
      if (warned === 't') counts.warned += 1;
      continue;
    }
    counts.rejected += 1;
    const key = readKey((position) => row[PREFIX_COLUMNS + position]);
    issues.push({
      severity: 'error',
      code: 'custom.rejected',
      params: { reason: outcome.rejected },
      record: Number(number),
      line: Number(line),
      byteOffset: Number(start),
      byteLength: Number(end) - Number(start),
      ...(key !== undefined && { key }),
    });
  }
  return { counts, issues: issues.sort((a, b) => a.record - b.record) };
}
