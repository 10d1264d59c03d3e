/** What the tests of the PostgreSQL target share: collections in few words, chunks of plain values, whole jobs. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Collection, Field, FieldType } from '../../../src/collections/collection.ts';
import type { Counts } from '../../../src/core/counts.ts';
import type { Issue } from '../../../src/core/issue.ts';
import { migrate, TARGET_MIGRATIONS } from '../../../src/store/migrate.ts';
import { createCopyEncoder } from '../../../src/targets/postgres/copy-encoder.ts';
import {
  createPostgresTarget,
  type PostgresTarget,
} from '../../../src/targets/postgres/create-postgres-target.ts';
import type { Chunk, TargetWriter, WriterOptions } from '../../../src/targets/target.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

export type Row = readonly (string | null | undefined)[];

export const NEVER = new AbortController().signal;

export interface TargetBench {
  readonly database: TestDatabase;
  readonly target: PostgresTarget;
  readonly connection: pg.ClientConfig;
}

export async function createTargetBench(): Promise<TargetBench> {
  const database = await createTestDatabase({ template: 'empty' });
  const connection = { connectionString: database.url };
  const target = createPostgresTarget({
    connection,
    migrateLedger: (client, schema) => migrate(client, { ...TARGET_MIGRATIONS, schema }),
  });
  return { database, target, connection };
}

export function field(name: string, type: FieldType = 'text', rules: Field['rules'] = {}): Field {
  return { name, aliases: [], type, column: name, rules, schema: { isRequired: false, isNullable: true } };
}

/** @param fields `name` or `name:type`. */
export function collectionOf(
  fields: string,
  rest: Partial<Collection> & { table?: string } = {},
): Collection {
  const { table, ...others } = rest;
  return {
    name: table ?? 'things',
    fields: fields.split(' ').map((text) => {
      const [name = '', type = 'text'] = text.split(':');
      return field(name, type as FieldType);
    }),
    key: ['id'],
    scope: [],
    references: [],
    target: table === undefined ? { kind: 'managed' } : { kind: 'table', schema: 'public', table },
    unknownFields: 'ignore',
    transforms: [],
    validators: [],
    ...others,
  };
}

/** Records of a file are numbered through; each takes ten bytes and one line. */
export function chunkOf(rows: readonly Row[], firstRecord = 1, rest: Partial<Chunk> = {}): Chunk {
  const encoder = createCopyEncoder(Math.max(...rows.map((row) => row.length), 0));
  rows.forEach((row, at) => {
    const number = firstRecord + at;
    encoder.append(
      { number, line: number + 1, startByte: number * 10, endByte: number * 10 + 10 },
      false,
      row,
    );
  });
  const lastRecord =
    firstRecord + rows.length - 1 + (rest.rejectedRecords?.length ?? 0) + (rest.skipped ?? 0);
  return {
    firstRecord,
    lastRecord,
    startByte: firstRecord * 10,
    endByte: lastRecord * 10 + 10,
    endLine: lastRecord + 2,
    rowCount: rows.length,
    rows: encoder.take(),
    rejectedRecords: [],
    skipped: 0,
    skippedWarned: 0,
    issues: [],
    ...rest,
  };
}

export type JobOptions = Partial<WriterOptions> & { readonly collection: Collection };

export async function openWriter(target: PostgresTarget, options: JobOptions): Promise<TargetWriter> {
  const { fingerprint } = await target.describe(options.collection);
  return target.openWriter({
    jobId: randomUUID(),
    epoch: 1,
    part: 0,
    kind: 'import',
    mode: 'upsert',
    atomicity: 'chunk',
    fields: options.collection.fields.map(({ name }) => name),
    scope: {},
    fingerprint,
    lockTimeoutMs: 5000,
    effects: false,
    replaceDespiteErrors: false,
    replaceByNothing: false,
    ...options,
  });
}

export interface JobResult {
  readonly counts: Counts;
  readonly issues: readonly Issue[];
}

/** Writes the chunks one after the other, and commits where the job has a final merge. */
export async function runJob(
  target: PostgresTarget,
  options: JobOptions,
  chunks: readonly Chunk[],
): Promise<JobResult> {
  const jobId = options.jobId ?? randomUUID();
  const writer = await openWriter(target, { ...options, jobId });
  try {
    const issues: Issue[] = [];
    for (const chunk of chunks) {
      const outcome = await writer.write(await writer.stage(chunk, NEVER), NEVER);
      issues.push(...outcome.issues);
    }
    const isFinal = options.mode === 'replace' || options.atomicity === 'all' || writer.mayHoldBack === true;
    if (isFinal && options.kind !== 'validation') {
      await writer.commit(NEVER);
      // What the merge has found is only in the ledger.
      for await (const segment of target.issueSegments({
        jobId,
        part: options.part ?? 0,
        afterChunk: chunks.length - 1,
      }))
        issues.push(...segment.issues);
    }
    const counts = await ledgerCounts(target, { ...options, jobId });
    return { counts, issues };
  } finally {
    await writer.close();
  }
}

/** What a writer that opens now reads in the ledger. */
export async function ledgerCounts(
  target: PostgresTarget,
  options: JobOptions & { jobId: string },
): Promise<Counts> {
  const writer = await openWriter(target, { ...options, epoch: (options.epoch ?? 1) + 1 });
  await writer.close();
  return writer.summary.counts;
}

/** Only the counts that are not zero. */
export function nonZero(counts: Counts): Partial<Counts> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

/** All items of a stream, for tests that look at the whole. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
