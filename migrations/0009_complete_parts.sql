-- Nothing is left to do for the part: an attempt that goes on with the job leaves it out.
alter table waybill.parts add column completed_at timestamptz;
