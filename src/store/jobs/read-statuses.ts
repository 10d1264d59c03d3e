import type { Job, Waiting } from '../../core/job.ts';
import type { Queryable } from '../database.ts';
import { parseWaiting, WAITING, type WaitingRow } from './job-order.ts';
import { JOB_COLUMNS, JOB_ROW, type JobRow, parseJobRow } from './job-row.ts';

/** What a caller knows of a job. */
export interface KnownStatus {
  readonly id: string;
  /** 0 when nothing is known. */
  readonly version: number;
}

export interface ReadStatus {
  readonly id: string;
  /** The job, if it is of another version than the known one. */
  readonly job?: Job;
  /** Of a queued job: what it waits for. */
  readonly waiting?: Waiting;
}

type StatusRow = { known_id: string } & WaitingRow & (({ id: string } & JobRow) | { id: null });

/**
 * How all these jobs stand, in one statement and one snapshot; of those that did not change only that. Jobs that do not exist are
 * missing in the answer.
 */
export async function readStatuses(db: Queryable, known: readonly KnownStatus[]): Promise<ReadStatus[]> {
  const result = await db.query<StatusRow>(READ, [
    known.map(({ id }) => id),
    known.map(({ version }) => version),
  ]);
  return result.rows.map((row) => {
    const waiting = parseWaiting(row);
    return {
      id: row.known_id,
      ...(row.id !== null && { job: parseJobRow(row) }),
      ...(waiting !== undefined && { waiting }),
    };
  });
}

const READ = {
  name: 'read_statuses',
  text: `
select k.id as known_id, w.*, changed.*
from unnest($1::uuid[], $2::bigint[]) as k (id, version)
join waybill.jobs now on now.id = k.id and now.deleted_at is null
left join lateral (
  select ${JOB_ROW}, ${JOB_COLUMNS} from waybill.jobs j where j.id = now.id and j.version <> k.version
) changed on true
left join lateral (${WAITING('now')}) w on true`,
};
