/**
 * Atomicity `all` and mode `replace`: chunks land in a logged table (an unlogged one is emptied by crash recovery while the
 * ledger says done), and one final transaction merges it.
 */
import type pg from 'pg';
import { amountOf } from '../../core/amount.ts';
import type { Counts } from '../../core/counts.ts';
import { AppError } from '../../core/errors.ts';
import type { LedgerSummary, WriterOptions } from '../target.ts';
import { fenced } from './fence.ts';
import { doomedRows, finalFunction } from './final-function.ts';
import { readSummary } from './ledger.ts';
import { identifier, qualified } from './quote.ts';
import { withSession } from './session-settings.ts';
import { durableColumns } from './wide-rows.ts';
import type { WriteContext } from './write-context.ts';
import type { WriteShape } from './write-shape.ts';

export function durableTableName(schema: string, jobId: string, part: number): string {
  return qualified(schema, `stage_${jobId.replaceAll('-', '')}_${part}`);
}

async function createDurableTable(
  client: pg.Client,
  schema: string,
  table: string,
  shape: WriteShape,
): Promise<void> {
  await client.query(`create table if not exists ${table} (${durableColumns(shape)})`);
  const role = shape.collection.session?.role;
  if (role === undefined) return;
  await client.query(`grant usage on schema ${identifier(schema)} to ${identifier(role)};
    grant select on ${table} to ${identifier(role)}`);
}

/**
 * The ledger of a part that is staged, and its table. Where the table is gone (`discard`) the ledger vouches for rows that lie
 * nowhere: it is emptied, and the part begins anew. Otherwise a retry would merge what comes later alone, and `replace`
 * would delete the rest.
 */
export async function openStaging(
  client: pg.Client,
  context: WriteContext,
  table: string,
): Promise<LedgerSummary> {
  const { options, shape, ledgerSchema } = context;
  const summary = await readSummary(client, ledgerSchema, options);
  if (summary.isCommitted && refusalOf(options, summary.counts) === undefined) return summary;
  const found = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [
    table,
  ]);
  if (found.rows[0]?.exists) return summary;
  // Nothing of a job that writes chunk by chunk is lost with a table that nobody waited in.
  if (context.durableTable !== undefined || summary.staged > 0)
    await forgetPart(client, ledgerSchema, options);
  await createDurableTable(client, ledgerSchema, table, shape);
  return readSummary(client, ledgerSchema, options);
}

/** Under the fence: an attempt that stalled here must not take a successor's rows out of the ledger. @throws `target.fenced` */
async function forgetPart(
  client: pg.Client,
  schema: string,
  { jobId, part, epoch }: Pick<WriterOptions, 'jobId' | 'part' | 'epoch'>,
): Promise<void> {
  const result = await client.query<{ holds: boolean }>(
    `with fence as (
       select from ${qualified(schema, 'fence')} where job_id = $1 and epoch = $3 for share
     ), gone as (
       delete from ${qualified(schema, 'ledger')} where job_id = $1 and part = $2 and exists (select from fence)
     )
     select exists (select from fence) as holds`,
    [jobId, part, epoch],
  );
  if (result.rows[0]?.holds !== true) throw fenced({ jobId, epoch });
}

/** Drops the staging tables of all parts of a job. */
export async function discardStaging(
  client: pg.Client,
  schema: string,
  jobIds: readonly string[],
): Promise<void> {
  const tables = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind = 'r' and substring(c.relname from '^stage_([0-9a-f]{32})_') = any ($2::text[])`,
    [schema, jobIds.map((id) => id.replaceAll('-', ''))],
  );
  for (const { name } of tables.rows) await client.query(`drop table if exists ${qualified(schema, name)}`);
}

/** The final merge, or what the ledger says about it. @throws AppError when nothing may be applied. */
export async function commitPart(client: pg.Client, context: WriteContext): Promise<Counts> {
  const { options, ledgerSchema } = context;
  const durableTable = context.durableTable ?? context.waitingTable;
  if (durableTable === undefined)
    throw new Error('This job writes chunk by chunk; there is nothing to commit');
  const before = await readSummary(client, ledgerSchema, options);
  if (!before.isCommitted) {
    // The planner knows nothing of a table that was just filled, and here it is free to join as it likes.
    await client.query(`analyze ${durableTable}`);
    await client.query(finalFunction(context, durableTable));
    await client.query(`select pg_temp._wb_commit()`);
  }
  const { counts } = before.isCommitted ? before : await readSummary(client, ledgerSchema, options);
  const refusal = refusalOf(options, counts);
  if (refusal !== undefined) throw refusal;
  return counts;
}

/** Rows that `replace` would have deleted and that are still there: only triggers and policies can keep one without an error. */
export async function countKept(client: pg.Client, context: WriteContext): Promise<number> {
  const { durableTable, options, shape } = context;
  const { hasRewritingTriggers, hasRowSecurity } = shape.relation;
  if (durableTable === undefined || options.mode !== 'replace' || !(hasRewritingTriggers || hasRowSecurity))
    return 0;
  return withSession(client, shape.collection.session, async () => {
    const { rows } = await client.query<{ kept: string }>(
      `select count(*)::text as kept from ${doomedRows(context, durableTable)}`,
    );
    return Number(rows[0]?.kept ?? 0);
  });
}

/** Why a merge with these counts was not applied; undefined: it was. */
function refusalOf(options: WriterOptions, { rejected }: Counts): AppError | undefined {
  if (rejected === 0) return undefined;
  const details = { rejected };
  const wereRejected = `${amountOf(rejected, 'record')} ${rejected === 1 ? 'was' : 'were'} rejected`;
  if (options.atomicity === 'all') {
    return new AppError(
      'job.not_all_accepted',
      `${wereRejected}, so nothing was written (atomicity: all). Correct them and send the whole file again.`,
      { details },
    );
  }
  if (options.mode === 'replace' && !options.replaceDespiteErrors) {
    return new AppError(
      'job.replace_refused',
      `Nothing was replaced: ${wereRejected}. Correct them and send the whole file again, or allow it with replaceDespiteErrors.`,
      { details },
    );
  }
  return undefined;
}
