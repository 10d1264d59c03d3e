import type { JobKind } from '../core/job.ts';
import type { JobState } from '../core/job-state.ts';
import type { Queryable } from './database.ts';
import { LEASE_MS, LIVE_WORKERS } from './workers.ts';

export interface JobFigure {
  readonly kind: JobKind;
  readonly state: JobState;
  readonly count: number;
  /** Of those that are final: ended within the last hour. */
  readonly endedLately: number;
}

/** Figures about everything that the database knows: the same for every caller. */
export interface Figures {
  readonly jobs: readonly JobFigure[];
  /** Records of the jobs that are kept, by outcome. */
  readonly records: Readonly<Record<string, number>>;
  /** Since the oldest queued job was accepted, or due; 0 when none is. */
  readonly oldestQueuedSeconds: number;
  /** Jobs that a worker holds. */
  readonly attempts: number;
  readonly workers: number;
  /** Since the live worker that was silent longest has renewed its lease; 0 when none lives. */
  readonly leaseAgeSeconds: number;
  readonly uploadBytes: number;
  readonly artifactBytes: number;
}

const OUTCOMES = ['created', 'updated', 'unchanged', 'deleted', 'skipped', 'rejected', 'removed'] as const;

/**
 * One message with one answer. What has ended was counted when it ended (`waybill.figures`, and changes that have not been folded into them);
 * what has not is counted here.
 */
export async function readFigures(db: Queryable): Promise<Figures> {
  const result = await db.query<{ figures: Figures }>(
    `with counted as (
       select figure, minute, sum(amount) as amount from (
         select figure, minute, amount from waybill.figures
         union all
         select figure, minute, amount from waybill.figure_changes) c
       where minute = '-infinity' or minute > clock_timestamp() - interval '1 hour'
       group by figure, minute
     ), ended as (
       select split_part(figure, '.', 2) as kind, split_part(figure, '.', 3) as state,
         sum(amount) filter (where figure like 'jobs.%') as count,
         coalesce(sum(amount) filter (where figure like 'ended.%'), 0) as ended_lately
       from counted where figure like 'jobs.%' or figure like 'ended.%' group by 1, 2
     ), unfinished as (
       select kind, state, count(*) as count, count(worker_id) as attempts,
         extract(epoch from now() - min(greatest(created_at, start_at)) filter (where state = 'queued')) as queued_seconds
       from waybill.jobs where finished_at is null group by kind, state
     ), per_state as (
       select kind, state, count, ended_lately from ended where count > 0
       union all
       select kind, state, count, 0 from unfinished
     ), live as (
       select count(*) as workers,
         coalesce(extract(epoch from clock_timestamp() - min(lease_expires_at)), 0) as past_lease_seconds
       from waybill.workers where id in (${LIVE_WORKERS})
     )
     select json_build_object(
       'jobs', (select coalesce(json_agg(json_build_object('kind', kind, 'state', state, 'count', count,
         'endedLately', ended_lately) order by kind, state), '[]') from per_state),
       'records', (select json_object_agg(outcome, coalesce((
         select sum(amount) from counted where figure = 'records.' || outcome), 0)) from unnest($2::text[]) outcome),
       'oldestQueuedSeconds', (select greatest(coalesce(max(queued_seconds), 0), 0) from unfinished),
       'attempts', (select coalesce(sum(attempts), 0) from unfinished),
       'workers', live.workers,
       'leaseAgeSeconds', case when live.workers = 0 then 0
         else greatest(live.past_lease_seconds + $1::float8 / 1000, 0) end,
       'uploadBytes', (select coalesce(sum(amount), 0) from counted where figure = 'uploads.bytes'),
       'artifactBytes', (select coalesce(sum(amount), 0) from counted where figure = 'artifacts.bytes')
     ) as figures from live`,
    [LEASE_MS, OUTCOMES],
  );
  const figures = result.rows[0]?.figures;
  if (figures === undefined) throw new Error('the figures have no row');
  return figures;
}

/** Advisory lock of whoever folds. */
const FOLD_LOCK = 8023;

/** Adds what has changed to the sums, all or nothing; of several who do it at once one does. @returns changes that were folded */
export async function foldFigures(db: Queryable): Promise<number> {
  const result = await db.query<{ folded: string }>(
    {
      name: 'fold_figures',
      text: `with turn as materialized (
       select pg_try_advisory_xact_lock($1, 0) as is_mine where exists (select from waybill.figure_changes)
     ), gone as (
       delete from waybill.figure_changes where (select is_mine from turn) returning figure, minute, amount
     ), added as (
       insert into waybill.figures as f (figure, minute, amount)
       select figure, minute, sum(amount) from gone
       where minute = '-infinity' or minute > statement_timestamp() - interval '2 hours'
       group by figure, minute order by figure, minute
       on conflict (figure, minute) do update set amount = f.amount + excluded.amount
     ), past as (
       delete from waybill.figures where minute > '-infinity' and minute <= statement_timestamp() - interval '2 hours'
     )
     select count(*) as folded from gone`,
    },
    [FOLD_LOCK],
  );
  return Number(result.rows[0]?.folded ?? 0);
}
