-- The wire protocol that a job was asked for in, and what of the request its answers repeat. Null: the native API.
alter table waybill.jobs add column origin jsonb;
-- Jobs that may not all be under way at once: an accepted request counts those of its slot that are not final.
alter table waybill.jobs add column slot text;
create index jobs_by_slot on waybill.jobs (slot) where slot is not null and finished_at is null;
