/** What a worker writes down of a delivery. Every statement names the epoch: an attempt that was overtaken changes nothing. */
import type { Queryable } from './database.ts';

interface Held {
  readonly jobId: string;
  readonly epoch: number;
}

export interface DeliveryTry {
  /** From 1. */
  readonly attempt: number;
  /** Since the result was complete, or the delivery was retried by a person. */
  readonly elapsedMs: number;
}

/** Counts a try. Undefined: a later attempt holds the job. */
export async function beginDeliveryTry(db: Queryable, held: Held): Promise<DeliveryTry | undefined> {
  const result = await db.query<{ attempt: number; elapsed_ms: number }>(
    `update waybill.jobs set delivery_attempts = delivery_attempts + 1, version = version + 1, updated_at = clock_timestamp()
     where id = $1 and epoch = $2 and state = 'delivering'
     returning delivery_attempts as attempt,
       (extract(epoch from clock_timestamp() - delivery_started_at) * 1000)::float8 as elapsed_ms`,
    [held.jobId, held.epoch],
  );
  const row = result.rows[0];
  return row && { attempt: row.attempt, elapsedMs: row.elapsed_ms };
}

/** Keeps what a try failed with, for those who ask. */
export async function noteDeliveryError(db: Queryable, held: Held, message: string): Promise<void> {
  await db.query(
    `update waybill.jobs set delivery_error = $3, version = version + 1, updated_at = clock_timestamp()
     where id = $1 and epoch = $2`,
    [held.jobId, held.epoch, message],
  );
}

/** The receipt of one file: from here on it is not carried again. */
export async function recordDelivered(
  db: Queryable,
  held: Held,
  delivered: { readonly artifactId: string; readonly address: string },
): Promise<void> {
  await db.query(
    `update waybill.artifacts a set delivered_at = clock_timestamp(), delivered_to = $4
     from waybill.jobs j where j.id = $1 and j.epoch = $2 and a.job_id = j.id and a.id = $3`,
    [held.jobId, held.epoch, delivered.artifactId, delivered.address],
  );
}

/** Whether the job's result is complete and still there, so that only its delivery need be made. */
export async function hasResultToDeliver(db: Queryable, jobId: string): Promise<boolean> {
  const result = await db.query(
    `select from waybill.jobs j
     where j.id = $1 and j.delivery_started_at is not null
       and exists (select from waybill.artifacts a where a.job_id = j.id and a.kind = 'result')
       and not exists (
         select from waybill.artifacts a where a.job_id = j.id and a.kind = 'result' and a.deleted_at is not null)`,
    [jobId],
  );
  return result.rowCount === 1;
}
