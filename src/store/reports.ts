/**
 * Reports that jobs owe which were stopped (`waybill.reports`). The debt is made by the statement that ends the job (`jobs/move-job.ts`); a
 * worker claims it, and whoever lives takes it over from one that has died.
 */
import type { Queryable } from './database.ts';
import { LIVE_WORKERS } from './workers.ts';

/** Workers that may die at one report before it is given up. */
export const MAX_REPORT_CRASHES = 3;

/** A report that this worker, and no other, may write. */
export interface ReportClaim {
  readonly jobId: string;
  /** The attempt whose ledger is reported. */
  readonly epoch: number;
  readonly workerId: string;
  /** Passing faults in a row, before this try. */
  readonly faults: number;
}

/** Claims the report that has waited longest, or that of `jobId`. Undefined: none is to be had. */
export async function claimReport(
  db: Queryable,
  claim: {
    readonly workerId: string;
    readonly jobId?: string;
    readonly waitedMs?: number;
    /** Jobs whose reports this worker is at. */
    readonly writing: readonly string[];
  },
): Promise<ReportClaim | undefined> {
  const result = await db.query<ReportClaim>(
    {
      name: 'claim_report',
      text: `with live as materialized (${LIVE_WORKERS}), next as (
       select r.job_id from waybill.reports r join waybill.jobs j on j.id = r.job_id
       where r.given_up_at is null and r.next_at <= clock_timestamp() - $3::float8 * interval '1 millisecond'
         and ($2::uuid is null or r.job_id = $2) and (r.worker_id is null or r.worker_id not in (select id from live)
           -- It could not say that it had left it.
           or (r.worker_id = $1 and r.job_id <> all ($4::uuid[])))
         and j.epoch = r.epoch and j.finished_at is not null and j.deleted_at is null and j.ledger_dropped_at is null
       order by r.next_at limit 1 for update of r skip locked
     )
     update waybill.reports r set worker_id = $1, crashes = r.crashes + 1
     from next where r.job_id = next.job_id
     returning r.job_id as "jobId", r.epoch, r.worker_id as "workerId", r.faults`,
    },
    [claim.workerId, claim.jobId ?? null, claim.waitedMs ?? 0, claim.writing],
  );
  return result.rows[0];
}

/** SQL: the row `r` is still this claim's. */
const IS_CLAIMED = 'r.job_id = $1 and r.epoch = $2 and r.worker_id = $3';

/** The files are there: nothing is owed any more, and whoever watches the job sees it. */
export async function settleReport(db: Queryable, { jobId, epoch, workerId }: ReportClaim): Promise<void> {
  await db.query(
    `with settled as (delete from waybill.reports r where ${IS_CLAIMED} returning r.job_id)
     update waybill.jobs j set version = j.version + 1, updated_at = clock_timestamp()
     from settled where j.id = settled.job_id`,
    [jobId, epoch, workerId],
  );
}

/** This try has come to an end: it is made again after `delayMs`, or, where that is absent, not any more. */
export async function putOffReport(
  db: Queryable,
  { jobId, epoch, workerId }: ReportClaim,
  put: { readonly error?: string; readonly delayMs?: number },
): Promise<void> {
  await db.query(
    `with put_off as (
       update waybill.reports r set worker_id = null, crashes = r.crashes - 1, error = coalesce($4, r.error),
         faults = r.faults + case when $4 is null then 0 else 1 end,
         next_at = clock_timestamp() + coalesce($5::float8, 0) * interval '1 millisecond',
         given_up_at = case when $5 is null then clock_timestamp() end
       where ${IS_CLAIMED} returning r.job_id
     )
     update waybill.jobs j set version = j.version + 1, updated_at = clock_timestamp()
     from put_off where j.id = put_off.job_id`,
    [jobId, epoch, workerId, put.error ?? null, put.delayMs ?? null],
  );
}

/** Reports at which workers have died again and again are not tried any more: the next one would die as well. */
export async function giveUpCrashedReports(db: Queryable): Promise<number> {
  const result = await db.query(
    {
      name: 'give_up_reports',
      text: `with live as materialized (${LIVE_WORKERS}), given_up as (
       update waybill.reports r set worker_id = null, given_up_at = clock_timestamp(), error = $2
       where r.given_up_at is null and r.crashes >= $1 and (r.worker_id is null or r.worker_id not in (select id from live))
       returning r.job_id
     )
     update waybill.jobs j set version = j.version + 1, updated_at = clock_timestamp()
     from given_up where j.id = given_up.job_id`,
    },
    [
      MAX_REPORT_CRASHES,
      `The worker died ${MAX_REPORT_CRASHES} times while it wrote the report. Look into the server's log for the cause.`,
    ],
  );
  return result.rowCount ?? 0;
}
