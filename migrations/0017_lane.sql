-- Small and urgent jobs have a lane of their own, so that they never wait for long ones.
-- Bytes of the uploads that a job reads; null: not known, as of an export and of what is still to be fetched.
alter table waybill.jobs add column source_bytes bigint check (source_bytes >= 0);
-- How often its time in the lane was over before the job was.
alter table waybill.jobs add column lane_turns integer not null default 0 check (lane_turns >= 0);
alter table waybill.workers add column in_lane boolean not null default false;
