-- The queue: a row for each job that a worker could take, as a hint; the job's own row is the truth.
create table waybill.hints (
  job_id uuid not null,
  -- For the workers of the lane: a further hint for each job that they would take.
  in_lane boolean not null,
  -- The greatest first, then in the order of sending.
  rank integer not null,
  number bigint generated always as identity,
  primary key (job_id, in_lane)
);
create index hints_by_place on waybill.hints (in_lane, rank desc, number);

-- Rows come and go all the time: they are cleared away early, whatever the size of the table was once.
alter table waybill.hints set (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

-- What carried the hints before.
alter table waybill.jobs drop column message_id;
drop schema if exists waybill_queue_v12 cascade;
