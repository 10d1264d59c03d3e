/** Opens a writer: fence, what the table is, staging, and what the ledger has. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Collection } from '../../collections/collection.ts';
import { AppError } from '../../core/errors.ts';
import type { TargetWriter, WriterOptions } from '../target.ts';
import { type KnownTables, readRelation } from './catalogue.ts';
import { durableTableName, openStaging } from './durable-staging.ts';
import { raiseFence } from './fence.ts';
import { interruptible } from './interrupt.ts';
import { isJudgedBefore } from './judged-before.ts';
import { EMPTY_LEDGER, readSummary } from './ledger.ts';
import { createLedgerWriter, judgedOutcome } from './ledger-writer.ts';
import type { WriterReference } from './reference-sql.ts';
import { assertScopeValues } from './scope-values.ts';
import type { Sessions } from './sessions.ts';
import { toTargetError } from './sql-errors.ts';
import { stagingSql } from './stage-table.ts';
import type { TargetRelation } from './table.ts';
import { mayWait } from './waiting-records.ts';
import type { WriteContext } from './write-context.ts';
import { createWriteShape } from './write-shape.ts';
import { createWriter } from './writer.ts';

/** What attempts were told of tables a moment ago, so that they need not be asked for again before the first record is written. */
export type Described = WeakMap<Collection, { readonly relation: TargetRelation; readonly at: number }>;

/** A change that comes after the table was described is not seen either way: what writes has no lock on it between chunks. */
const DESCRIBED_FOR_MS = 2000;

/** A later attempt has to notice what has changed since the first. */
function findDescribed(
  described: Described,
  { collection, epoch }: WriterOptions,
): TargetRelation | undefined {
  const found = described.get(collection);
  if (found === undefined || epoch !== 1) return undefined;
  return performance.now() - found.at < DESCRIBED_FOR_MS ? found.relation : undefined;
}

interface OpenOptions {
  readonly tables: KnownTables;
  readonly ledgerSchema: string;
  readonly sessions: Sessions;
  readonly described: Described;
}

/** The session that the writer is opened with is its first. */
export async function openWriter(
  given: OpenOptions,
  options: WriterOptions,
  signal: AbortSignal | undefined,
): Promise<TargetWriter> {
  const { sessions } = given;
  const relation = findDescribed(given.described, options);
  const fixture = relation && stagingSql(createWriteShape(relation, options));
  signal?.throwIfAborted();
  const client = await sessions.open(options, { lockTimeoutMs: options.lockTimeoutMs }, fixture);
  try {
    return await interruptible(sessions, client, signal, openWriterOn(client, given, options, relation));
  } catch (error) {
    // What was to interrupt this could still arrive.
    if (signal?.aborted === true) await client.end().catch(() => undefined);
    else await sessions.release(client);
    throw error;
  }
}

async function openWriterOn(
  client: pg.Client,
  { sessions, tables, ledgerSchema }: OpenOptions,
  options: WriterOptions,
  described: TargetRelation | undefined,
): Promise<TargetWriter> {
  const { collection, jobId, epoch, part } = options;
  const isFirst = await raiseFence(client, ledgerSchema, { jobId, epoch });
  const relation = described ?? (await named(collection.name, readRelation(client, collection, tables)));
  if (fingerprintOf(relation, collection) !== options.fingerprint) {
    throw new AppError(
      'target.altered',
      `${relation.title} was changed after the job started: its columns, keys or rules differ. Start a new job`,
    );
  }
  const shape = createWriteShape(relation, options);
  await assertScopeValues(client, shape.scope);
  // A validation stages too what `replace` must know of the whole file: which rows of the target it does not name.
  const isDurable = options.mode === 'replace' || (options.kind === 'import' && options.atomicity === 'all');
  const stagingTable = durableTableName(ledgerSchema, jobId, part);
  const context: WriteContext = {
    shape,
    options,
    ledgerSchema,
    references: await readReferences(client, options, tables),
    durableTable: isDurable ? stagingTable : undefined,
    waitingTable: mayWait({ shape, options }) ? stagingTable : undefined,
  };
  const isStaged = context.durableTable !== undefined || context.waitingTable !== undefined;
  const landed = () => (isFirst ? EMPTY_LEDGER : readSummary(client, ledgerSchema, options));
  const summary = isStaged ? await openStaging(client, context, stagingTable) : await landed();
  if (!isJudgedBefore(context)) return createWriter(sessions, context, summary, client);
  return createLedgerWriter({
    client,
    release: (released) => sessions.release(released),
    ledgerSchema,
    writerOptions: options,
    summary,
    needsRows: false,
    settle: (chunk) => Promise.resolve(judgedOutcome(chunk)),
  });
}

async function readReferences(
  client: pg.Client,
  options: WriterOptions,
  tables: KnownTables,
): Promise<WriterReference[]> {
  const references: WriterReference[] = [];
  for (const reference of options.collection.references) {
    const collection = options.referenced?.[reference.collection];
    if (collection === undefined || reference.link !== undefined) continue;
    const relation = await named(collection.name, readRelation(client, collection, tables));
    const toColumn = collection.fields.find((field) => field.name === reference.toField)?.column;
    if (toColumn === undefined) {
      throw new AppError(
        'target.not_found',
        `Collection ${collection.name} has no field ${reference.toField}, which ${reference.field} refers to`,
      );
    }
    references.push({ ...reference, relation, toColumn });
  }
  return references;
}

export function fingerprintOf(relation: TargetRelation, collection: Collection): string {
  return createHash('sha256')
    .update(JSON.stringify([relation.definition, collection.keyIndex ?? null]))
    .digest('hex');
}

/** Tells errors in the seam's words. */
export async function named<T>(title: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw toTargetError(error, title);
  }
}
