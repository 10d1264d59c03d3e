/**
 * The lane: workers that take only what is small or urgent, so that such a job never waits for long ones. What is small is known by the
 * bytes of its uploads. Of an export, or a source that is still to be fetched, nobody knows; so whatever is in the lane has a turn, and is
 * given back when that is over and another one waits.
 */
import type { Queryable } from '../database.ts';

/** What decides over a place in the lane. */
export interface LaneCandidate {
  readonly priority: number;
  /** Absent: not known. */
  readonly sourceBytes?: number;
  /** Turns that were over before the job was. Default 0. */
  readonly laneTurns?: number;
}

export interface LaneLimits {
  /** A job is small up to this many bytes. */
  readonly maxBytes: number;
}

/** Small jobs go before all that may turn out long, whatever their priority (-100 to 100). */
const SMALL_FIRST = 1000;

/** The place among all that wait for the lane, the greatest first; undefined: it is not for the lane. */
export function laneRank(job: LaneCandidate, limits: LaneLimits): number | undefined {
  const { priority, sourceBytes, laneTurns = 0 } = job;
  // One that is slow, for a lock or a trigger, comes back behind the others.
  if (isSmall(job, limits)) return laneTurns === 0 ? priority + SMALL_FIRST : priority;
  const mayBeShort = sourceBytes === undefined || priority > 0;
  return mayBeShort && laneTurns === 0 ? priority : undefined;
}

export function isSmall({ sourceBytes }: LaneCandidate, { maxBytes }: LaneLimits): boolean {
  return sourceBytes !== undefined && sourceBytes <= maxBytes;
}

/** SQL: true when a worker that takes jobs of every size lives and has none. */
export const HAS_IDLE_WORKER = `exists (
  select from waybill.workers w where not w.in_lane and w.lease_expires_at > clock_timestamp() and not exists (
    select from waybill.jobs held where held.worker_id = w.id
      and held.state in ('running', 'pausing', 'cancelling', 'delivering')))`;

/** SQL: true when such a worker lives. */
export const HAS_WORKER = `exists (
  select from waybill.workers w where not w.in_lane and w.lease_expires_at > clock_timestamp())`;

/**
 * Whether a worker of the lane takes this queued job now. One that may turn out long is left to a worker that has nothing to do: what it
 * has done by the end of a turn may be lost.
 */
export async function isForLane(db: Queryable, jobId: string, limits: LaneLimits): Promise<boolean> {
  const found = await db.query<{
    priority: number;
    source_bytes: string | null;
    lane_turns: number;
    has_idle_worker: boolean;
  }>(
    {
      name: 'is_for_lane',
      text: `select priority, source_bytes, lane_turns, ${HAS_IDLE_WORKER} as has_idle_worker
     from waybill.jobs where id = $1 and state = 'queued'`,
    },
    [jobId],
  );
  const [row] = found.rows;
  if (row === undefined) return false;
  const job = parseLaneCandidate(row);
  return laneRank(job, limits) !== undefined && (isSmall(job, limits) || !row.has_idle_worker);
}

/** Candidates that are looked at: those whose size is known first. */
const LOOKED_AT = 100;

/** Whether a job waits that the lane could take. */
export async function isLaneWanted(db: Queryable, limits: LaneLimits): Promise<boolean> {
  const found = await db.query<Parameters<typeof parseLaneCandidate>[0]>(
    `select j.priority, j.source_bytes, j.lane_turns from waybill.jobs j
     where j.state = 'queued' and j.lane_turns >= 0 and (j.not_before is null or j.not_before <= clock_timestamp())
       and not exists (select from waybill.job_locks l where l.key = any (j.exclusive_keys))
       and (j.after_id is null or exists (
         select from waybill.jobs p where p.id = j.after_id and p.state = 'succeeded' and p.deleted_at is null))
     order by j.lane_turns, j.source_bytes nulls last, j.number limit $1`,
    [LOOKED_AT],
  );
  return found.rows.some((row) => laneRank(parseLaneCandidate(row), limits) !== undefined);
}

/** From the columns of `waybill.jobs`. */
export function parseLaneCandidate(row: {
  priority: number;
  source_bytes: string | null;
  lane_turns: number;
}): LaneCandidate {
  return {
    priority: row.priority,
    laneTurns: row.lane_turns,
    ...(row.source_bytes !== null && { sourceBytes: Number(row.source_bytes) }),
  };
}
