-- A file of unreadable records is cut at a limit; what it would have had is said with it.
alter table waybill.artifacts add column cut_from_bytes bigint;
