/** What is known of the logs that jobs keep at places. */
import type { Queryable } from './database.ts';

/**
 * Ended jobs whose log does not say so: nobody held them when they ended, or their worker died before it wrote it. Given to whoever holds them
 * for five seconds, and for a day to a place that is away.
 */
export async function findOpenLogs(db: Queryable, limit: number): Promise<{ id: string }[]> {
  const result = await db.query<{ id: string }>(
    `select id from waybill.jobs
     where log is not null and finished_at is not null and log_ended_at is null and epoch > 0 and deleted_at is null
       and finished_at between statement_timestamp() - interval '1 day' and statement_timestamp() - interval '5 seconds'
     order by finished_at limit $1`,
    [limit],
  );
  return result.rows;
}

/** The log has the end of the job. */
export async function markLogEnded(db: Queryable, jobId: string): Promise<void> {
  await db.query(
    'update waybill.jobs set log_ended_at = clock_timestamp() where id = $1 and finished_at is not null',
    [jobId],
  );
}

/** Says in the timeline that the log cannot be written; once for each attempt. */
export async function noteLogTrouble(
  db: Queryable,
  job: { readonly id: string; readonly epoch: number },
  message: string,
): Promise<void> {
  await db.query(
    `insert into waybill.timeline (job_id, event, epoch, detail)
     select id, 'log_not_written', $2, jsonb_build_object('message', $3::text) from waybill.jobs
     where id = $1 and not exists (
       select from waybill.timeline t where t.job_id = $1 and t.epoch = $2 and t.event = 'log_not_written')`,
    [job.id, job.epoch, message],
  );
}
