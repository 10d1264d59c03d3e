-- Jobs that keep a log at a place: { location }.
alter table waybill.jobs add column log jsonb;
-- When the end of the job was written there; null again when it goes on.
alter table waybill.jobs add column log_ended_at timestamptz;
create index jobs_with_open_log on waybill.jobs (finished_at)
  where log is not null and finished_at is not null and log_ended_at is null;
