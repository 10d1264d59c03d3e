/** PostgreSQL as a target: everything behind the seam, wired. */
import type pg from 'pg';
import type { Collection } from '../../collections/collection.ts';
import { isAppError } from '../../core/errors.ts';
import type { IssueSegment, Target, TargetFacts } from '../target.ts';
import { type KnownTables, readRelation } from './catalogue.ts';
import { type SessionLimits, withConnection } from './connection.ts';
import { discardStaging } from './durable-staging.ts';
import { fenceOff } from './fence.ts';
import { withInterruptible } from './interrupt.ts';
import { findKeyIndex } from './key-match.ts';
import { forgetLedger, forgetLedgerValues, readSegments, readSummaries } from './ledger.ts';
import { type FindCollection, isPlainLink, linkedFacts } from './links.ts';
import { applySteps, planDrop, planManagedTable, type TableStep } from './managed-table.ts';
import { type Described, fingerprintOf, named, openWriter } from './open-writer.ts';
import { describeSelfReferences } from './self-references.ts';
import { settleSequences } from './sequences.ts';
import { createSessions } from './sessions.ts';
import { openSnapshot } from './snapshot.ts';
import { toAnswer } from './sql-errors.ts';
import { findColumn, type IndexPart, type TargetRelation } from './table.ts';
import { secondaryUniques } from './unique-probe.ts';
import { findWait } from './wait.ts';

/** Limits of what the API asks a target: whoever asks waits for it, and it must not keep a server from stopping. */
export const ASKED_LIMITS = {
  lockTimeoutMs: 2000,
  statementTimeoutMs: 30_000,
} as const satisfies SessionLimits;

export interface PostgresTargetOptions {
  /** How to reach the database; a direct connection, not one through a transaction-mode pooler. */
  readonly connection: pg.ClientConfig;
  /** How long a statement of a job may take. Default, and with 0: as long as it likes. */
  readonly statementTimeoutMs?: number;
  /** Schema of managed tables. Default `waybill_data`. */
  readonly managedSchema?: string;
  /** Schema of ledger, fence and staging. Default `waybill_ledger`. */
  readonly ledgerSchema?: string;
  /** Applies the migrations of `migrations/target` to `schema`; the store's `migrate` does, and targets may not import it. */
  readonly migrateLedger: (client: pg.Client, schema: string) => Promise<unknown>;
  /** Finds collections that others refer to by natural key; the store knows them, and targets may not import it. */
  readonly findCollection?: FindCollection;
}

/** A target, and what only PostgreSQL has: tables that Waybill makes itself. */
export interface PostgresTarget extends Target {
  /** Creates or upgrades the target-side tables; `openWriter` does it too. Safe to run at the same time anywhere. */
  ensureLedger(): Promise<void>;
  /** The statements that would make the managed table what the collection says; empty for bound collections. */
  planManagedTable(collection: Collection): Promise<readonly TableStep[]>;
  /** Plans and runs. @throws AppError `collection.destructive_change` unless `allowDestructive`. */
  applyManagedTable(
    collection: Collection,
    options?: { readonly allowDestructive?: boolean },
  ): Promise<readonly TableStep[]>;
  /** Drops the table of a managed collection; a bound table is never touched. */
  dropManagedTable(collection: Collection): Promise<readonly TableStep[]>;
}

export function createPostgresTarget(given: PostgresTargetOptions): PostgresTarget {
  const settings = { managedSchema: 'waybill_data', ledgerSchema: 'waybill_ledger', ...given };
  const { connection, managedSchema, ledgerSchema } = settings;
  const tables: KnownTables = { managedSchema, findCollection: given.findCollection };
  const sessions = createSessions(connection, settings.statementTimeoutMs);
  const described: Described = new WeakMap();
  let ledgerReady: Promise<unknown> | undefined;

  async function ready(): Promise<void> {
    // Others that are at it at the same moment are waited for.
    ledgerReady ??= withConnection(connection, (client) => settings.migrateLedger(client, ledgerSchema), {
      lockTimeoutMs: 0,
    });
    try {
      await ledgerReady;
    } catch (error) {
      ledgerReady = undefined;
      throw error;
    }
  }

  async function plan(client: pg.Client, collection: Collection): Promise<readonly TableStep[]> {
    if (collection.target.kind !== 'managed') return [];
    const bare = { ...collection, fields: [], scope: [], references: [] };
    const current = await readRelation(client, bare, tables).catch((error: unknown) => {
      if (isAppError(error, 'target.not_found')) return undefined;
      throw error;
    });
    return planManagedTable(collection, current, managedSchema);
  }

  /** Work that somebody waits for at a connection to the API: bounded, and an answer in every case. */
  async function asked<T>(title: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    return withConnection(connection, work, ASKED_LIMITS).catch((error: unknown) => {
      throw toAnswer(error, title);
    });
  }

  return {
    capabilities: { isExactlyOnce: true, canJudge: true, canStage: true, canExport: true },
    ensureLedger: ready,
    planManagedTable: (collection) => asked(collection.name, (client) => plan(client, collection)),
    applyManagedTable: (collection, options = {}) =>
      asked(collection.name, async (client) => {
        const steps = await plan(client, collection);
        const allowDestructive = options.allowDestructive ?? false;
        await named(collection.name, applySteps(client, collection, steps, { allowDestructive }));
        return steps;
      }),
    dropManagedTable: (collection) =>
      asked(collection.name, async (client) => {
        const steps = planDrop(collection, managedSchema);
        await applySteps(client, collection, steps, { allowDestructive: true });
        return steps;
      }),
    describe(collection, call) {
      const read = async (client: pg.Client) => {
        const at = performance.now();
        const relation = await named(collection.name, readRelation(client, collection, tables));
        if (call !== undefined) described.set(collection, { relation, at });
        return describeRelation(relation, collection);
      };
      if (call === undefined) return asked(collection.name, read);
      return withInterruptible(sessions, { name: call, signal: call.signal }, read);
    },
    async openWriter(options, signal) {
      await ready();
      return openWriter({ tables, ledgerSchema, sessions, described }, options, signal);
    },
    openSnapshot: (options) => openSnapshot(sessions, tables, options),
    findWait: (attempt) => withConnection(connection, (client) => findWait(client, attempt)),
    async count(collection, scope) {
      // No job: a session of its own, which nobody ends.
      const nobody = { jobId: '00000000-0000-0000-0000-000000000000', epoch: 0 };
      const snapshot = await openSnapshot(
        sessions,
        tables,
        { collection, scope, options: {}, ...nobody },
        ASKED_LIMITS,
      ).catch((error: unknown) => {
        throw toAnswer(error, collection.name);
      });
      await snapshot.close();
      return snapshot.total;
    },
    settleSequences: (wanted, call) => settleSequences(sessions, tables, wanted, call),
    async *issueSegments(query): AsyncGenerator<IssueSegment> {
      await ready();
      const client = await sessions.open();
      try {
        yield* readSegments(client, ledgerSchema, query);
      } finally {
        await sessions.release(client);
      }
    },
    async endAttempt({ parts, discard, ...attempt }) {
      await ready();
      return withConnection(connection, async (client) => {
        await fenceOff(client, ledgerSchema, attempt);
        if (discard) await discardStaging(client, ledgerSchema, [attempt.jobId]);
        return readSummaries(client, ledgerSchema, attempt.jobId, parts);
      });
    },
    async forgetValues(jobId) {
      await ready();
      await withConnection(connection, (client) => forgetLedgerValues(client, ledgerSchema, jobId));
    },
    async forget(jobIds) {
      await ready();
      await withConnection(connection, async (client) => {
        await discardStaging(client, ledgerSchema, jobIds);
        await forgetLedger(client, ledgerSchema, jobIds);
      });
    },
    close: () => sessions.close(),
  };
}

function describeRelation(relation: TargetRelation, collection: Collection): TargetFacts {
  const key = hasKeyIndex(relation, collection) ? findKeyIndex(relation, collection) : undefined;
  return {
    columns: collection.fields.flatMap(
      (field) => linkedFacts(relation.links, field) ?? findColumn(relation, field.column) ?? [],
    ),
    keyColumns: key?.parts.flatMap(({ column }) => column ?? []) ?? [],
    keyIsComputed: key?.parts.some((part) => !isPlainPart(part, relation)) ?? false,
    isWritable: relation.isInsertable,
    secondaryUniques: secondaryUniques(relation.uniques, key).map((unique) => unique.name),
    exclusions: relation.exclusions.map((rule) => rule.name),
    selfReferences: describeSelfReferences(
      relation,
      (column) => collection.fields.find((field) => field.column === column)?.name,
    ),
    fingerprint: fingerprintOf(relation, collection),
  };
}

/** Which keys are the same can be told by their texts. */
function isPlainPart(part: IndexPart, relation: TargetRelation): boolean {
  const link = relation.links.find((candidate) => candidate.column.column === part.column);
  if (link !== undefined) return isPlainLink(link);
  const column = part.column === undefined ? undefined : findColumn(relation, part.column);
  return part.isPlain && column !== undefined && column.isPlain;
}

/** A view or query has none and can be exported all the same; the writer is who insists. */
function hasKeyIndex(relation: TargetRelation, collection: Collection): boolean {
  try {
    return findKeyIndex(relation, collection) !== undefined;
  } catch (error) {
    if (isAppError(error, 'target.unsupported')) return false;
    throw error;
  }
}
