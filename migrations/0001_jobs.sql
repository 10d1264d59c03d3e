-- Collections and their versions. A job pins the version it runs with, so versions are never changed or removed while
-- a job names them.
create table waybill.collections (
  name text primary key,
  version integer not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table waybill.collection_versions (
  name text not null,
  version integer not null check (version > 0),
  -- json, not jsonb: the order of the fields is the order in files.
  definition json not null,
  created_at timestamptz not null default now(),
  primary key (name, version)
);

-- Files that were received, hashed and kept.
create table waybill.uploads (
  id uuid primary key default gen_random_uuid(),
  file_name text,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size_bytes bigint not null check (size_bytes >= 0),
  -- Path below the data folder.
  storage_key text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  deleted_at timestamptz
);
create index uploads_expiry on waybill.uploads (expires_at) where deleted_at is null;

-- Worker processes. Each holds the session advisory lock (8021, lock_key) on an idle connection: when that lock is
-- free the worker is dead. The lease is for workers that keep their connection but do nothing (SIGSTOP, a hang).
create table waybill.workers (
  id uuid primary key,
  lock_key integer generated always as identity,
  host text not null,
  pid integer not null,
  started_at timestamptz not null default now(),
  lease_expires_at timestamptz not null
);

create table waybill.jobs (
  id uuid primary key default gen_random_uuid(),
  number bigint generated always as identity unique,
  kind text not null check (kind in ('import', 'validation', 'export')),
  state text not null check (state in ('scheduled', 'queued', 'running', 'pausing', 'paused', 'cancelling',
    'cancelled', 'delivering', 'succeeded', 'failed')),
  -- Options as accepted; never changed afterwards.
  options jsonb not null,
  description text,
  labels text[] not null default '{}',
  metadata jsonb not null default '{}',
  created_by text,
  parent_id uuid references waybill.jobs (id) on delete set null,
  idempotency_key text unique,
  request_hash text,
  priority integer not null default 0 check (priority between -100 and 100),
  start_at timestamptz,
  stop_at timestamptz,
  -- Jobs with the same key write one at a time.
  exclusive_key text,
  -- One claim is one epoch; it fences off the earlier ones.
  epoch integer not null default 0,
  worker_id uuid,
  message_id uuid,
  -- Given back after a transient fault: not claimed before this time.
  not_before timestamptz,
  transient_faults integer not null default 0,
  -- Claims that ended with a dead worker and without a new ledger row.
  crashes integer not null default 0,
  -- Why the job is in its state: `stop_time`, `asked`, `worker_lost`, `shutdown`, `transient`, `disk_full` and so on.
  reason text,
  failure jsonb,
  phase text not null default 'waiting',
  phase_done bigint,
  phase_total bigint,
  percentage integer not null default 0 check (percentage between 0 and 100),
  estimated_completion timestamptz,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  updated_at timestamptz not null default now(),
  -- Retention dropped the ledger in the target's database: issues are left only in files and groups.
  ledger_dropped_at timestamptz,
  -- Counts every change of the row: the ETag.
  version bigint not null default 1,
  constraint finished_when_final check ((finished_at is not null) = (state in ('cancelled', 'succeeded', 'failed'))),
  constraint claimed_when_held check (worker_id is null
    or state in ('running', 'pausing', 'cancelling', 'delivering')),
  constraint failure_when_failed check (state <> 'failed' or failure is not null),
  constraint complete_at_the_end check (percentage < 100 or state in ('succeeded', 'failed', 'cancelled'))
);
create index jobs_claimable on waybill.jobs (priority desc, number) where state in ('queued', 'scheduled');
create index jobs_held on waybill.jobs (worker_id)
  where state in ('running', 'pausing', 'cancelling', 'delivering');
create index jobs_by_parent on waybill.jobs (parent_id) where parent_id is not null;
create index jobs_by_creation on waybill.jobs (created_at);
-- The rule itself, not only a check before it: two claims of the same key cannot both commit.
create unique index jobs_one_writer on waybill.jobs (exclusive_key)
  where state in ('running', 'pausing', 'cancelling');

-- A job has an ordered list of parts: one collection with one source, or one result.
create table waybill.parts (
  job_id uuid not null references waybill.jobs (id) on delete cascade,
  part integer not null check (part >= 0),
  collection text not null,
  collection_version integer not null,
  scope jsonb not null default '{}',
  -- import, validation: { upload } with the pinned dialect and mapping.
  source jsonb,
  dialect jsonb,
  mapping jsonb,
  -- What the target said when the job first ran; a resumed job compares.
  target_facts jsonb,
  -- What the index pass found (fields, counts, seed of the duplicates' hash): the same for every attempt.
  source_facts jsonb,
  total bigint,
  created bigint not null default 0,
  updated bigint not null default 0,
  unchanged bigint not null default 0,
  deleted bigint not null default 0,
  skipped bigint not null default 0,
  rejected bigint not null default 0,
  warned bigint not null default 0,
  removed bigint not null default 0,
  primary key (job_id, part),
  foreign key (collection, collection_version) references waybill.collection_versions (name, version)
);

-- What happened when.
create table waybill.timeline (
  job_id uuid not null references waybill.jobs (id) on delete cascade,
  sequence bigint generated always as identity,
  at timestamptz not null default clock_timestamp(),
  event text not null,
  from_state text,
  to_state text,
  epoch integer not null,
  detail jsonb not null default '{}',
  primary key (job_id, sequence)
);

create table waybill.artifacts (
  id uuid primary key default gen_random_uuid(),
  job_id uuid not null references waybill.jobs (id) on delete cascade,
  part integer,
  kind text not null check (kind in ('result', 'manifest', 'issues', 'failed_rows', 'unreadable_rows')),
  name text not null,
  media_type text not null,
  size_bytes bigint not null,
  sha256 text not null,
  records bigint,
  storage_key text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  deleted_at timestamptz,
  unique (job_id, name)
);
create index artifacts_expiry on waybill.artifacts (expires_at) where deleted_at is null;

create table waybill.issue_groups (
  job_id uuid not null references waybill.jobs (id) on delete cascade,
  part integer not null,
  code text not null,
  field text not null default '',
  severity text not null check (severity in ('warning', 'error')),
  count bigint not null,
  -- The first few, as issues.
  examples jsonb not null,
  primary key (job_id, part, code, field, severity)
);
