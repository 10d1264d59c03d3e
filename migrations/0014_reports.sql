-- What a job that stopped midway still owes: the files of its issues and rejected records. A row is made by the statement that ends the
-- job, and goes when the files are there, or when the job goes on. A job that ended by itself writes them before it ends, and owes none.
create table waybill.reports (
  job_id uuid primary key references waybill.jobs (id) on delete cascade,
  -- The attempt whose ledger is reported.
  epoch integer not null check (epoch > 0),
  -- The worker that is at it; it has to live for that.
  worker_id uuid,
  -- Claims that have come to no end: workers that died at it.
  crashes integer not null default 0 check (crashes >= 0),
  -- Tries that a passing fault has ended, in a row.
  faults integer not null default 0 check (faults >= 0),
  next_at timestamptz not null default clock_timestamp(),
  -- Why the last try failed.
  error text,
  -- What cannot be had is not tried any more.
  given_up_at timestamptz,
  check (given_up_at is null or error is not null)
);
create index reports_due on waybill.reports (next_at) where given_up_at is null;
