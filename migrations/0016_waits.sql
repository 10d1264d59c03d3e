-- What a job waits for that others hold in its target's database, in words; absent while nothing keeps it.
alter table waybill.jobs add column waits_for text;

-- Records that were accepted and lie in staging (atomicity `all`, mode `replace`): they have no outcome before the final merge.
alter table waybill.parts add column staged bigint not null default 0 check (staged >= 0);
