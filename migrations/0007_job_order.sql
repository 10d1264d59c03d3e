-- A job with several parts writes to several collections, and must have all of them for itself.
alter table waybill.jobs add column exclusive_keys text[];
update waybill.jobs set exclusive_keys = array[exclusive_key] where exclusive_key is not null;
drop index waybill.jobs_one_writer;
alter table waybill.jobs drop column exclusive_key;
create index jobs_by_exclusive_key on waybill.jobs using gin (exclusive_keys)
  where state in ('queued', 'running', 'pausing', 'cancelling');

-- The keys that are held now, each by one job: the rule itself, not only a check before it.
create table waybill.job_locks (
  key text not null,
  job_id uuid not null references waybill.jobs (id) on delete cascade,
  constraint jobs_one_writer primary key (key)
);
create index job_locks_by_job on waybill.job_locks (job_id);

-- Whatever statement moves a job, its keys come and go with its state: there is no line between the two to crash at.
create function waybill.hold_exclusive_keys() returns trigger language plpgsql as $$
begin
  if new.state in ('running', 'pausing', 'cancelling') then
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
create trigger hold_exclusive_keys_of_new after insert on waybill.jobs
  for each row when (new.exclusive_keys is not null and new.state in ('running', 'pausing', 'cancelling'))
  execute function waybill.hold_exclusive_keys();
create trigger hold_exclusive_keys after update of state on waybill.jobs
  for each row when (new.exclusive_keys is not null and new.state <> old.state) execute function waybill.hold_exclusive_keys();
insert into waybill.job_locks (key, job_id)
  select k.key, j.id from waybill.jobs j, unnest(j.exclusive_keys) k (key) where j.state in ('running', 'pausing', 'cancelling');

-- The job that must have succeeded before this one begins. No foreign key: whether it was deleted is to be seen.
alter table waybill.jobs add column after_id uuid;
create index jobs_by_prerequisite on waybill.jobs (after_id) where after_id is not null and finished_at is null;
