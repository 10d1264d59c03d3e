/** What a worker does to the job it holds. Every statement names the epoch: an attempt that was overtaken changes nothing. */
import type { Counts } from '../../core/counts.ts';
import type { Job, Phase } from '../../core/job.ts';
import type { JobState } from '../../core/job-state.ts';
import type { Queryable } from '../database.ts';
import { IS_CLAIMABLE } from './job-order.ts';
import { isForLane, type LaneLimits } from './lane.ts';
import { moveJob } from './move-job.ts';

/** SQLSTATE of a unique violation: here only `jobs_one_writer` can raise it. */
const UNIQUE_VIOLATION = '23505';

/**
 * Claims a job that is due: a queued one that waits for no other, or one whose delivery nobody has in hand. Undefined: it is not to be had
 * now (held, waiting, finished), which is not an error.
 *
 * @param claim.lane for a worker of the lane
 */
export async function claimJob(
  db: Queryable,
  { lane, ...claim }: { jobId: string; workerId: string; lane?: LaneLimits },
): Promise<Job | undefined> {
  if (lane !== undefined && !(await isForLane(db, claim.jobId, lane))) return undefined;
  const free = await db.query(
    { name: 'is_claimable', text: `select from waybill.jobs j where j.id = $1 and ${IS_CLAIMABLE('j')}` },
    [claim.jobId],
  );
  if (free.rowCount === 0) return undefined;
  try {
    const from: readonly JobState[] = lane === undefined ? ['queued', 'delivering'] : ['queued'];
    return await moveJob(db, { ...claim, event: 'claimed', from, isUnheld: true });
  } catch (error) {
    // Two workers claimed two jobs of one collection at the same instant: the constraint lets one through.
    if ((error as { code?: string }).code === UNIQUE_VIOLATION) return undefined;
    throw error;
  }
}

export interface ProgressReport {
  readonly jobId: string;
  readonly epoch: number;
  readonly phase: Phase;
  /** Of the phase, in its own unit (bytes, records). */
  readonly phaseDone?: number;
  readonly phaseTotal?: number;
  readonly percentage: number;
  readonly estimatedCompletion?: Date;
  /** What others hold that it waits for, in words. */
  readonly waitsFor?: string | undefined;
  readonly part?: {
    readonly part: number;
    readonly total?: number;
    readonly counts: Counts;
    /** Records that were judged; those without an outcome lie in staging. Default: all have one. */
    readonly judged?: number;
  };
}

/**
 * Writes where the job is and returns the state that people want it to be in, or undefined when the job is held by a later
 * attempt. Counters never fall: they are sums over an append-only ledger, seen at different times. What is staged is what has been judged
 * beyond them, and goes over into them with the final merge.
 */
export async function reportProgress(db: Queryable, report: ProgressReport): Promise<JobState | undefined> {
  const counts = report.part?.counts;
  const result = await db.query<{ state: JobState }>(
    {
      name: 'report_progress',
      text: `with reported as (
       update waybill.jobs set
         phase = $3, phase_done = $4, phase_total = $5,
         percentage = greatest(percentage, least($6::integer, 99)),
         estimated_completion = $7, waits_for = $18, updated_at = clock_timestamp(), version = version + 1
       where id = $1 and epoch = $2 and state in ('running', 'pausing', 'cancelling', 'delivering')
       returning id, state
     ), counted as (
       update waybill.parts p set
         total = coalesce($9::bigint, p.total),
         created = greatest(p.created, $10), updated = greatest(p.updated, $11),
         unchanged = greatest(p.unchanged, $12), deleted = greatest(p.deleted, $13),
         skipped = greatest(p.skipped, $14), rejected = greatest(p.rejected, $15),
         warned = greatest(p.warned, $16), removed = greatest(p.removed, $17), staged = greatest(0,
           greatest($19, p.created + p.updated + p.unchanged + p.deleted + p.skipped + p.rejected + p.staged)
           - greatest(p.created, $10) - greatest(p.updated, $11) - greatest(p.unchanged, $12)
           - greatest(p.deleted, $13) - greatest(p.skipped, $14) - greatest(p.rejected, $15))
       from reported where p.job_id = reported.id and p.part = $8
     )
     select state from reported`,
    },
    [
      report.jobId,
      report.epoch,
      report.phase,
      report.phaseDone ?? null,
      report.phaseTotal ?? null,
      report.percentage,
      report.estimatedCompletion ?? null,
      report.part?.part ?? null,
      report.part?.total ?? null,
      counts?.created ?? 0,
      counts?.updated ?? 0,
      counts?.unchanged ?? 0,
      counts?.deleted ?? 0,
      counts?.skipped ?? 0,
      counts?.rejected ?? 0,
      counts?.warned ?? 0,
      counts?.removed ?? 0,
      report.waitsFor ?? null,
      report.part?.judged ?? 0,
    ],
  );
  return result.rows[0]?.state;
}

/** Sets a part's counters to what the ledger says; the finish makes them exact. With `isComplete` it is done, too. */
export async function settleCounts(
  db: Queryable,
  settled: {
    jobId: string;
    epoch: number;
    part: number;
    counts: Counts;
    /** Accepted records that lie in staging. Default 0. */
    staged?: number;
    total?: number;
    /** Nothing is left to do for the part: later attempts leave it out. Default: that stays as it is. */
    isComplete?: boolean;
  },
): Promise<void> {
  const { counts } = settled;
  await db.query(
    {
      name: 'settle_counts',
      text: `update waybill.parts p set
       created = $4, updated = $5, unchanged = $6, deleted = $7, skipped = $8, rejected = $9, warned = $10, removed = $11,
       total = coalesce($12::bigint, p.total), staged = $13,
       completed_at = case when $14 then clock_timestamp() else p.completed_at end
     from waybill.jobs j where j.id = p.job_id and j.epoch = $2 and p.job_id = $1 and p.part = $3`,
    },
    [
      settled.jobId,
      settled.epoch,
      settled.part,
      counts.created,
      counts.updated,
      counts.unchanged,
      counts.deleted,
      counts.skipped,
      counts.rejected,
      counts.warned,
      counts.removed,
      settled.total ?? null,
      settled.staged ?? 0,
      settled.isComplete ?? false,
    ],
  );
}

/** Reads the state again while nothing is to be reported; undefined when the attempt was overtaken. */
export async function readIntention(
  db: Queryable,
  jobId: string,
  epoch: number,
): Promise<JobState | undefined> {
  const result = await db.query<{ state: JobState }>(
    { name: 'read_intention', text: 'select state from waybill.jobs where id = $1 and epoch = $2' },
    [jobId, epoch],
  );
  return result.rows[0]?.state;
}

/** A new ledger row was written: the job makes progress, so earlier crashes and faults no longer count against it. */
export async function forgiveFaults(db: Queryable, jobId: string, epoch: number): Promise<void> {
  await db.query(
    {
      name: 'forgive_faults',
      text: `update waybill.jobs set crashes = 0, transient_faults = 0
     where id = $1 and epoch = $2 and (crashes > 0 or transient_faults > 0)`,
    },
    [jobId, epoch],
  );
}

/** How often the job was given back: after transient faults, and by dead workers without progress in between. */
export async function readFaults(
  db: Queryable,
  jobId: string,
): Promise<{ transient: number; crashes: number }> {
  const result = await db.query<{ transient_faults: number; crashes: number }>(
    'select transient_faults, crashes from waybill.jobs where id = $1',
    [jobId],
  );
  return { transient: result.rows[0]?.transient_faults ?? 0, crashes: result.rows[0]?.crashes ?? 0 };
}
