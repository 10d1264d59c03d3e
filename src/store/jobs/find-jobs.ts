import type { Job, Waiting } from '../../core/job.ts';
import type { JobState } from '../../core/job-state.ts';
import type { Queryable } from '../database.ts';
import { renderJsonb } from '../jsonb.ts';
import { parseWaiting, WAITING, type WaitingRow } from './job-order.ts';
import { JOB_COLUMNS, JOB_ROW, type JobRow, parseJobRow } from './job-row.ts';

const FIND = {
  name: 'find_job',
  text: `select ${JOB_ROW}, ${JOB_COLUMNS} from waybill.jobs j where j.id = $1 and j.deleted_at is null`,
};

export async function findJob(db: Queryable, jobId: string): Promise<Job | undefined> {
  const result = await db.query<JobRow>(FIND, [jobId]);
  return result.rows[0] === undefined ? undefined : parseJobRow(result.rows[0]);
}

/** The same of a job that is under way, and so is there. */
export async function getJob(db: Queryable, jobId: string): Promise<Job> {
  const job = await findJob(db, jobId);
  if (job === undefined) throw new Error(`job ${jobId} is under way, and gone`);
  return job;
}

export async function findJobByNumber(db: Queryable, number: number): Promise<Job | undefined> {
  const result = await db.query<JobRow>(
    `select ${JOB_ROW}, ${JOB_COLUMNS} from waybill.jobs j where j.number = $1 and j.deleted_at is null`,
    [number],
  );
  return result.rows[0] === undefined ? undefined : parseJobRow(result.rows[0]);
}

/** The greatest number that a job was given so far, perhaps one that is not there yet. */
export async function readLastNumber(db: Queryable): Promise<number> {
  const result = await db.query<{ last: string }>({
    name: 'read_last_number',
    text: 'select last_value as last from waybill.jobs_number_seq',
  });
  return Number(result.rows[0]?.last ?? 0);
}

/** What a queued job waits for; undefined of one that has begun, or could. */
export async function findWaiting(db: Queryable, jobId: string): Promise<Waiting | undefined> {
  const result = await db.query<WaitingRow>(
    {
      name: 'find_waiting',
      text: `select w.waiting_because, w.waiting_number from waybill.jobs j, lateral (${WAITING('j')}) w where j.id = $1`,
    },
    [jobId],
  );
  return result.rows[0] && parseWaiting(result.rows[0]);
}

export interface TimelineEntry {
  readonly at: Date;
  readonly event: string;
  readonly from?: JobState;
  readonly to?: JobState;
  readonly epoch: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Oldest first. */
export async function readTimeline(db: Queryable, jobId: string): Promise<TimelineEntry[]> {
  const result = await db.query<{
    at: Date;
    event: string;
    from_state: JobState | null;
    to_state: JobState | null;
    epoch: number;
    detail: Record<string, unknown>;
  }>(
    `select at, event, from_state, to_state, epoch, detail from waybill.timeline
     where job_id = $1 order by sequence`,
    [jobId],
  );
  return result.rows.map((row) => ({
    at: row.at,
    event: row.event,
    epoch: row.epoch,
    detail: row.detail,
    ...(row.from_state !== null && { from: row.from_state }),
    ...(row.to_state !== null && { to: row.to_state }),
  }));
}

/** Adds an entry that changes no state: a phase that ended, a fault, what was kept. */
export async function noteInTimeline(
  db: Queryable,
  entry: { jobId: string; epoch: number; event: string; detail?: Readonly<Record<string, unknown>> },
): Promise<void> {
  await db.query('insert into waybill.timeline (job_id, event, epoch, detail) values ($1, $2, $3, $4)', [
    entry.jobId,
    entry.event,
    entry.epoch,
    renderJsonb(entry.detail ?? {}),
  ]);
}

/** The same for what an attempt that is repeated finds again: an entry that is alike is left as it is. */
export async function noteOnceInTimeline(
  db: Queryable,
  entry: { jobId: string; epoch: number; event: string; detail: Readonly<Record<string, unknown>> },
): Promise<void> {
  await db.query(
    `insert into waybill.timeline (job_id, event, epoch, detail)
     select $1, $2, $3, $4::jsonb
     where not exists (select from waybill.timeline where job_id = $1 and event = $2 and detail = $4::jsonb)`,
    [entry.jobId, entry.event, entry.epoch, renderJsonb(entry.detail)],
  );
}
