/** What the sweeper looks for, once a second. */
import type { Queryable } from './database.ts';

/** Scheduled jobs whose time has come. */
export async function findDueScheduledJobs(db: Queryable): Promise<{ id: string }[]> {
  const result = await db.query<{ id: string }>(
    `select id from waybill.jobs where state = 'scheduled' and start_at <= clock_timestamp() order by start_at limit 100`,
  );
  return result.rows;
}

/** Jobs whose stop time has come and that have not finished. */
export async function findJobsToStop(db: Queryable): Promise<{ id: string }[]> {
  const result = await db.query<{ id: string }>(
    `select id from waybill.jobs
     where state in ('scheduled', 'queued', 'running', 'pausing', 'paused') and stop_at <= clock_timestamp() limit 100`,
  );
  return result.rows;
}

/** Queued jobs that could be claimed now, most urgent first. */
export async function findClaimableJobs(
  db: Queryable,
  limit = 50,
): Promise<{ id: string; priority: number }[]> {
  const result = await db.query<{ id: string; priority: number }>(
    `select j.id, j.priority from waybill.jobs j
     where j.state = 'queued' and (j.not_before is null or j.not_before <= clock_timestamp())
       and not exists (
         select from waybill.jobs o
         where o.exclusive_key = j.exclusive_key and o.id <> j.id
           and (o.state in ('running', 'pausing', 'cancelling')
             or o.state = 'queued' and (o.priority > j.priority or o.priority = j.priority and o.number < j.number)))
     order by j.priority desc, j.number limit $1`,
    [limit],
  );
  return result.rows;
}
