/**
 * One's own code as a target. Its ledger lies in Waybill's database, not with the records, so a chunk may be given twice after a crash:
 * at-least-once, with a stable key per record. It can neither judge before writing, nor stage, nor export.
 */
import type pg from 'pg';
import { type Collection, FIELD_TYPES } from '../../collections/collection.ts';
import { AppError } from '../../core/errors.ts';
import { connect, withConnection } from '../postgres/connection.ts';
import { checkFence, fenceOff, raiseFence } from '../postgres/fence.ts';
import {
  forgetLedger,
  forgetLedgerValues,
  readSegments,
  readSummaries,
  readSummary,
} from '../postgres/ledger.ts';
import { createLedgerWriter, judgedOutcome } from '../postgres/ledger-writer.ts';
import type { Chunk, IssueSegment, Target, TargetFacts, WriterOptions } from '../target.ts';
import { giveRecords, type Row } from './give-records.ts';
import { loadOwnTarget } from './own-target.ts';

export interface ModuleTargetOptions {
  /** Absolute path of the module. */
  readonly path: string;
  /** Waybill's own database, for the ledger. */
  readonly connection: pg.ClientConfig;
  readonly ledgerSchema: string;
  readonly migrateLedger: (client: pg.Client, schema: string) => Promise<unknown>;
  /** COPY text back to rows: what the reading thread made is for a database. */
  readonly decodeRows: (pieces: readonly Uint8Array[]) => readonly Row[];
}

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
        const settle = async (chunk: Chunk, signal: AbortSignal) => {
          if (writerOptions.kind === 'validation') return judgedOutcome(chunk);
          // The ledger refuses an attempt that was overtaken anyway, but by then the module would have stored its records again.
          await checkFence(client, ledgerSchema, writerOptions);
          return giveRecords({ module, path, writerOptions }, chunk, options.decodeRows(chunk.rows), signal);
        };
        return createLedgerWriter({
          client,
          release: (own) => own.end().catch(() => undefined),
          ledgerSchema,
          writerOptions,
          summary,
          needsRows: writerOptions.kind === 'import',
          settle,
        });
      } catch (error) {
        await client.end();
        throw error;
      }
    },
    openSnapshot: () => Promise.reject(cannotRead()),
    count: () => Promise.reject(cannotRead()),
    async *issueSegments(query): AsyncGenerator<IssueSegment> {
      await ready();
      const client = await connect(connection);
      try {
        yield* readSegments(client, ledgerSchema, query);
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
    async forgetValues(jobId) {
      await ready();
      await withConnection(connection, (client) => forgetLedgerValues(client, ledgerSchema, jobId));
    },
    async forget(jobIds) {
      await ready();
      await withConnection(connection, (client) => forgetLedger(client, ledgerSchema, jobIds));
    },
    close: () => Promise.resolve(),
  };
}

function cannotRead(): AppError {
  return new AppError(
    'target.unsupported',
    'A collection whose target is a module cannot be read, so it cannot be exported or counted.',
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
    `A collection whose target is a module does not support ${mode === 'replace' ? 'mode replace' : 'atomicity all'}: a module cannot undo what it has stored.`,
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
    keyIsComputed: false,
    isWritable: true,
    secondaryUniques: [],
    fingerprint: 'module',
  };
}
