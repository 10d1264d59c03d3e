import type { Pool } from 'pg';

/** Bytes on disk, with indexes and all, for each job that has ended. */
export async function measureSizes(pool: Pool, jobs: number): Promise<Record<string, number>> {
  const found = await pool.query<{ name: string; bytes: string }>(
    `select c.oid::regclass::text as name, pg_total_relation_size(c.oid) as bytes
     from pg_class c where c.relkind = 'r'
       and c.relnamespace in ('waybill'::regnamespace, 'waybill_ledger'::regnamespace)
     order by 2 desc`,
  );
  const perJob = (bytes: number) => Math.round(bytes / jobs);
  const large = found.rows.filter(({ bytes }) => perJob(Number(bytes)) >= 5);
  return {
    'bytes per job': perJob(found.rows.reduce((sum, { bytes }) => sum + Number(bytes), 0)),
    ...Object.fromEntries(
      large.map(({ name, bytes }) => [`… ${name.replace('waybill.', '')}`, perJob(Number(bytes))]),
    ),
  };
}
