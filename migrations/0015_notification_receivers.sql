-- Whom a notification goes to: scheme, host and port of its address. Each receiver has a queue of its own, so that one that is slow keeps
-- no other waiting; they are found by walking from one to the next in the index.
alter table waybill.notifications add column receiver text collate "C" not null default 'unknown';
update waybill.notifications n
  set receiver = coalesce(lower(substring(j.notify ->> 'url' from '^[^:]+://[^/?#]+')), 'unknown')
  from waybill.jobs j where j.id = n.job_id and n.state = 'pending';
drop index waybill.notifications_due;
create index notifications_by_receiver on waybill.notifications (receiver, next_at) where state = 'pending';
