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
  /** Scheme, host and port. */
  readonly receiver: string;
}

/** Receivers of one statement. Each costs two looks into an index; who comes after them is found by the next one. */
const MAX_RECEIVERS = 2_000;

export interface DueReceivers {
  readonly receivers: readonly string[];
  /** The database's clock, as text: a `Date` would be up to a millisecond earlier. */
  readonly at: string;
  /** Where the next statement goes on; absent when all have been looked at. */
  readonly after?: string;
}

/**
 * Receivers with notifications that are due, however many each has: the index is walked from receiver to receiver.
 *
 * @param options.after those whose names come later; default all
 * @param options.at default now
 */
export async function findDueReceivers(
  db: Queryable,
  options: { readonly after?: string | undefined; readonly at?: string | undefined } = {},
): Promise<DueReceivers> {
  const result = await db.query<{ receivers: string[]; at: string; steps: number; last: string | null }>(
    {
      name: 'find_due_receivers',
      text: `with recursive walk as (
       (select n.receiver, 1 as step from waybill.notifications n
        where n.state = 'pending' and n.receiver > $1 order by n.receiver limit 1)
       union all
       select next.receiver, w.step + 1 from walk w cross join lateral (
         select n.receiver from waybill.notifications n
         where n.state = 'pending' and n.receiver > w.receiver order by n.receiver limit 1) next
       where w.step < $3
     ), clock as materialized (select coalesce($2::timestamptz, clock_timestamp()) as at)
     select
       array(select w.receiver from walk w where exists (
         select from waybill.notifications n
         where n.state = 'pending' and n.receiver = w.receiver and n.next_at <= clock.at
       ) order by w.receiver) as receivers,
       clock.at::text as at,
       (select count(*)::integer from walk) as steps,
       (select max(w.receiver) from walk w) as last
     from clock`,
    },
    [options.after ?? '', options.at ?? null, MAX_RECEIVERS],
  );
  const { receivers = [], at = '', steps = 0, last = null } = result.rows[0] ?? {};
  return { receivers, at, ...(steps === MAX_RECEIVERS && last !== null && { after: last }) };
}

/**
 * Takes notifications that were due at `at`, oldest first, as many of each receiver as it has room, for tries that end within `leaseMs`:
 * until then nobody else takes them. Those of deleted jobs are told to nobody.
 */
export async function claimNotifications(
  db: Queryable,
  { rooms, at, leaseMs }: { rooms: ReadonlyMap<string, number>; at: string; leaseMs: number },
): Promise<ClaimedNotification[]> {
  const result = await db.query<Omit<ClaimedNotification, 'jobId'> & { job_id: string }>(
    `with due as (
       select n.id, j.notify
       from unnest($1::text[], $2::integer[]) as r (receiver, room) cross join lateral (
         select n.id, n.job_id from waybill.notifications n
         join waybill.jobs j on j.id = n.job_id and j.deleted_at is null
         where n.state = 'pending' and n.receiver = r.receiver and n.next_at <= $3::timestamptz
         order by n.next_at
         limit r.room
         for update of n skip locked
       ) n
       join waybill.jobs j on j.id = n.job_id
     )
     update waybill.notifications n set next_at = clock_timestamp() + $4::float8 * interval '1 millisecond'
     from due where n.id = due.id
     returning n.id, n.job_id, n.event, n.attempts, n.receiver, due.notify`,
    [[...rooms.keys()], [...rooms.values()], at, leaseMs],
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
