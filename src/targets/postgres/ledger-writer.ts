/**
 * A writer that only keeps the ledger: for records that lie elsewhere (an own module), and for validations where the reading
 * thread's verdicts are all there is to say.
 */
import type pg from 'pg';
import { type Counts, NO_COUNTS } from '../../core/counts.ts';
import { findCut } from '../rejection-limits.ts';
import type { Chunk, ChunkOutcome, TargetWriter, WriterOptions } from '../target.ts';
import { appendLedger, findOutcome, readSummary } from './ledger.ts';

export interface LedgerWriterOptions {
  /** A session of the attempt's own. */
  readonly client: pg.Client;
  /** What becomes of it when the writer is closed. */
  readonly release: (client: pg.Client) => Promise<void>;
  readonly ledgerSchema: string;
  readonly writerOptions: WriterOptions;
  readonly summary: TargetWriter['summary'];
  /** Whether `settle` looks at the rows. */
  readonly needsRows: boolean;
  /** Says what became of a chunk's records, before the ledger is told. */
  readonly settle: (chunk: Chunk, signal: AbortSignal) => Promise<ChunkOutcome>;
}

export function createLedgerWriter(options: LedgerWriterOptions): TargetWriter {
  const { client, ledgerSchema, summary, writerOptions } = options;
  let nextChunk = summary.chunks;
  let { rejected } = summary.counts;
  const stopping = new AbortController();
  return {
    summary,
    needsRows: options.needsRows,
    stage: (chunk) => Promise.resolve({ chunk }),
    async write({ chunk }, signal) {
      const cutAt = findCut(writerOptions.limits ?? {}, chunk, rejected, chunk.rejectedRecords);
      if (cutAt !== undefined) return { counts: NO_COUNTS, issues: [], cutAt };
      const number = nextChunk;
      const outcome = await options.settle(chunk, AbortSignal.any([signal, stopping.signal]));
      const isAppended = await appendLedger(client, ledgerSchema, {
        ...writerOptions,
        number,
        chunk,
        outcome,
      });
      nextChunk += 1;
      const landed = isAppended
        ? outcome
        : ((await findOutcome(client, ledgerSchema, writerOptions, number)) ?? outcome);
      rejected += landed.counts.rejected;
      return landed;
    },
    probeKeys: () => Promise.resolve([]),
    probeUniques: () => Promise.resolve([]),
    commit: () => Promise.resolve(NO_COUNTS),
    readLedger: () => readSummary(client, ledgerSchema, writerOptions),
    discard: () => Promise.resolve(),
    // What `settle` does ends by its signal; a row of the ledger takes no time.
    interrupt: async () => stopping.abort(new Error('asked to stop')),
    close: () => options.release(client),
  };
}

/** What a validation says of a chunk that nobody else judges: accepted records were judged, and nothing else was found out. */
export function judgedOutcome(chunk: Chunk): ChunkOutcome {
  const rejected = new Set(chunk.rejectedRecords);
  const warned = new Set(
    chunk.issues.filter(({ record }) => !rejected.has(record)).map(({ record }) => record),
  );
  const counts: Counts = {
    ...NO_COUNTS,
    rejected: rejected.size,
    skipped: chunk.skipped + chunk.rowCount,
    warned: warned.size,
  };
  return { counts, issues: chunk.issues };
}
