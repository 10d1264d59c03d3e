-- What /metrics tells of everything that is kept, counted where it changes and not when it is asked for. A change is a row of its own, written
-- by the transaction that makes it, so that it comes and goes with it and no two jobs wait for each other; the sweeper folds changes into
-- sums. What has not ended is counted when it is asked for.
create table waybill.figures (
  -- jobs.KIND.STATE, ended.KIND.STATE, records.OUTCOME, uploads.bytes, artifacts.bytes
  figure text collate "C" not null,
  -- Of `ended`: in which minute; those of the last two hours are kept.
  minute timestamptz not null default '-infinity',
  amount bigint not null,
  primary key (figure, minute)
);
create table waybill.figure_changes (
  figure text collate "C" not null,
  minute timestamptz not null default '-infinity',
  amount bigint not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create function waybill.count_job() returns trigger language plpgsql as $$
begin
  insert into waybill.figure_changes (figure, minute, amount)
  select f.figure || '.' || c.kind || '.' || c.state, f.minute, c.amount
  from (values (old.kind, old.state, old.finished_at, old.deleted_at, -1), (new.kind, new.state, new.finished_at, new.deleted_at, 1))
    c (kind, state, finished_at, deleted_at, amount)
  cross join lateral (values ('jobs', '-infinity'::timestamptz), ('ended', date_trunc('minute', c.finished_at))) f (figure, minute)
  where c.finished_at is not null and c.deleted_at is null
    and (f.figure = 'jobs' or c.finished_at > clock_timestamp() - interval '2 hours');
  return null;
end $$;
create trigger count_new after insert on waybill.jobs
  for each row when (new.finished_at is not null) execute function waybill.count_job();
create trigger count_change after update of state, finished_at, deleted_at on waybill.jobs
  for each row when ((old.state, old.finished_at, old.deleted_at) is distinct from (new.state, new.finished_at, new.deleted_at)
    and (old.finished_at is not null or new.finished_at is not null)) execute function waybill.count_job();
create trigger count_gone after delete on waybill.jobs
  for each row when (old.finished_at is not null and old.deleted_at is null) execute function waybill.count_job();

create function waybill.count_records() returns trigger language plpgsql as $$
begin
  insert into waybill.figure_changes (figure, amount)
  select 'records.' || c.outcome, c.amount from (values
    ('created', coalesce(new.created, 0) - coalesce(old.created, 0)),
    ('updated', coalesce(new.updated, 0) - coalesce(old.updated, 0)),
    ('unchanged', coalesce(new.unchanged, 0) - coalesce(old.unchanged, 0)),
    ('deleted', coalesce(new.deleted, 0) - coalesce(old.deleted, 0)),
    ('skipped', coalesce(new.skipped, 0) - coalesce(old.skipped, 0)),
    ('rejected', coalesce(new.rejected, 0) - coalesce(old.rejected, 0)),
    ('removed', coalesce(new.removed, 0) - coalesce(old.removed, 0))) c (outcome, amount)
  where c.amount <> 0;
  return null;
end $$;
create trigger count_new after insert on waybill.parts
  for each row when (new.created + new.updated + new.unchanged + new.deleted + new.skipped + new.rejected + new.removed > 0)
  execute function waybill.count_records();
create trigger count_change after update of created, updated, unchanged, deleted, skipped, rejected, removed on waybill.parts
  for each row when ((old.created, old.updated, old.unchanged, old.deleted, old.skipped, old.rejected, old.removed)
    is distinct from (new.created, new.updated, new.unchanged, new.deleted, new.skipped, new.rejected, new.removed))
  execute function waybill.count_records();
create trigger count_gone after delete on waybill.parts for each row execute function waybill.count_records();

create function waybill.count_bytes() returns trigger language plpgsql as $$
declare
  change bigint := case when new.deleted_at is null then coalesce(new.size_bytes, 0) else 0 end
    - case when old.deleted_at is null then coalesce(old.size_bytes, 0) else 0 end;
begin
  if change <> 0 then
    insert into waybill.figure_changes (figure, amount) values (tg_table_name || '.bytes', change);
  end if;
  return null;
end $$;
create trigger count_bytes after insert or delete or update of size_bytes, deleted_at on waybill.uploads
  for each row execute function waybill.count_bytes();
create trigger count_bytes after insert or delete or update of size_bytes, deleted_at on waybill.artifacts
  for each row execute function waybill.count_bytes();

-- Counts everything anew, while nobody changes it.
create function waybill.recount_figures() returns void language plpgsql as $$
begin
  lock table waybill.jobs, waybill.parts, waybill.uploads, waybill.artifacts in share row exclusive mode;
  delete from waybill.figure_changes;
  delete from waybill.figures;
  insert into waybill.figures (figure, minute, amount)
  select 'jobs.' || kind || '.' || state, '-infinity'::timestamptz, count(*) from waybill.jobs
  where finished_at is not null and deleted_at is null group by 1
  union all
  select 'ended.' || kind || '.' || state, date_trunc('minute', finished_at), count(*) from waybill.jobs
  where finished_at > clock_timestamp() - interval '2 hours' and deleted_at is null group by 1, 2
  union all
  select 'records.' || r.outcome, '-infinity', r.amount from (
    select sum(created) as created, sum(updated) as updated, sum(unchanged) as unchanged, sum(deleted) as deleted,
      sum(skipped) as skipped, sum(rejected) as rejected, sum(removed) as removed from waybill.parts
  ) s cross join lateral (values ('created', s.created), ('updated', s.updated), ('unchanged', s.unchanged), ('deleted', s.deleted),
    ('skipped', s.skipped), ('rejected', s.rejected), ('removed', s.removed)) r (outcome, amount) where r.amount <> 0
  union all
  select 'uploads.bytes', '-infinity', sum(size_bytes) from waybill.uploads where deleted_at is null having count(*) > 0
  union all
  select 'artifacts.bytes', '-infinity', sum(size_bytes) from waybill.artifacts where deleted_at is null having count(*) > 0;
end $$;
select waybill.recount_figures();
