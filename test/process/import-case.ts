/**
 * One import on tables that are alike, undisturbed and disturbed: what the tests of crashes compare. Rows exist in part before the
 * import, some rows are in no record, and (with `hasSecondUnique`) some hold values that records of the file want.
 */
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import type { Pool } from 'pg';
import type { ImportMode, ImportOptions } from '../../src/core/job.ts';
import type { Client } from '../../src/sdk/client.ts';
import type { WireIssue, WireJob } from '../../src/sdk/wire.ts';
import { PEOPLE_COLUMNS, PEOPLE_FIELDS, PEOPLE_SCHEMA } from '../support/generate.ts';
import { waitUntil } from '../support/wait-until.ts';

export interface ImportCase {
  readonly options: Partial<ImportOptions> & { readonly mode: ImportMode };
  /** A unique index on `code` beside the key. */
  readonly hasSecondUnique?: boolean;
}

/** What an import leaves. */
export interface Outcome {
  readonly rows: string;
  readonly results: WireJob['results'];
  readonly outcomes: WireJob['outcomes'];
  readonly state: WireJob['state'];
  readonly issues: readonly WireIssue[];
}

/** Rows that exist before: most of what is updated or deleted, a few where they are in the way, else a third. */
const EXISTING: Readonly<Record<ImportMode, string>> = {
  insert: 'i % 50 = 0',
  update: 'i % 50 <> 0',
  upsert: 'i % 3 = 0',
  delete: 'i % 50 <> 0',
  replace: 'i % 3 = 0',
};

/** Makes `schema.people`: in a schema of its own, so that names of indexes are the same in every run. */
export async function createPeopleTable(
  pool: Pool,
  schema: string,
  { options, hasSecondUnique = false, records }: ImportCase & { records: number },
): Promise<void> {
  const others = PEOPLE_FIELDS.slice(2, -1).map(() => 'null');
  await pool.query(`
    create schema ${schema};
    create table ${schema}.people (${PEOPLE_COLUMNS}, primary key (id));
    ${hasSecondUnique ? `create unique index people_code on ${schema}.people (code);` : ''}
    insert into ${schema}.people select i, 'old-' || i, ${others.join(', ')}, 'was there'
      from generate_series(1, ${records}) i where ${EXISTING[options.mode]};
    -- In no record of the file; their codes are in some.
    insert into ${schema}.people select ${records} + i, 'C-' || lpad((i * ${Math.floor(records / 25)} + 1)::text, 8, '0'),
      ${others.join(', ')}, 'not in the file' from generate_series(1, 20) i;
    analyze ${schema}.people`);
}

/** A collection with the schema's name, on its table. */
export async function bindCollection(client: Client, name: string): Promise<void> {
  await client.applyCollection(name, {
    name,
    key: ['id'],
    schema: PEOPLE_SCHEMA,
    target: { table: `${name}.people` },
  });
}

export async function uploadFile(client: Client, path: string): Promise<string> {
  return (await client.upload(createReadStream(path), 'people.csv')).id;
}

export async function startImport(
  client: Client,
  collection: string,
  upload: string,
  options: Partial<ImportOptions>,
): Promise<WireJob> {
  return client.startJob('import', { collection, source: { upload }, ...options });
}

/** Long after what a machine needs that does several things besides: no test is about it. */
export const END_LIMIT_MS = 60_000;
const FINAL = ['succeeded', 'failed', 'cancelled'];

/** Waits for the end of the job. The server may be away meanwhile: the job's row is read in the database. */
export async function waitForEnd(pool: Pool, jobId: string, limitMs = END_LIMIT_MS): Promise<void> {
  await waitForState(pool, jobId, FINAL, limitMs);
}

export async function waitForState(
  pool: Pool,
  jobId: string,
  states: readonly string[],
  limitMs = END_LIMIT_MS,
): Promise<void> {
  await waitUntil(
    `job is ${states.join(' or ')}`,
    async () => states.includes((await readJob(pool, jobId)).state),
    limitMs,
  );
}

/** Waits until the ledger has at least this record, or the job has ended. */
export async function waitForRecord(pool: Pool, jobId: string, record: number): Promise<void> {
  await waitUntil(
    `record ${record} is in the ledger`,
    async () =>
      (await lastRecord(pool, jobId)) >= record || FINAL.includes((await readJob(pool, jobId)).state),
    END_LIMIT_MS,
  );
}

export async function lastRecord(pool: Pool, jobId: string): Promise<number> {
  const result = await pool.query<{ last: number }>(
    'select coalesce(max(last_record), 0) as last from waybill_ledger.ledger where job_id = $1',
    [jobId],
  );
  return Number(result.rows[0]?.last);
}

export interface JobRow {
  readonly state: string;
  readonly epoch: number;
  readonly crashes: number;
}

export async function readJob(pool: Pool, jobId: string): Promise<JobRow> {
  const result = await pool.query<JobRow>('select state, epoch, crashes from waybill.jobs where id = $1', [
    jobId,
  ]);
  const [row] = result.rows;
  assert.ok(row, `job ${jobId} is there`);
  return row;
}

/** What the import left, after checks of what holds for every job that has ended. */
export async function outcomeOf(client: Client, pool: Pool, jobId: string, schema: string): Promise<Outcome> {
  const job = await client.getJob(jobId);
  assertSums(job);
  await assertLedgerIsWhole(pool, job);
  return {
    rows: await digestOf(pool, schema),
    results: job.results,
    outcomes: job.outcomes,
    state: job.state,
    issues: await listAllIssues(client, jobId),
  };
}

/** Every processed record has exactly one outcome. */
export function assertSums(job: WireJob): void {
  const { created, updated, unchanged, deleted, skipped, rejected } = job.outcomes;
  const { successful, warnings, errors } = job.results;
  const accepted = created + updated + unchanged + deleted + skipped;
  assert.equal(successful + warnings, accepted);
  assert.equal(errors, rejected);
  assert.equal(job.progress.processed, accepted + rejected);
  if (job.state === 'succeeded') {
    assert.equal(job.progress.processed, job.progress.total);
    assert.equal(job.progress.percentage, 100);
  }
}

/** Chunks follow one another without gap and overlap, by record and by byte, and their sums are the job's counts. */
async function assertLedgerIsWhole(pool: Pool, job: WireJob): Promise<void> {
  const gaps = await pool.query(
    `select chunk from (
       select chunk, first_record, start_byte, epoch,
         lag(last_record, 1, 0) over w as before, lag(end_byte) over w as end_before, lag(epoch, 1, 0) over w as epoch_before
       from waybill_ledger.ledger where job_id = $1 and chunk >= 0 window w as (order by chunk)
     ) l where first_record <> before + 1 or start_byte <> end_before or epoch < epoch_before`,
    [job.id],
  );
  assert.deepEqual(gaps.rows, []);
  const sums = await pool.query(
    `select coalesce(sum(created), 0)::int as created, coalesce(sum(updated), 0)::int as updated,
       coalesce(sum(unchanged), 0)::int as unchanged, coalesce(sum(deleted), 0)::int as deleted,
       coalesce(sum(skipped), 0)::int as skipped, coalesce(sum(rejected), 0)::int as rejected,
       coalesce(sum(removed), 0)::int as removed
     from waybill_ledger.ledger where job_id = $1`,
    [job.id],
  );
  assert.deepEqual(sums.rows[0], job.outcomes);
}

/** A digest of all rows in the order of the key. */
async function digestOf(pool: Pool, schema: string): Promise<string> {
  const result = await pool.query<{ digest: string }>(
    `select count(*) || ' rows ' || md5(string_agg(md5(t::text), '' order by id)) as digest from ${schema}.people t`,
  );
  return result.rows[0]?.digest ?? 'no rows';
}

async function listAllIssues(client: Client, jobId: string): Promise<WireIssue[]> {
  const all: WireIssue[] = [];
  let after: string | undefined;
  do {
    const page = await client.listIssues(jobId, { limit: 500, ...(after !== undefined && { after }) });
    all.push(...page.issues);
    after = page.next;
  } while (after !== undefined);
  return all;
}

/** @throws AssertionError that shows the first rows that differ */
export async function assertSameOutcome(
  pool: Pool,
  actual: Outcome & { schema: string },
  expected: Outcome & { schema: string },
): Promise<void> {
  const { issues: actualIssues, rows: actualRows, schema: actualSchema, ...actualCounts } = actual;
  const { issues: expectedIssues, rows: expectedRows, schema: expectedSchema, ...expectedCounts } = expected;
  assert.deepEqual(actualCounts, expectedCounts);
  if (actualRows !== expectedRows) {
    const differing = (one: string, other: string) =>
      pool.query(
        `select id, code, note from (table ${one}.people except table ${other}.people) d order by id limit 5`,
      );
    const extra = (await differing(actualSchema, expectedSchema)).rows as unknown[];
    const missing = (await differing(expectedSchema, actualSchema)).rows as unknown[];
    assert.fail(`the tables differ: ${JSON.stringify({ extra, missing, actualRows, expectedRows })}`);
  }
  assert.equal(actualIssues.length, expectedIssues.length);
  // One by one, so that a failure shows one issue and not a thousand.
  for (const [index, issue] of actualIssues.entries()) assert.deepEqual(issue, expectedIssues[index]);
}
