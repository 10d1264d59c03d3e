/**
 * Which queued job may begin, as SQL: the claim, the sweeper and everybody who shows a job ask in the same words.
 *
 * A job waits for its prerequisite (`after_id`) to end, and for jobs with one of its exclusive keys: those that hold it, and those that
 * are queued before it (by priority, then by number). The order is total, so no two jobs wait for each other, and a job that needs
 * many keys is not passed over for ever by those that need one. Whoever waits for a prerequisite keeps no place in that order: the
 * prerequisite itself may need the same key.
 */
import type { Waiting, WaitingReason } from '../../core/job.ts';
import { HAS_IDLE_WORKER, HAS_WORKER } from './lane.ts';

/**
 * The job with the id `id`, by its primary key, whatever PostgreSQL believes of the table. While its statistics are those of a table that
 * has been emptied, each row is worth one and every index seems as good: a join would begin with all jobs. `offset 0` keeps it from that.
 */
export const JOB_BY_ID = (id: string) => `(select * from waybill.jobs where id = ${id} offset 0)`;

/** True when the prerequisite of the job `j`, if it has one, has succeeded and is still there. */
export const IS_PREPARED = (j: string) => `(${j}.after_id is null or exists (
  select from ${JOB_BY_ID(`${j}.after_id`)} p where p.state = 'succeeded' and p.deleted_at is null))`;

/** Before all others is who is smallest in this: a row that an index is ordered by. */
export const PLACE = (j: string) => `(-${j}.priority), ${j}.number`;

/** The job `o` stands in line for one key, or for several. In the words of the indexes `jobs_in_line` and `jobs_in_lines`. */
export const IS_IN_LINE = (o: string) => `${o}.state = 'queued' and cardinality(${o}.exclusive_keys) = 1`;
export const IS_IN_LINES = (o: string) => `${o}.state = 'queued' and cardinality(${o}.exclusive_keys) > 1`;

/**
 * The jobs that have or get an exclusive key of the queued job `j` before it: those that hold it, and the first of those that are queued.
 * However many are queued for one key, its line is looked at from the front.
 */
const RIVALS = (j: string) => `
  select o.number, o.priority, false as is_queued from waybill.job_locks l cross join lateral ${JOB_BY_ID('l.job_id')} o
  where ${j}.state = 'queued' and l.key = any (${j}.exclusive_keys) and l.job_id <> ${j}.id
  union all
  select first.number, first.priority, true from unnest(${j}.exclusive_keys) k (key) cross join lateral (
    select o.number, o.priority from waybill.jobs o
    where ${j}.state = 'queued' and ${IS_IN_LINE('o')} and o.exclusive_keys[1] = k.key
      and (${PLACE('o')}) < (${PLACE(j)}) and ${IS_PREPARED('o')}
    order by o.exclusive_keys[1], ${PLACE('o')} limit 1) first
  union all
  select o.number, o.priority, true from waybill.jobs o
  where ${j}.state = 'queued' and ${IS_IN_LINES('o')} and o.exclusive_keys && ${j}.exclusive_keys
    and (${PLACE('o')}) < (${PLACE(j)}) and ${IS_PREPARED('o')}`;

/**
 * Why the queued job `j` has not begun (`WaitingReason`), with the number of the job that it waits for, if it is one: its prerequisite
 * first, then whoever has what it needs, then a pause, then the workers.
 */
export const WAITING = (j: string) => `
  select w.because as waiting_because, w.number as waiting_number from (
    select 0 as rank, 'prerequisite' as because, p.number, p.priority, false as is_queued from ${JOB_BY_ID(`${j}.after_id`)} p
    where ${j}.state = 'queued' and p.finished_at is null
    union all
    select 1, 'collection', r.number, r.priority, r.is_queued from (${RIVALS(j)}) r
    union all
    select 2, 'pause', null, 0, false where ${j}.state = 'queued' and ${j}.not_before > clock_timestamp()
    union all
    select 3, case when ${HAS_WORKER} then 'workers_busy' else 'no_worker' end, null, 0, false
    where ${j}.state = 'queued' and not ${HAS_IDLE_WORKER}
  ) w
  order by w.rank, w.is_queued, w.priority desc, w.number
  limit 1`;

/** A row of `WAITING`. */
export interface WaitingRow {
  waiting_because: WaitingReason | null;
  waiting_number: string | null;
}

export function parseWaiting(row: WaitingRow): Waiting | undefined {
  const { waiting_because: because, waiting_number: number } = row;
  return because === null ? undefined : { because, ...(number !== null && { number: Number(number) }) };
}

/** True when the job `j` could be claimed now: it may begin, or its result is complete and nobody has the delivery in hand. */
export const IS_CLAIMABLE = (j: string) => `
  (${j}.state in ('queued', 'delivering') and (${j}.not_before is null or ${j}.not_before <= clock_timestamp())
    and (${j}.state = 'queued' and ${IS_PREPARED(j)} and not exists (${RIVALS(j)})
      or ${j}.state = 'delivering' and ${j}.worker_id is null))`;
