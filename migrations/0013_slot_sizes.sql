-- How many jobs of the slot may be under way: a job that is put back has to find room as a new one has.
alter table waybill.jobs add column slot_most integer check (slot_most > 0);
