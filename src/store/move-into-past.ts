import type { Pool } from 'pg';
import { inTransaction } from './database.ts';

/** Leases belong to processes, and those live now; figures follow the jobs. */
const OF_THE_PRESENT = ['workers', 'figures', 'figure_changes'];

/**
 * Makes everything that is recorded so much older, as if that time had passed: what is due then is due now, what expires then has expired.
 * The columns come from the catalogue, so that none is forgotten. For databases that are thrown away.
 *
 * @param jobId only what belongs to this job
 * @returns the jobs that have changed
 */
export function moveIntoPast(
  pool: Pool,
  ms: number,
  jobId?: string,
): Promise<{ id: string; version: number }[]> {
  return inTransaction(pool, async (db) => {
    const tables = await db.query<{ update: string }>(
      `select format('update %I.%I set %s where $2::uuid is null', t.table_schema, t.table_name, t.assignments)
                || coalesce(' or ' || quote_ident(t.of_job) || ' = $2', '') as update
       from (
         select c.table_schema, c.table_name,
           string_agg(format('%1$I = %1$I - make_interval(secs => $1::float8 / 1000)', c.column_name), ', ')
             filter (where c.data_type = 'timestamp with time zone') as assignments,
           min(c.column_name) filter (where c.column_name = case c.table_name when 'jobs' then 'id' else 'job_id' end) as of_job
         from information_schema.columns c
         where c.table_schema in ('waybill', 'waybill_ledger') and c.table_name <> all ($1)
         group by c.table_schema, c.table_name
       ) t
       where t.assignments is not null
       -- Jobs first, as whoever moves one does it.
       order by t.table_name <> 'jobs', t.table_schema, t.table_name`,
      [OF_THE_PRESENT],
    );
    for (const { update } of tables.rows) await db.query(update, [ms, jobId ?? null]);
    const moved = await db.query<{ id: string; version: string }>(
      `update waybill.jobs set version = version + 1 where $1::uuid is null or id = $1 returning id, version`,
      [jobId ?? null],
    );
    return moved.rows.map(({ id, version }) => ({ id, version: Number(version) }));
  });
}
