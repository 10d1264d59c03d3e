-- Who is first in line for a key is found by walking an index from the front, however many stand behind. Almost every job has one key; those
-- with several, of several parts, are looked at beside them.
create index jobs_in_line on waybill.jobs ((exclusive_keys[1]), (-priority), number)
  where state = 'queued' and cardinality(exclusive_keys) = 1;
create index jobs_in_lines on waybill.jobs using gin (exclusive_keys) where state = 'queued' and cardinality(exclusive_keys) > 1;
create index jobs_in_lines_by_place on waybill.jobs ((-priority), number) where state = 'queued' and cardinality(exclusive_keys) > 1;
create index jobs_in_no_line on waybill.jobs ((-priority), number) where state = 'queued' and exclusive_keys is null;
-- Whoever runs holds its keys in `job_locks`.
drop index waybill.jobs_by_exclusive_key, waybill.jobs_claimable;
-- What the lane takes first.
create index jobs_for_lane on waybill.jobs (lane_turns, source_bytes, number) where state = 'queued';
-- What the sweeper looks for.
create index jobs_to_start on waybill.jobs (start_at) where state = 'scheduled';
create index jobs_to_stop on waybill.jobs (stop_at)
  where stop_at is not null and state in ('scheduled', 'queued', 'running', 'pausing', 'paused');
