-- Whom a job tells of itself, as asked at its kick-off: { url, on, form, retries, everyMs }.
alter table waybill.jobs add column notify jsonb;

-- What there is to tell, each made by the very statement that moved the job. Whom, and how often, is said by the job.
create table waybill.notifications (
  -- The receiver sees it, and knows by it what it has been told before.
  id uuid primary key default gen_random_uuid(),
  sequence bigint generated always as identity,
  job_id uuid not null references waybill.jobs (id) on delete cascade,
  -- finished: the job is final. ready: what it made is there, before it is delivered.
  event text not null check (event in ('finished', 'ready')),
  state text not null default 'pending' check (state in ('pending', 'sent', 'given_up')),
  -- Tries that came to an end.
  attempts integer not null default 0 check (attempts >= 0),
  -- When to try; while a try is under way, the time from which its sender counts as dead.
  next_at timestamptz default clock_timestamp(),
  last_error text,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  check ((state = 'pending') = (next_at is not null)),
  check ((state = 'pending') = (ended_at is null))
);
create index notifications_due on waybill.notifications (next_at) where state = 'pending';
create index notifications_by_job on waybill.notifications (job_id, sequence);
