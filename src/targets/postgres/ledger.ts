/** Reads of the ledger, the only truth about what has landed. */
import type pg from 'pg';
import { type Counts, NO_COUNTS } from '../../core/counts.ts';
import type { Issue } from '../../core/issue.ts';
import type { Chunk, ChunkOutcome, IssueSegment, LedgerSummary, SegmentQuery } from '../target.ts';
import { fenced } from './fence.ts';
import { type Finding, mergeIssues, packIssues, stripIssues, unpackIssues } from './ledger-issues.ts';
import { qualified } from './quote.ts';

/** Number of the final merge's row. */
export const FINAL_CHUNK = -1;
/** The final merge found out last, so its issues are handed out under the greatest number there is; they may be of any record. */
const FINAL_PLACE = 2_147_483_647;
const EVERY_RECORD = { from: 0, to: Number.MAX_SAFE_INTEGER };

type CountTexts = { readonly [K in keyof Counts]: string };

const COUNT_COLUMNS = 'created, updated, unchanged, deleted, skipped, rejected, warned, removed';
const COUNT_SUMS = COUNT_COLUMNS.split(', ')
  .map((column) => `coalesce(sum(${column}), 0)::text as ${column}`)
  .join(', ');

export interface JobPart {
  readonly jobId: string;
  readonly part: number;
}

/** Of a part nothing of which has landed. */
export const EMPTY_LEDGER: LedgerSummary = Object.freeze({
  chunks: 0,
  lastRecord: 0,
  endByte: 0,
  endLine: 1,
  counts: NO_COUNTS,
  issueCount: 0,
  staged: 0,
  isCommitted: false,
});

export async function readSummary(
  client: pg.Client,
  schema: string,
  { jobId, part }: JobPart,
): Promise<LedgerSummary> {
  const result = await client.query<
    CountTexts & {
      chunks: number;
      last: string;
      byte: string;
      line: string;
      issues: string;
      staged: string;
      final: boolean;
    }
  >(
    `select ${COUNT_SUMS}, (coalesce(max(chunk) filter (where chunk >= 0), -1) + 1)::int as chunks, coalesce(max(last_record), 0)::text as last,
       coalesce(max(end_byte), 0)::text as byte, coalesce(max(end_line), 1)::text as line,
       coalesce(sum(issue_count), 0)::text as issues, coalesce(sum(staged), 0)::text as staged,
       coalesce(bool_or(chunk = ${FINAL_CHUNK}), false) as final
     from ${qualified(schema, 'ledger')} where job_id = $1 and part = $2`,
    [jobId, part],
  );
  const row = result.rows[0];
  if (row === undefined) throw new Error('An aggregate always gives a row');
  return {
    chunks: row.chunks,
    lastRecord: Number(row.last),
    endByte: Number(row.byte),
    endLine: Number(row.line),
    counts: toCounts(row),
    issueCount: Number(row.issues),
    staged: Number(row.staged),
    isCommitted: row.final,
  };
}

/** The ledger of several parts, by number. */
export async function readSummaries(
  client: pg.Client,
  schema: string,
  jobId: string,
  parts: readonly number[],
): Promise<ReadonlyMap<number, LedgerSummary>> {
  const summaries = new Map<number, LedgerSummary>();
  for (const part of parts) summaries.set(part, await readSummary(client, schema, { jobId, part }));
  return summaries;
}

interface LedgerRow extends CountTexts {
  readonly chunk: number;
  readonly first_record: string;
  readonly last_record: string;
  readonly issues: Buffer | null;
  readonly found: readonly Finding[] | null;
}

const ROW_COLUMNS = `chunk, first_record, last_record, issues, found, ${COUNT_COLUMNS}`;

/** What became of a chunk that is in the ledger. */
export async function findOutcome(
  client: pg.Client,
  schema: string,
  { jobId, part }: JobPart,
  chunk: number,
): Promise<ChunkOutcome | undefined> {
  const result = await client.query<LedgerRow>(
    `select ${ROW_COLUMNS} from ${qualified(schema, 'ledger')} where job_id = $1 and part = $2 and chunk = $3`,
    [jobId, part, chunk],
  );
  const row = result.rows[0];
  return row && { counts: toCounts(row), issues: issuesOf(row) };
}

/** Chunks with issues in record order, one at a time, so that memory does not grow with their number; the final merge's last. */
export async function* readSegments(
  client: pg.Client,
  schema: string,
  { jobId, part, afterChunk = -1, records = EVERY_RECORD }: SegmentQuery,
): AsyncGenerator<IssueSegment> {
  const select = `select ${ROW_COLUMNS} from ${qualified(schema, 'ledger')} where job_id = $1 and part = $2 and issue_count > 0`;
  for (let after = afterChunk; ; ) {
    const result = await client.query<LedgerRow>(
      `${select} and chunk > $3 and last_record >= $4 and first_record <= $5 order by chunk limit 1`,
      [jobId, part, after, records.from, records.to],
    );
    const row = result.rows[0];
    if (row === undefined) break;
    yield segmentOf(row, row.chunk);
    after = row.chunk;
  }
  if (afterChunk >= FINAL_PLACE) return;
  const final = await client.query<LedgerRow>(`${select} and chunk = ${FINAL_CHUNK}`, [jobId, part]);
  if (final.rows[0] !== undefined) yield segmentOf(final.rows[0], FINAL_PLACE);
}

function segmentOf(row: LedgerRow, chunk: number): IssueSegment {
  const { first_record: first, last_record: last } = row;
  return { chunk, firstRecord: Number(first), lastRecord: Number(last), issues: issuesOf(row) };
}

function issuesOf(row: LedgerRow): readonly Issue[] {
  return mergeIssues(unpackIssues(row.issues), row.found ?? []);
}

export function toCounts(row: { readonly [K in keyof Counts]: string | number }): Counts {
  return {
    created: Number(row.created),
    updated: Number(row.updated),
    unchanged: Number(row.unchanged),
    deleted: Number(row.deleted),
    skipped: Number(row.skipped),
    rejected: Number(row.rejected),
    warned: Number(row.warned),
    removed: Number(row.removed),
  };
}

/**
 * Appends a chunk's row where the records lie elsewhere, while the fence still lets this attempt write. False: it is there already.
 *
 * @throws AppError `target.fenced` when a later attempt has taken over
 */
export async function appendLedger(
  client: pg.Client,
  schema: string,
  entry: JobPart & { epoch: number; number: number; chunk: Chunk; outcome: ChunkOutcome },
): Promise<boolean> {
  const { chunk, outcome, jobId, part, epoch } = entry;
  const { counts } = outcome;
  const result = await client.query<{ fenced: boolean; appended: boolean }>(
    `with fence as (
       select epoch from ${qualified(schema, 'fence')} where job_id = $1 and epoch = $3 for share
     ), appended as (
       insert into ${qualified(schema, 'ledger')} (job_id, part, chunk, epoch, first_record, last_record, start_byte, end_byte,
         end_line, ${COUNT_COLUMNS}, issue_count, issues)
       select $1, $2, $4, $3, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19 from fence
       on conflict (job_id, part, chunk) do nothing
       returning chunk
     )
     select not exists (select from fence) as fenced, exists (select from appended) as appended`,
    [
      jobId,
      part,
      epoch,
      entry.number,
      chunk.firstRecord,
      chunk.lastRecord,
      chunk.startByte,
      chunk.endByte,
      chunk.endLine,
      counts.created,
      counts.updated,
      counts.unchanged,
      counts.deleted,
      counts.skipped,
      counts.rejected,
      counts.warned,
      counts.removed,
      outcome.issues.length,
      packIssues(outcome.issues) ?? null,
    ],
  );
  if (result.rows[0]?.fenced === true) throw fenced({ jobId, epoch });
  return result.rows[0]?.appended === true;
}

/** Takes the records' values out of the job's issues, chunk by chunk: what a crash leaves is done when it is repeated. */
export async function forgetLedgerValues(client: pg.Client, schema: string, jobId: string): Promise<void> {
  const ledger = qualified(schema, 'ledger');
  let after = { part: -1, chunk: 0 };
  for (;;) {
    const result = await client.query<JobPart & Pick<LedgerRow, 'chunk' | 'issues' | 'found'>>(
      `select part, chunk, issues, found from ${ledger}
       where job_id = $1 and (part, chunk) > ($2, $3) and issue_count > 0 order by part, chunk limit 1`,
      [jobId, after.part, after.chunk],
    );
    const row = result.rows[0];
    if (row === undefined) return;
    const { packed, found } = stripIssues(row.issues, row.found);
    await client.query(
      `update ${ledger} set issues = $4, found = $5 where job_id = $1 and part = $2 and chunk = $3`,
      [jobId, row.part, row.chunk, packed, found && JSON.stringify(found)],
    );
    after = row;
  }
}

/** Removes what the ledger has of these jobs. */
export async function forgetLedger(
  client: pg.Client,
  schema: string,
  jobIds: readonly string[],
): Promise<void> {
  await client.query(`delete from ${qualified(schema, 'ledger')} where job_id = any ($1::uuid[])`, [jobIds]);
  await client.query(`delete from ${qualified(schema, 'fence')} where job_id = any ($1::uuid[])`, [jobIds]);
}
