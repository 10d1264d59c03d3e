import type { Job, JobFailure } from '../../core/job.ts';
import { FINAL_STATES, type JobEvent, type JobState, nextState, statesBefore } from '../../core/job-state.ts';
import type { Queryable } from '../database.ts';
import { renderJsonb } from '../jsonb.ts';
import {
  JOB_ROW,
  type JobRow,
  LATEST_NOTIFICATION,
  NOTIFICATION_JSON,
  PARTS_COLUMN,
  parseJobRow,
  REPORT_JSON,
} from './job-row.ts';

export interface Move {
  readonly jobId: string;
  readonly event: JobEvent;
  /** Only from these states; default: from every state that has the arrow. */
  readonly from?: readonly JobState[];
  /** Only while this attempt holds the job. */
  readonly epoch?: number;
  /** Kept with the job and shown, such as `stop_time` or `worker_lost`. */
  readonly reason?: string;
  /** Only while no worker holds the job. */
  readonly isUnheld?: boolean;
  readonly failure?: JobFailure;
  /** `failed`: the files of its issues are there. Default: where it was stopped after it had begun, it owes them. */
  readonly isReported?: boolean;
  /** Not claimed again before this many milliseconds have passed. */
  readonly delayMs?: number;
  /** `claimed`: the worker that holds the job from now on. */
  readonly workerId?: string;
  /** Added to the timeline's entry. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

const HELD: readonly JobState[] = ['running', 'pausing', 'cancelling', 'delivering'];

/**
 * The one guarded update behind every change of a job's state: names the states and epoch that it expects, writes the
 * timeline's entry and what there is to tell others (`worker/notifier.ts`) in the same statement, and returns the job, or undefined
 * when someone else was first.
 */
export async function moveJob(db: Queryable, move: Move): Promise<Job | undefined> {
  const from = move.from ?? statesBefore(move.event);
  const to = from.map((state) => nextState(state, move.event));
  const result = await db.query<JobRow>(MOVE, [
    move.jobId,
    from,
    to,
    move.epoch ?? null,
    move.reason ?? null,
    move.failure === undefined ? null : renderJsonb(move.failure),
    move.delayMs ?? 0,
    move.workerId ?? null,
    move.event,
    renderJsonb(move.detail ?? {}),
    HELD,
    FINAL_STATES,
    move.isUnheld ?? false,
    move.isReported ?? false,
  ]);
  return result.rows[0] === undefined ? undefined : parseJobRow(result.rows[0]);
}

const MOVE = {
  name: 'move_job',
  text: `
with arrows as (
  select * from unnest($2::text[], $3::text[]) as a (from_state, to_state)
), moved as (
  update waybill.jobs j set
    state = a.to_state,
    version = j.version + 1,
    updated_at = clock_timestamp(),
    -- A claim is a new epoch; every other event keeps it.
    epoch = j.epoch + case when $9 = 'claimed' then 1 else 0 end,
    worker_id = case when a.to_state = any ($11::text[]) and $9 <> 'given_back' then coalesce($8::uuid, j.worker_id) end,
    -- What was asked for stays the reason when it comes true.
    reason = coalesce($5, case when $9 in ('cancelled', 'paused') then j.reason end),
    failure = $6::jsonb,
    not_before = case when $7::float8 > 0 then clock_timestamp() + $7::float8 * interval '1 millisecond' end,
    transient_faults = case when $9 in ('resumed', 'retried', 'delivery_retried') then 0
      when $5 in ('transient', 'lock_timeout', 'disk_full') then j.transient_faults + 1 else j.transient_faults end,
    crashes = case when $9 in ('resumed', 'retried', 'delivery_retried') then 0
      when $5 = 'worker_lost' then j.crashes + 1 else j.crashes end,
    -- Whoever asks for it once more gives it all its turns again.
    lane_turns = case when $9 in ('resumed', 'retried', 'delivery_retried') then 0
      when $5 = 'lane' then j.lane_turns + 1 else j.lane_turns end,
    started_at = case when $9 = 'claimed' then coalesce(j.started_at, clock_timestamp()) else j.started_at end,
    finished_at = case when a.to_state = any ($12::text[]) then clock_timestamp() end,
    -- A job resumed after its stop time would be stopped again at once.
    stop_at = case when a.from_state = 'cancelled' then null else j.stop_at end,
    -- Whether a result that is complete is tried the first time or again, the time to give up counts from here.
    delivery_started_at = case when $9 in ('delivery_started', 'delivery_retried') then clock_timestamp()
      when $9 <> 'retried' then j.delivery_started_at end,
    delivery_attempts = case when $9 in ('delivery_started', 'delivery_retried', 'retried') then 0
      else j.delivery_attempts end,
    delivery_error = case when $9 not in ('delivery_started', 'delivery_retried', 'retried') then j.delivery_error end,
    -- What a job waits for between two tries is what the last one waited for in vain.
    waits_for = case when $5 = 'lock_timeout' then j.waits_for end,
    -- A job that goes on has more to log.
    log_ended_at = null,
    phase = case when a.to_state = 'delivering' then 'delivering' when a.to_state = any ($11::text[]) then j.phase else 'waiting' end,
    -- When an attempt ends early its counts are settled, and what was reported last is behind them.
    percentage = case when a.to_state = 'succeeded' then 100 else least(greatest(j.percentage, (
      select case when count(*) = count(p.total) then div(
        100 * sum(p.created + p.updated + p.unchanged + p.deleted + p.skipped + p.rejected + p.staged), nullif(sum(p.total), 0))::integer end
      from waybill.parts p where p.job_id = j.id)), 99) end,
    estimated_completion = case when a.to_state = any ($11::text[]) then j.estimated_completion end
  from arrows a
  where j.id = $1 and j.state = a.from_state and ($4::integer is null or j.epoch = $4)
    and (not $13::boolean or j.worker_id is null)
    -- Without its ledger a job would begin at its first record again, and what has landed would land twice.
    and (j.ledger_dropped_at is null or $9 not in ('resumed', 'retried', 'delivery_retried'))
  returning j.*, a.from_state
), noted as (
  insert into waybill.timeline (job_id, event, from_state, to_state, epoch, detail)
  select id, $9, from_state, state, epoch, $10::jsonb || case when $5 is null then '{}'::jsonb
    else jsonb_build_object('reason', $5::text) end
  from moved
), news as (
  select m.id, case when m.state in ('delivering', 'succeeded') and m.notify ->> 'on' = 'ready' then 'ready'
    when m.state = any ($12::text[]) then 'finished' end as event,
    coalesce(lower(substring(m.notify ->> 'url' from '^[^:]+://[^/?#]+')), 'unknown') as receiver
  from moved m where m.notify is not null
), told as (
  insert into waybill.notifications (job_id, event, receiver)
  select id, event, receiver from news
  -- What is delivered once more, or at last, was ready before.
  where event = 'finished' or event = 'ready' and 'ready' is distinct from (
    select n.event from waybill.notifications n where n.job_id = news.id order by n.sequence desc limit 1)
  returning *
), owed as (
  insert into waybill.reports (job_id, epoch)
  select m.id, m.epoch from moved m
  where m.state in ('cancelled', 'failed') and m.kind <> 'export' and m.epoch > 0 and not $14::boolean
  returning *
), slimmed as (
  -- It is not run again. The columns of its key are of use while there are issues to look for.
  update waybill.parts p set
    target_facts = case when p.rejected + p.warned + p.skipped > 0 then nullif(p.target_facts - 'fingerprint', '{}') end,
    source_facts = waybill.facts_of_succeeded(p.source_facts, p.dialect)
  from moved m where m.state = 'succeeded' and p.job_id = m.id and (p.source_facts is not null or p.target_facts is not null)
), forgiven as (
  -- Who goes on reports at the end.
  delete from waybill.reports r using moved m where r.job_id = m.id and m.state <> all ($12::text[])
)
select ${JOB_ROW}, ${PARTS_COLUMN}, (select ${REPORT_JSON} from owed r) as report, coalesce((select ${NOTIFICATION_JSON} from told n), ${LATEST_NOTIFICATION}) as notification
from moved j`,
};
