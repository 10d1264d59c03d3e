-- What a part of an export takes from its collection, where that is not what the job's options say of all parts.
alter table waybill.parts add column fields jsonb, add column filter jsonb;
