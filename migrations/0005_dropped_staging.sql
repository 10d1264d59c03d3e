-- A job with atomicity `all` or mode `replace` that nobody held when it was cancelled: the janitor has dropped what it had staged.
alter table waybill.jobs add column staging_dropped_at timestamptz;
-- A job that its stop time cancelled may be resumed, and goes on with what it has staged.
create index jobs_abandoned_staging on waybill.jobs (finished_at)
  where state = 'cancelled' and reason is distinct from 'stop_time' and epoch > 0 and staging_dropped_at is null
    and kind = 'import' and (options ->> 'atomicity' = 'all' or options ->> 'mode' = 'replace');
