/**
 * One's own code as a target. Its ledger lies in Waybill's database, not with the records, so a chunk may be given twice after a crash:
 * at-least-once, with a stable key per record. It can neither judge before writing, nor stage, nor export.
 */
import type pg from 'pg';
import { type Collection, FIELD_TYPES } from '../../collections/collection.ts';
import { type Counts, NO_COUNTS } from '../../core/counts.ts';
import { AppError } from '../../core/errors.ts';
import type { Issue } from '../../core/issue.ts';
import { connect, withConnection } from '../postgres/connection.ts';
import { fenceOff, raiseFence } from '../postgres/fence.ts';
import { forgetLedger, readSegments, readSummaries, readSummary } from '../postgres/ledger.ts';
import { createLedgerWriter, judgedOutcome } from '../postgres/ledger-writer.ts';
import type { Chunk, ChunkOutcome, IssueSegment, Target, TargetFacts, WriterOptions } from '../target.ts';
import {
  loadOwnTarget,
  type OwnTargetModule,
  type OwnTargetOutcome,
  type OwnTargetRecord,
} from './own-target.ts';

export interface ModuleTargetOptions {
  /** Absolute path of the module. */
  readonly path: string;
  /** Waybill's own database, for the ledger. */
  readonly connection: pg.ClientConfig;
  readonly ledgerSchema: string;
  readonly migrateLedger: (client: pg.Client, schema: string) => Promise<unknown>;
  /** COPY text back to rows: what the reading thread made is for a database. */
  readonly decodeRows: (pieces: readonly Uint8Array[]) => readonly (readonly (string | null)[])[];
}

/** Columns before the values in `Chunk.rows`: number, line, start, end, warned, absent. */
const PREFIX_COLUMNS = 6;

export function createModuleTarget(options: ModuleTargetOptions): Target {
  const { connection, ledgerSchema, path } = options;
  const ready = once(() =>
    withConnection(connection, (client) => options.migrateLedger(client, ledgerSchema)),
  );

  return {
    capabilities: { isExactlyOnce: false, canJudge: false, canStage: false, canExport: false },
    describe: async (collection) => {
      await loadOwnTarget(path);
      return factsOf(collection);
    },
    async openWriter(writerOptions) {
      refuseStaging(writerOptions);
      const module = await loadOwnTarget(path);
      await ready();
      const client = await connect(connection, writerOptions);
      try {
        await raiseFence(client, ledgerSchema, writerOptions);
        const summary = await readSummary(client, ledgerSchema, writerOptions);
        const settle = (chunk: Chunk, signal: AbortSignal) =>
          giveChunk({ ...options, module, writerOptions }, chunk, signal);
        return createLedgerWriter({ client, ledgerSchema, writerOptions, summary, settle });
      } catch (error) {
        await client.end();
        throw error;
      }
    },
    openSnapshot: () => Promise.reject(cannotRead()),
    count: () => Promise.reject(cannotRead()),
    async *issueSegments({ jobId, part, afterChunk }): AsyncGenerator<IssueSegment> {
      await ready();
      const client = await connect(connection);
      try {
        yield* readSegments(client, ledgerSchema, { jobId, part }, afterChunk);
      } finally {
        await client.end();
      }
    },
    async endAttempt({ jobId, epoch, parts }) {
      await ready();
      return withConnection(connection, async (client) => {
        await fenceOff(client, ledgerSchema, { jobId, epoch });
        return readSummaries(client, ledgerSchema, jobId, parts);
      });
    },
    async forget(jobId) {
      await ready();
      await withConnection(connection, (client) => forgetLedger(client, ledgerSchema, jobId));
    },
    close: () => Promise.resolve(),
  };
}

function cannotRead(): AppError {
  return new AppError(
    'target.unsupported',
    'A collection whose target is a module cannot be read: no export, no count.',
  );
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => {
    done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}

function refuseStaging({ atomicity, mode }: WriterOptions): void {
  if (atomicity !== 'all' && mode !== 'replace') return;
  throw new AppError(
    'target.unsupported',
    `A collection whose target is a module takes no ${mode === 'replace' ? 'mode replace' : 'atomicity all'}: it cannot undo what it has stored.`,
  );
}

function factsOf(collection: Collection): TargetFacts {
  return {
    columns: collection.fields.map(({ column, type }) => ({
      column,
      sqlType: FIELD_TYPES[type],
      isNullable: true,
      hasDefault: false,
      isGenerated: false,
      isIdentityAlways: false,
    })),
    keyColumns: collection.fields
      .filter(({ name }) => collection.key.includes(name))
      .map(({ column }) => column),
    isWritable: true,
    secondaryUniques: [],
    fingerprint: 'module',
  };
}

interface ModuleRun extends ModuleTargetOptions {
  readonly module: OwnTargetModule;
  readonly writerOptions: WriterOptions;
}

async function giveChunk(
  { module, path, decodeRows, writerOptions }: ModuleRun,
  chunk: Chunk,
  signal: AbortSignal,
): Promise<ChunkOutcome> {
  const { collection, jobId, kind, mode, scope } = writerOptions;
  if (kind === 'validation') return judgedOutcome(chunk);
  const before: Counts = { ...NO_COUNTS, rejected: chunk.rejectedRecords.length, skipped: chunk.skipped };
  const rows = decodeRows(chunk.rows);
  const records = rows.map((row) => toRecord(row, writerOptions));
  let outcomes: readonly OwnTargetOutcome[];
  try {
    outcomes =
      records.length === 0
        ? []
        : await module.write(records, { jobId, collection: collection.name, mode, scope, signal });
  } catch (error) {
    throw new AppError(
      'module.failed',
      `The function "write" of ${path} threw: ${(error as Error).message}`,
      {
        cause: error,
        isRetryable: true,
      },
    );
  }
  if (outcomes.length !== records.length) {
    throw new AppError(
      'module.failed',
      `The function "write" of ${path} gave ${outcomes.length} outcomes for ${records.length} records; it must give one for each.`,
    );
  }
  return tally(chunk, before, rows, outcomes);
}

function toRecord(row: readonly (string | null)[], { fields, jobId, part }: WriterOptions): OwnTargetRecord {
  const absent = new Set((row[5] ?? '').replaceAll(/[{}]/g, '').split(',').map(Number));
  const values = Object.create(null) as Record<string, string | null | undefined>;
  for (const [index, field] of fields.entries()) {
    values[field] = absent.has(index + 1) ? undefined : (row[PREFIX_COLUMNS + index] ?? null);
  }
  const number = Number(row[0]);
  return { idempotencyKey: `${jobId}/${part}/${number}`, number, values };
}

function tally(
  chunk: Chunk,
  before: Counts,
  rows: readonly (readonly (string | null)[])[],
  outcomes: readonly OwnTargetOutcome[],
): ChunkOutcome {
  const counts = { ...before };
  const issues: Issue[] = [...chunk.issues];
  for (const [index, outcome] of outcomes.entries()) {
    const [number, line, start, end, warned] = rows[index] ?? [];
    if (typeof outcome === 'string') {
      counts[outcome] += 1;
      if (warned === 't') counts.warned += 1;
      continue;
    }
    counts.rejected += 1;
    issues.push({
      severity: 'error',
      code: 'custom.rejected',
      params: { reason: outcome.rejected },
      record: Number(number),
      line: Number(line),
      byteOffset: Number(start),
      byteLength: Number(end) - Number(start),
    });
  }
  return { counts, issues: issues.sort((a, b) => a.record - b.record) };
}
