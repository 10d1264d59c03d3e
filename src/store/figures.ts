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

/** Figures about everything that the database knows: the same whoever asks. */
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

/** One message with one answer: four small aggregates. */
export async function readFigures(db: Queryable): Promise<Figures> {
  const result = await db.query<{ figures: Figures }>(
    `with per_state as (
       select kind, state, count(*) as count,
         count(*) filter (where finished_at > now() - interval '1 hour') as ended_lately,
         count(*) filter (where worker_id is not null) as attempts,
         extract(epoch from now() - min(greatest(created_at, start_at)) filter (where state = 'queued')) as queued_seconds
       from waybill.jobs where deleted_at is null group by kind, state
     ), outcomes as (
       select coalesce(sum(created), 0) as created, coalesce(sum(updated), 0) as updated,
         coalesce(sum(unchanged), 0) as unchanged, coalesce(sum(deleted), 0) as deleted,
         coalesce(sum(skipped), 0) as skipped, coalesce(sum(rejected), 0) as rejected,
         coalesce(sum(removed), 0) as removed
       from waybill.parts
     ), live as (
       select count(*) as workers,
         coalesce(extract(epoch from clock_timestamp() - min(lease_expires_at)), 0) as past_lease_seconds
       from waybill.workers where id in (${LIVE_WORKERS})
     )
     select json_build_object(
       'jobs', (select coalesce(json_agg(json_build_object('kind', kind, 'state', state, 'count', count,
         'endedLately', ended_lately) order by kind, state), '[]') from per_state),
       'records', (select to_json(outcomes) from outcomes),
       'oldestQueuedSeconds', (select greatest(coalesce(max(queued_seconds), 0), 0) from per_state),
       'attempts', (select coalesce(sum(attempts), 0) from per_state),
       'workers', live.workers,
       'leaseAgeSeconds', case when live.workers = 0 then 0
         else greatest(live.past_lease_seconds + $1::float8 / 1000, 0) end,
       'uploadBytes', (select coalesce(sum(size_bytes), 0) from waybill.uploads where deleted_at is null),
       'artifactBytes', (select coalesce(sum(size_bytes), 0) from waybill.artifacts where deleted_at is null)
     ) as figures from live`,
    [LEASE_MS],
  );
  const figures = result.rows[0]?.figures;
  if (figures === undefined) throw new Error('the figures have no row');
  return figures;
}
