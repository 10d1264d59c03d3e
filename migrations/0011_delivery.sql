-- Exports whose result is carried to a place. Between two tries a job stays `delivering`, held by nobody, with `not_before`.
alter table waybill.jobs add column destination jsonb;
-- When the result was complete, since when it is tried; null also while a job that was put back makes its result anew.
alter table waybill.jobs add column delivery_started_at timestamptz;
alter table waybill.jobs add column delivery_attempts integer not null default 0;
-- What the last try failed with, in words.
alter table waybill.jobs add column delivery_error text;
alter table waybill.jobs add constraint delivering_somewhere check (state <> 'delivering' or destination is not null);
-- The receipt: written when the file is at its place, under its name, whole.
alter table waybill.artifacts add column delivered_at timestamptz;
alter table waybill.artifacts add column delivered_to text;

-- What waits for its next try is looked for each second, like what is queued.
drop index waybill.jobs_claimable;
create index jobs_claimable on waybill.jobs (priority desc, number) where state in ('queued', 'scheduled', 'delivering');

-- A delivery holds no keys any more, and one that is cancelled needs none: another job may have them by then.
create or replace function waybill.hold_exclusive_keys() returns trigger language plpgsql as $$
begin
  if new.state in ('running', 'pausing', 'cancelling') and not (tg_op = 'UPDATE' and old.state = 'delivering') then
    -- In one order for everybody: of two claims that want the same keys one waits for the other, and never both.
    insert into waybill.job_locks (key, job_id)
    select k.key, new.id from unnest(new.exclusive_keys) k (key)
    where not exists (select from waybill.job_locks l where l.job_id = new.id and l.key = k.key)
    order by k.key collate "C";
  else
    delete from waybill.job_locks where job_id = new.id;
  end if;
  return null;
end $$;
