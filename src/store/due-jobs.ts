/**
 * What the sweeper looks for, once a second. What is due is asked of the time at which the statement began: an index is of no use for one that
 * passes meanwhile (`clock_timestamp()`).
 */
import type { Queryable } from './database.ts';
import { IS_CLAIMABLE, IS_IN_LINE, IS_IN_LINES, IS_PREPARED, JOB_BY_ID, PLACE } from './jobs/job-order.ts';
import { type LaneCandidate, parseLaneCandidate } from './jobs/lane.ts';

/** Scheduled jobs whose time has come. */
export async function findDueScheduledJobs(db: Queryable): Promise<{ id: string }[]> {
  const result = await db.query<{ id: string }>({
    name: 'find_due_scheduled_jobs',
    text: `select id from waybill.jobs where state = 'scheduled' and start_at <= statement_timestamp() order by start_at limit 100`,
  });
  return result.rows;
}

/** Jobs whose stop time has come and that have not finished. */
export async function findJobsToStop(db: Queryable): Promise<{ id: string }[]> {
  const result = await db.query<{ id: string }>({
    name: 'find_jobs_to_stop',
    text: `select id from waybill.jobs
     where state in ('scheduled', 'queued', 'running', 'pausing', 'paused') and stop_at <= statement_timestamp() limit 100`,
  });
  return result.rows;
}

/** What a hint is made of. */
export type HintedJob = LaneCandidate & { readonly id: string };

type HintedRow = { id: string } & Parameters<typeof parseLaneCandidate>[0];

function parseHinted(row: HintedRow): HintedJob {
  return { id: row.id, ...parseLaneCandidate(row) };
}

/** Lines of keys that one look goes along; who is in others is found when these have become fewer. */
const MAX_LINES = 10_000;
/** Jobs with several keys, and deliveries, that one look takes in. */
const MAX_OTHERS = 100;

/** Jobs that could be claimed now, most urgent first. Of each line only the first is looked at, not who stands behind. */
export async function findClaimableJobs(db: Queryable, limit = 50): Promise<HintedJob[]> {
  const result = await db.query<HintedRow>(
    {
      name: 'find_claimable_jobs',
      text: `with recursive lines as (
       (select o.exclusive_keys[1] as key, 1 as step from waybill.jobs o where ${IS_IN_LINE('o')}
        order by o.exclusive_keys[1] limit 1)
       union all
       select next.key, l.step + 1 from lines l cross join lateral (
         select o.exclusive_keys[1] as key from waybill.jobs o
         where ${IS_IN_LINE('o')} and o.exclusive_keys[1] > l.key order by o.exclusive_keys[1] limit 1) next
       where l.step < $2
     ), candidates as (
       select first.id from lines l cross join lateral (
         select o.id from waybill.jobs o
         where ${IS_IN_LINE('o')} and o.exclusive_keys[1] = l.key and ${IS_PREPARED('o')}
         order by o.exclusive_keys[1], ${PLACE('o')} limit 1) first
       union all
       (select o.id from waybill.jobs o where ${IS_IN_LINES('o')} order by ${PLACE('o')} limit $3)
       union all
       (select o.id from waybill.jobs o
        where o.state = 'queued' and o.exclusive_keys is null and ${IS_CLAIMABLE('o')} order by ${PLACE('o')} limit $1)
       union all
       (select o.id from waybill.jobs o where o.state = 'delivering' and o.worker_id is null limit $3)
     )
     select j.id, j.priority, j.source_bytes, j.lane_turns from candidates c cross join lateral ${JOB_BY_ID('c.id')} j
     where ${IS_CLAIMABLE('j')}
     order by j.priority desc, j.number limit $1`,
    },
    [limit, MAX_LINES, MAX_OTHERS],
  );
  return result.rows.map(parseHinted);
}

/**
 * Jobs that could be claimed now that an attempt at this one is over: those that come after it, the next of each of its exclusive keys,
 * and itself, where it goes on. Their hints came while they could not be claimed, and are gone.
 */
export async function findFollowers(db: Queryable, jobId: string): Promise<HintedJob[]> {
  const result = await db.query<HintedRow>(
    {
      name: 'find_followers',
      text: `with followers as (
       select id from waybill.jobs where after_id = $1 and finished_at is null and state = 'queued'
       union
       select id from ${JOB_BY_ID('$1')} itself where state in ('queued', 'delivering')
       union
       select next.id from ${JOB_BY_ID('$1')} ended, unnest(ended.exclusive_keys) k (key), lateral (
         (select o.id from waybill.jobs o
          where ${IS_IN_LINE('o')} and o.exclusive_keys[1] = k.key and ${IS_PREPARED('o')}
          order by o.exclusive_keys[1], ${PLACE('o')} limit 1)
         union all
         (select o.id from waybill.jobs o
          where ${IS_IN_LINES('o')} and o.exclusive_keys && array[k.key] and ${IS_PREPARED('o')}
          order by ${PLACE('o')} limit 1)
       ) next
     )
     select j.id, j.priority, j.source_bytes, j.lane_turns from followers f cross join lateral ${JOB_BY_ID('f.id')} j
     where ${IS_CLAIMABLE('j')} order by j.priority desc, j.number`,
    },
    [jobId],
  );
  return result.rows.map(parseHinted);
}

/** A queued job that can never begin, since the one that it was to come after has failed, was cancelled or was deleted. */
export interface ForsakenJob {
  readonly id: string;
  readonly afterId: string;
  /** Absent: it was deleted. */
  readonly prerequisite?: { readonly number: number; readonly state: 'failed' | 'cancelled' };
}

export async function findForsakenJobs(db: Queryable): Promise<readonly ForsakenJob[]> {
  const result = await db.query<{
    id: string;
    after_id: string;
    number: string | null;
    state: 'failed' | 'cancelled' | null;
  }>({
    name: 'find_forsaken_jobs',
    text: `select j.id, j.after_id, p.number, p.state
     from waybill.jobs j left join lateral ${JOB_BY_ID('j.after_id')} p on p.deleted_at is null
     where j.after_id is not null and j.finished_at is null and j.state = 'queued'
       and (p.id is null or p.state in ('failed', 'cancelled'))
     order by j.number limit 100`,
  });
  return result.rows.map(({ id, after_id, number, state }) => ({
    id,
    afterId: after_id,
    ...(number !== null && state !== null && { prerequisite: { number: Number(number), state } }),
  }));
}
