-- Its condition is one that only the lane asks: as long as nobody has counted the jobs that were queued a moment ago, this index seemed as
-- good as that of a line for whoever looks for the first in it, and was read as a whole.
drop index waybill.jobs_for_lane;
create index jobs_for_lane on waybill.jobs (lane_turns, source_bytes, number) where state = 'queued' and lane_turns >= 0;
