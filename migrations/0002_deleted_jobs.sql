-- A job that was deleted: nobody sees it any more, and what it left in files and in the databases of its targets goes before its row does.
alter table waybill.jobs add column deleted_at timestamptz;
alter table waybill.jobs add constraint deleted_when_final check (deleted_at is null or finished_at is not null);
create index jobs_deleted on waybill.jobs (deleted_at) where deleted_at is not null;
