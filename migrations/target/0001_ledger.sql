-- The target-side tables live in the same database as the rows they vouch for, so that rows and ledger commit together.

-- One row per job: the epoch of the attempt that may write. A write locks it FOR SHARE, a claim updates it, so that
-- no write of an earlier attempt can commit after a later attempt has begun.
create table fence (
  job_id uuid primary key,
  epoch integer not null check (epoch > 0)
);

-- One row per finished chunk, append-only. Counts of a job are sums over it.
create table ledger (
  job_id uuid not null,
  part integer not null check (part >= 0),
  -- From 0 in the order of the source; -1 is the final merge of atomicity `all` and mode `replace`.
  chunk integer not null check (chunk >= -1),
  epoch integer not null check (epoch > 0),
  -- Records first_record..last_record; a chunk without records has last_record = first_record - 1.
  first_record bigint not null,
  last_record bigint not null,
  start_byte bigint not null,
  end_byte bigint not null,
  end_line bigint not null,
  created bigint not null default 0 check (created >= 0),
  updated bigint not null default 0 check (updated >= 0),
  unchanged bigint not null default 0 check (unchanged >= 0),
  deleted bigint not null default 0 check (deleted >= 0),
  skipped bigint not null default 0 check (skipped >= 0),
  rejected bigint not null default 0 check (rejected >= 0),
  warned bigint not null default 0 check (warned >= 0),
  removed bigint not null default 0 check (removed >= 0),
  -- Rows that lie in the durable staging table and get their outcome by the final merge, whose row has it negative.
  staged bigint not null default 0,
  issue_count integer not null default 0 check (issue_count >= 0),
  -- Issues that the chunk came with: JSON lines, deflated.
  issues bytea,
  -- Issues that the database found while judging and writing: a JSON array.
  found jsonb,
  committed_at timestamptz not null default clock_timestamp(),
  primary key (job_id, part, chunk),
  constraint ledger_positions check (
    last_record >= first_record - 1 and end_byte >= start_byte and start_byte >= 0
  ),
  -- Every processed record has exactly one outcome.
  constraint ledger_outcomes check (
    case when chunk >= 0
      then created + updated + unchanged + deleted + skipped + rejected + staged = last_record - first_record + 1
      else created + updated + unchanged + deleted + skipped + rejected + staged = 0
    end
  ),
  constraint ledger_warned check (warned <= created + updated + unchanged + deleted + skipped)
);
