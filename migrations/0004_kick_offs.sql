-- The W3C trace context that a kick-off came with, for the log lines of whoever works on the job.
alter table waybill.jobs add column traceparent text;

-- Uploads are listed, newest first.
create index uploads_by_creation on waybill.uploads (created_at desc, id desc) where deleted_at is null;
-- "Was this file imported before?", at every kick-off.
create index uploads_by_content on waybill.uploads (sha256);
-- "Who needs this upload?", before it is removed.
create index parts_by_upload on waybill.parts (((source ->> 'upload')::uuid));
