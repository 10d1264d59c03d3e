/**
 * Atomicity `all` and mode `replace`: chunks land in a logged table (an unlogged one is emptied by crash recovery while the
 * ledger says done), and one final transaction merges it.
 */
import type pg from 'pg';
import type { Counts } from '../../core/counts.ts';
import { AppError } from '../../core/errors.ts';
import { finalFunction } from './final-function.ts';
import { readSummary } from './ledger.ts';
import { identifier, qualified } from './quote.ts';
import { stageColumns } from './stage-table.ts';
import type { WriteContext } from './write-context.ts';
import type { WriteShape } from './write-shape.ts';

export function durableTableName(schema: string, jobId: string, part: number): string {
  return qualified(schema, `stage_${jobId.replaceAll('-', '')}_${part}`);
}

export async function createDurableTable(
  client: pg.Client,
  schema: string,
  table: string,
  shape: WriteShape,
): Promise<void> {
  await client.query(
    `create table if not exists ${table} (${stageColumns(shape)}, _wb_rejected boolean not null)`,
  );
  const role = shape.collection.session?.role;
  if (role === undefined) return;
  await client.query(`grant usage on schema ${identifier(schema)} to ${identifier(role)};
    grant select on ${table} to ${identifier(role)}`);
}

/** Drops the staging tables of all parts of a job. */
export async function discardStaging(client: pg.Client, schema: string, jobId: string): Promise<void> {
  const tables = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relkind = 'r' and starts_with(c.relname, $2)`,
    [schema, `stage_${jobId.replaceAll('-', '')}_`],
  );
  for (const { name } of tables.rows) await client.query(`drop table if exists ${qualified(schema, name)}`);
}

/** The final merge, or what the ledger says about it. @throws AppError when nothing may be applied. */
export async function commitPart(client: pg.Client, context: WriteContext): Promise<Counts> {
  const { options, ledgerSchema, durableTable } = context;
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
  assertApplied(context, counts);
  return counts;
}

function assertApplied({ options }: WriteContext, counts: Counts): void {
  if (counts.rejected === 0) return;
  const details = { rejected: counts.rejected };
  if (options.atomicity === 'all') {
    throw new AppError(
      'job.not_all_accepted',
      `Nothing was applied: ${counts.rejected} records were rejected, and atomicity all needs every record`,
      { details },
    );
  }
  if (options.mode === 'replace' && !options.replaceDespiteErrors) {
    throw new AppError(
      'job.replace_refused',
      `Nothing was replaced: ${counts.rejected} records were rejected; correct them, or allow it with replaceDespiteErrors`,
      { details },
    );
  }
}
