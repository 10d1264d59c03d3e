/** What jobs have to tell. Notifications are made where jobs move (`jobs/move-job.ts`); here they are claimed and recorded. */
import type { NotificationEvent, NotificationState, NotifyRequest } from '../core/notification.ts';
import type { Queryable } from './database.ts';

export interface ClaimedNotification {
  readonly id: string;
  readonly jobId: string;
  readonly event: NotificationEvent;
  /** Tries before this one. */
  readonly attempts: number;
  readonly notify: NotifyRequest;
}

/**
 * Takes notifications that are due, oldest first, for a try that ends within `leaseMs`: until then nobody else takes them.
 * Those of deleted jobs are told to nobody.
 */
export async function claimNotifications(
  db: Queryable,
  { limit, leaseMs }: { readonly limit: number; readonly leaseMs: number },
): Promise<ClaimedNotification[]> {
  const result = await db.query<{
    id: string;
    job_id: string;
    event: NotificationEvent;
    attempts: number;
    notify: NotifyRequest;
  }>(
    `with due as (
       select n.id, j.notify from waybill.notifications n
       join waybill.jobs j on j.id = n.job_id and j.deleted_at is null
       where n.state = 'pending' and n.next_at <= clock_timestamp()
       order by n.next_at
       limit $1
       for update of n skip locked
     )
     update waybill.notifications n set next_at = clock_timestamp() + $2::float8 * interval '1 millisecond'
     from due where n.id = due.id
     returning n.id, n.job_id, n.event, n.attempts, due.notify`,
    [limit, leaseMs],
  );
  return result.rows.map(({ job_id, ...row }) => ({ ...row, jobId: job_id }));
}

type Try = Pick<ClaimedNotification, 'id' | 'attempts'>;

/**
 * Records how a try ended: without a failure the notification is sent; with one it is tried again, or given up after its last retry.
 *
 * @returns its state, or undefined when somebody else has recorded a try meanwhile: this one took longer than its lease
 */
export async function recordTry(
  db: Queryable,
  { id, attempts, failure }: Try & { readonly failure?: string },
): Promise<NotificationState | undefined> {
  const result = await db.query<{ state: NotificationState }>(
    `with held as (
       -- The job first, as whoever deletes it does.
       select j.id, j.notify from waybill.jobs j
       where j.id = (select job_id from waybill.notifications where id = $1)
       for no key update
     ), ended as (
       select held.id as job_id, held.notify, case when $3::text is null then 'sent'
         when $2::integer >= (held.notify ->> 'retries')::integer then 'given_up' else 'pending' end as state
       from held
     ), recorded as (
       update waybill.notifications n set
         attempts = n.attempts + 1,
         state = e.state,
         last_error = $3,
         next_at = case when e.state = 'pending'
           then clock_timestamp() + (e.notify ->> 'everyMs')::float8 * interval '1 millisecond' end,
         ended_at = case when e.state <> 'pending' then clock_timestamp() end
       from ended e
       where n.id = $1 and n.state = 'pending' and n.attempts = $2
       returning n.job_id, n.state
     ), shown as (
       -- A job is shown with its notification.
       update waybill.jobs j set version = j.version + 1, updated_at = clock_timestamp()
       from recorded r where j.id = r.job_id
     )
     select state from recorded`,
    [id, attempts, failure ?? null],
  );
  return result.rows[0]?.state;
}

/** Gives back a notification whose try was broken off by ourselves: it counts for nothing, and somebody else may try at once. */
export async function releaseNotification(db: Queryable, { id, attempts }: Try): Promise<void> {
  await db.query(
    `update waybill.notifications set next_at = clock_timestamp()
     where id = $1 and state = 'pending' and attempts = $2`,
    [id, attempts],
  );
}
