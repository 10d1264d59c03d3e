-- What the migrations add up to. Written by test/postgres/store/schema-snapshot.test.ts --update; runs nowhere.

create schema waybill;

create domain waybill.sealed as text CHECK ((VALUE ~ '^v1\.[0-9a-f]{16}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]{22}$'::text));

create table waybill.api_keys (
  id text not null,
  secret_sha256 bytea not null,
  name text not null,
  role text not null,
  created_by text not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  expires_at timestamp with time zone,
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  constraint api_keys_pkey PRIMARY KEY (id),
  constraint api_keys_secret_sha256_key UNIQUE (secret_sha256)
);

create table waybill.artifacts (
  id uuid not null default gen_random_uuid(),
  job_id uuid not null,
  part integer,
  kind text not null,
  name text not null,
  media_type text not null,
  size_bytes bigint not null,
  sha256 text not null,
  records bigint,
  storage_key text not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  deleted_at timestamp with time zone,
  delivered_at timestamp with time zone,
  delivered_to text,
  cut_from_bytes bigint,
  constraint artifacts_pkey PRIMARY KEY (id),
  constraint artifacts_job_id_name_key UNIQUE (job_id, name),
  constraint artifacts_job_id_fkey FOREIGN KEY (job_id) REFERENCES waybill.jobs(id) ON DELETE CASCADE,
  constraint artifacts_kind_check CHECK ((kind = ANY (ARRAY['result'::text, 'manifest'::text, 'issues'::text, 'failed_rows'::text, 'unreadable_rows'::text])))
);
CREATE INDEX artifacts_expiry ON waybill.artifacts USING btree (expires_at) WHERE (deleted_at IS NULL);
CREATE TRIGGER count_bytes AFTER INSERT OR DELETE OR UPDATE OF size_bytes, deleted_at ON waybill.artifacts FOR EACH ROW EXECUTE FUNCTION waybill.count_bytes();

create table waybill.client_secrets (
  client_id text not null,
  sha256 bytea not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  ends_at timestamp with time zone,
  last_used_at timestamp with time zone,
  constraint client_secrets_pkey PRIMARY KEY (client_id, sha256),
  constraint client_secrets_client_id_fkey FOREIGN KEY (client_id) REFERENCES waybill.clients(id) ON DELETE CASCADE
);

create table waybill.clients (
  id text not null,
  name text not null,
  role text not null,
  scopes text[],
  public_keys jsonb not null default '[]'::jsonb,
  created_by text not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  revoked_at timestamp with time zone,
  constraint clients_pkey PRIMARY KEY (id)
);

create table waybill.collection_versions (
  name text not null,
  version integer not null,
  definition json not null,
  created_at timestamp with time zone not null default now(),
  constraint collection_versions_pkey PRIMARY KEY (name, version),
  constraint collection_versions_version_check CHECK ((version > 0))
);

create table waybill.collections (
  name text not null,
  version integer not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint collections_pkey PRIMARY KEY (name)
);

create table waybill.figure_changes (
  figure text not null,
  minute timestamp with time zone not null default '-infinity'::timestamp with time zone,
  amount bigint not null
);

create table waybill.figures (
  figure text not null,
  minute timestamp with time zone not null default '-infinity'::timestamp with time zone,
  amount bigint not null,
  constraint figures_pkey PRIMARY KEY (figure, minute)
);

create table waybill.hints (
  job_id uuid not null,
  in_lane boolean not null,
  rank integer not null,
  number bigint not null generated always as identity,
  constraint hints_pkey PRIMARY KEY (job_id, in_lane)
);
CREATE INDEX hints_by_place ON waybill.hints USING btree (in_lane, rank DESC, number);

create table waybill.issue_groups (
  job_id uuid not null,
  part integer not null,
  code text not null,
  field text not null default ''::text,
  severity text not null,
  count bigint not null,
  examples jsonb not null,
  constraint issue_groups_pkey PRIMARY KEY (job_id, part, code, field, severity),
  constraint issue_groups_job_id_fkey FOREIGN KEY (job_id) REFERENCES waybill.jobs(id) ON DELETE CASCADE,
  constraint issue_groups_severity_check CHECK ((severity = ANY (ARRAY['warning'::text, 'error'::text])))
);

create table waybill.job_locks (
  key text not null,
  job_id uuid not null,
  constraint jobs_one_writer PRIMARY KEY (key),
  constraint job_locks_job_id_fkey FOREIGN KEY (job_id) REFERENCES waybill.jobs(id) ON DELETE CASCADE
);
CREATE INDEX job_locks_by_job ON waybill.job_locks USING btree (job_id);

create table waybill.jobs (
  id uuid not null default gen_random_uuid(),
  number bigint not null generated always as identity,
  kind text not null,
  state text not null,
  options jsonb not null,
  description text,
  labels text[] not null default '{}'::text[],
  metadata jsonb not null default '{}'::jsonb,
  created_by text,
  parent_id uuid,
  idempotency_key text,
  request_hash text,
  priority integer not null default 0,
  start_at timestamp with time zone,
  stop_at timestamp with time zone,
  epoch integer not null default 0,
  worker_id uuid,
  not_before timestamp with time zone,
  transient_faults integer not null default 0,
  crashes integer not null default 0,
  reason text,
  failure jsonb,
  phase text not null default 'waiting'::text,
  phase_done bigint,
  phase_total bigint,
  percentage integer not null default 0,
  estimated_completion timestamp with time zone,
  created_at timestamp with time zone not null default now(),
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  updated_at timestamp with time zone not null default now(),
  ledger_dropped_at timestamp with time zone,
  version bigint not null default 1,
  deleted_at timestamp with time zone,
  values_dropped_at timestamp with time zone,
  traceparent text,
  staging_dropped_at timestamp with time zone,
  exclusive_keys text[],
  after_id uuid,
  origin jsonb,
  slot text,
  notify jsonb,
  destination jsonb,
  delivery_started_at timestamp with time zone,
  delivery_attempts integer not null default 0,
  delivery_error text,
  log jsonb,
  log_ended_at timestamp with time zone,
  slot_most integer,
  waits_for text,
  source_bytes bigint,
  lane_turns integer not null default 0,
  collections text[] not null default '{}'::text[],
  constraint jobs_pkey PRIMARY KEY (id),
  constraint jobs_number_key UNIQUE (number),
  constraint jobs_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES waybill.jobs(id) ON DELETE SET NULL,
  constraint claimed_when_held CHECK (((worker_id IS NULL) OR (state = ANY (ARRAY['running'::text, 'pausing'::text, 'cancelling'::text, 'delivering'::text])))),
  constraint complete_at_the_end CHECK (((percentage < 100) OR (state = ANY (ARRAY['succeeded'::text, 'failed'::text, 'cancelled'::text])))),
  constraint deleted_when_final CHECK (((deleted_at IS NULL) OR (finished_at IS NOT NULL))),
  constraint delivering_somewhere CHECK (((state <> 'delivering'::text) OR (destination IS NOT NULL))),
  constraint failure_when_failed CHECK (((state <> 'failed'::text) OR (failure IS NOT NULL))),
  constraint finished_when_final CHECK (((finished_at IS NOT NULL) = (state = ANY (ARRAY['cancelled'::text, 'succeeded'::text, 'failed'::text])))),
  constraint jobs_kind_check CHECK ((kind = ANY (ARRAY['import'::text, 'validation'::text, 'export'::text]))),
  constraint jobs_lane_turns_check CHECK ((lane_turns >= 0)),
  constraint jobs_percentage_check CHECK (((percentage >= 0) AND (percentage <= 100))),
  constraint jobs_priority_check CHECK (((priority >= '-100'::integer) AND (priority <= 100))),
  constraint jobs_slot_most_check CHECK ((slot_most > 0)),
  constraint jobs_source_bytes_check CHECK ((source_bytes >= 0)),
  constraint jobs_state_check CHECK ((state = ANY (ARRAY['scheduled'::text, 'queued'::text, 'running'::text, 'pausing'::text, 'paused'::text, 'cancelling'::text, 'cancelled'::text, 'delivering'::text, 'succeeded'::text, 'failed'::text])))
);
CREATE INDEX jobs_abandoned_staging ON waybill.jobs USING btree (finished_at) WHERE ((state = 'cancelled'::text) AND (reason IS DISTINCT FROM 'stop_time'::text) AND (epoch > 0) AND (staging_dropped_at IS NULL) AND (kind = 'import'::text) AND (((options ->> 'atomicity'::text) = 'all'::text) OR ((options ->> 'mode'::text) = 'replace'::text)));
CREATE INDEX jobs_by_creation ON waybill.jobs USING btree (created_at);
CREATE INDEX jobs_by_end ON waybill.jobs USING btree (finished_at) WHERE (finished_at IS NOT NULL);
CREATE INDEX jobs_by_facet ON waybill.jobs USING gin (waybill.job_facets(number, kind, state, collections, labels, created_by)) WITH (fastupdate=off) WHERE ((finished_at IS NOT NULL) AND (deleted_at IS NULL));
CREATE INDEX jobs_by_parent ON waybill.jobs USING btree (parent_id) WHERE (parent_id IS NOT NULL);
CREATE INDEX jobs_by_prerequisite ON waybill.jobs USING btree (after_id) WHERE ((after_id IS NOT NULL) AND (finished_at IS NULL));
CREATE INDEX jobs_by_slot ON waybill.jobs USING btree (slot) WHERE ((slot IS NOT NULL) AND (finished_at IS NULL));
CREATE INDEX jobs_deleted ON waybill.jobs USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);
CREATE INDEX jobs_for_lane ON waybill.jobs USING btree (lane_turns, source_bytes, number) WHERE ((state = 'queued'::text) AND (lane_turns >= 0));
CREATE INDEX jobs_held ON waybill.jobs USING btree (worker_id) WHERE (state = ANY (ARRAY['running'::text, 'pausing'::text, 'cancelling'::text, 'delivering'::text]));
CREATE INDEX jobs_in_line ON waybill.jobs USING btree ((exclusive_keys[1]), ((- priority)), number) WHERE ((state = 'queued'::text) AND (cardinality(exclusive_keys) = 1));
CREATE INDEX jobs_in_lines ON waybill.jobs USING gin (exclusive_keys) WHERE ((state = 'queued'::text) AND (cardinality(exclusive_keys) > 1));
CREATE INDEX jobs_in_lines_by_place ON waybill.jobs USING btree (((- priority)), number) WHERE ((state = 'queued'::text) AND (cardinality(exclusive_keys) > 1));
CREATE INDEX jobs_in_no_line ON waybill.jobs USING btree (((- priority)), number) WHERE ((state = 'queued'::text) AND (exclusive_keys IS NULL));
CREATE INDEX jobs_to_start ON waybill.jobs USING btree (start_at) WHERE (state = 'scheduled'::text);
CREATE INDEX jobs_to_stop ON waybill.jobs USING btree (stop_at) WHERE ((stop_at IS NOT NULL) AND (state = ANY (ARRAY['scheduled'::text, 'queued'::text, 'running'::text, 'pausing'::text, 'paused'::text])));
CREATE INDEX jobs_unfinished ON waybill.jobs USING btree (number) WHERE (finished_at IS NULL);
CREATE INDEX jobs_with_ledger ON waybill.jobs USING btree (finished_at) WHERE ((finished_at IS NOT NULL) AND (kind <> 'export'::text) AND (ledger_dropped_at IS NULL));
CREATE INDEX jobs_with_open_log ON waybill.jobs USING btree (finished_at) WHERE ((log IS NOT NULL) AND (finished_at IS NOT NULL) AND (log_ended_at IS NULL));
CREATE INDEX jobs_with_values ON waybill.jobs USING btree (finished_at) WHERE ((finished_at IS NOT NULL) AND (kind <> 'export'::text) AND ((values_dropped_at IS NULL) OR (values_dropped_at < finished_at)));
CREATE TRIGGER count_change AFTER UPDATE OF state, finished_at, deleted_at ON waybill.jobs FOR EACH ROW WHEN (((((old.state IS DISTINCT FROM new.state) OR (old.finished_at IS DISTINCT FROM new.finished_at)) OR (old.deleted_at IS DISTINCT FROM new.deleted_at)) AND ((old.finished_at IS NOT NULL) OR (new.finished_at IS NOT NULL)))) EXECUTE FUNCTION waybill.count_job();
CREATE TRIGGER count_gone AFTER DELETE ON waybill.jobs FOR EACH ROW WHEN (((old.finished_at IS NOT NULL) AND (old.deleted_at IS NULL))) EXECUTE FUNCTION waybill.count_job();
CREATE TRIGGER count_new AFTER INSERT ON waybill.jobs FOR EACH ROW WHEN ((new.finished_at IS NOT NULL)) EXECUTE FUNCTION waybill.count_job();
CREATE TRIGGER hold_exclusive_keys AFTER UPDATE OF state ON waybill.jobs FOR EACH ROW WHEN (((new.exclusive_keys IS NOT NULL) AND (new.state <> old.state))) EXECUTE FUNCTION waybill.hold_exclusive_keys();
CREATE TRIGGER hold_exclusive_keys_of_new AFTER INSERT ON waybill.jobs FOR EACH ROW WHEN (((new.exclusive_keys IS NOT NULL) AND (new.state = ANY (ARRAY['running'::text, 'pausing'::text, 'cancelling'::text])))) EXECUTE FUNCTION waybill.hold_exclusive_keys();
CREATE UNIQUE INDEX jobs_by_idempotency_key ON waybill.jobs USING btree (idempotency_key) WHERE (idempotency_key IS NOT NULL);

create table waybill.migrations (
  version integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null default now(),
  constraint migrations_pkey PRIMARY KEY (version),
  constraint migrations_version_check CHECK ((version > 0))
);

create table waybill.notifications (
  id uuid not null default gen_random_uuid(),
  sequence bigint not null generated always as identity,
  job_id uuid not null,
  event text not null,
  state text not null default 'pending'::text,
  attempts integer not null default 0,
  next_at timestamp with time zone default clock_timestamp(),
  last_error text,
  created_at timestamp with time zone not null default clock_timestamp(),
  ended_at timestamp with time zone,
  receiver text not null default 'unknown'::text,
  constraint notifications_pkey PRIMARY KEY (id),
  constraint notifications_job_id_fkey FOREIGN KEY (job_id) REFERENCES waybill.jobs(id) ON DELETE CASCADE,
  constraint notifications_attempts_check CHECK ((attempts >= 0)),
  constraint notifications_check CHECK (((state = 'pending'::text) = (next_at IS NOT NULL))),
  constraint notifications_check1 CHECK (((state = 'pending'::text) = (ended_at IS NULL))),
  constraint notifications_event_check CHECK ((event = ANY (ARRAY['finished'::text, 'ready'::text]))),
  constraint notifications_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sent'::text, 'given_up'::text])))
);
CREATE INDEX notifications_by_job ON waybill.notifications USING btree (job_id, sequence);
CREATE INDEX notifications_by_receiver ON waybill.notifications USING btree (receiver, next_at) WHERE (state = 'pending'::text);

create table waybill.parts (
  job_id uuid not null,
  part integer not null,
  collection text not null,
  collection_version integer not null,
  scope jsonb not null default '{}'::jsonb,
  source jsonb,
  dialect jsonb,
  mapping jsonb,
  target_facts jsonb,
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
  fields jsonb,
  filter jsonb,
  completed_at timestamp with time zone,
  staged bigint not null default 0,
  job_number bigint,
  content_key bigint,
  constraint parts_pkey PRIMARY KEY (job_id, part),
  constraint parts_collection_collection_version_fkey FOREIGN KEY (collection, collection_version) REFERENCES waybill.collection_versions(name, version),
  constraint parts_job_id_fkey FOREIGN KEY (job_id) REFERENCES waybill.jobs(id) ON DELETE CASCADE,
  constraint parts_part_check CHECK ((part >= 0)),
  constraint parts_staged_check CHECK ((staged >= 0))
);
CREATE INDEX parts_by_content ON waybill.parts USING btree (content_key, job_number) WHERE (content_key IS NOT NULL);
CREATE TRIGGER count_change AFTER UPDATE OF created, updated, unchanged, deleted, skipped, rejected, removed ON waybill.parts FOR EACH ROW WHEN ((((((((old.created IS DISTINCT FROM new.created) OR (old.updated IS DISTINCT FROM new.updated)) OR (old.unchanged IS DISTINCT FROM new.unchanged)) OR (old.deleted IS DISTINCT FROM new.deleted)) OR (old.skipped IS DISTINCT FROM new.skipped)) OR (old.rejected IS DISTINCT FROM new.rejected)) OR (old.removed IS DISTINCT FROM new.removed))) EXECUTE FUNCTION waybill.count_records();
CREATE TRIGGER count_gone AFTER DELETE ON waybill.parts FOR EACH ROW EXECUTE FUNCTION waybill.count_records();
CREATE TRIGGER count_new AFTER INSERT ON waybill.parts FOR EACH ROW WHEN ((((((((new.created + new.updated) + new.unchanged) + new.deleted) + new.skipped) + new.rejected) + new.removed) > 0)) EXECUTE FUNCTION waybill.count_records();

create table waybill.reports (
  job_id uuid not null,
  epoch integer not null,
  worker_id uuid,
  crashes integer not null default 0,
  faults integer not null default 0,
  next_at timestamp with time zone not null default clock_timestamp(),
  error text,
  given_up_at timestamp with time zone,
  constraint reports_pkey PRIMARY KEY (job_id),
  constraint reports_job_id_fkey FOREIGN KEY (job_id) REFERENCES waybill.jobs(id) ON DELETE CASCADE,
  constraint reports_check CHECK (((given_up_at IS NULL) OR (error IS NOT NULL))),
  constraint reports_crashes_check CHECK ((crashes >= 0)),
  constraint reports_epoch_check CHECK ((epoch > 0)),
  constraint reports_faults_check CHECK ((faults >= 0))
);
CREATE INDEX reports_due ON waybill.reports USING btree (next_at) WHERE (given_up_at IS NULL);

create table waybill.revoked_tokens (
  jti text not null,
  client_id text not null,
  ends_at timestamp with time zone not null,
  constraint revoked_tokens_pkey PRIMARY KEY (jti)
);
CREATE INDEX revoked_tokens_by_end ON waybill.revoked_tokens USING btree (ends_at);

create table waybill.sealing_keys (
  id text not null,
  canary text not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  constraint sealing_keys_pkey PRIMARY KEY (id)
);

create table waybill.signing_keys (
  kid text not null,
  public_jwk jsonb not null,
  private_key waybill.sealed not null,
  created_at timestamp with time zone not null default clock_timestamp(),
  signs_from timestamp with time zone not null,
  constraint signing_keys_pkey PRIMARY KEY (kid)
);

create table waybill.timeline (
  job_id uuid not null,
  sequence bigint not null generated always as identity,
  at timestamp with time zone not null default clock_timestamp(),
  event text not null,
  from_state text,
  to_state text,
  epoch integer not null,
  detail jsonb not null default '{}'::jsonb,
  constraint timeline_pkey PRIMARY KEY (job_id, sequence),
  constraint timeline_job_id_fkey FOREIGN KEY (job_id) REFERENCES waybill.jobs(id) ON DELETE CASCADE
);

create table waybill.uploads (
  id uuid not null default gen_random_uuid(),
  file_name text,
  sha256 text not null,
  size_bytes bigint not null,
  storage_key text not null,
  created_at timestamp with time zone not null default now(),
  expires_at timestamp with time zone,
  deleted_at timestamp with time zone,
  constraint uploads_pkey PRIMARY KEY (id),
  constraint uploads_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
  constraint uploads_size_bytes_check CHECK ((size_bytes >= 0))
);
CREATE INDEX uploads_by_creation ON waybill.uploads USING btree (created_at DESC, id DESC) WHERE (deleted_at IS NULL);
CREATE INDEX uploads_expiry ON waybill.uploads USING btree (expires_at) WHERE (deleted_at IS NULL);
CREATE TRIGGER count_bytes AFTER INSERT OR DELETE OR UPDATE OF size_bytes, deleted_at ON waybill.uploads FOR EACH ROW EXECUTE FUNCTION waybill.count_bytes();

create table waybill.used_assertions (
  client_id text not null,
  jti text not null,
  ends_at timestamp with time zone not null,
  constraint used_assertions_pkey PRIMARY KEY (client_id, jti),
  constraint used_assertions_client_id_fkey FOREIGN KEY (client_id) REFERENCES waybill.clients(id) ON DELETE CASCADE
);
CREATE INDEX used_assertions_by_end ON waybill.used_assertions USING btree (ends_at);

create table waybill.workers (
  id uuid not null,
  lock_key integer not null generated always as identity,
  host text not null,
  pid integer not null,
  started_at timestamp with time zone not null default now(),
  lease_expires_at timestamp with time zone not null,
  in_lane boolean not null default false,
  constraint workers_pkey PRIMARY KEY (id)
);

CREATE OR REPLACE FUNCTION waybill.content_key(sha256 text, collection text, scope jsonb)
 RETURNS bigint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select ('x' || left(md5(sha256 || ' ' || collection || ' ' || scope::text), 16))::bit(64)::bigint
$function$;

CREATE OR REPLACE FUNCTION waybill.count_bytes()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  change bigint := case when new.deleted_at is null then coalesce(new.size_bytes, 0) else 0 end
    - case when old.deleted_at is null then coalesce(old.size_bytes, 0) else 0 end;
begin
  if change <> 0 then
    insert into waybill.figure_changes (figure, amount) values (tg_table_name || '.bytes', change);
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION waybill.count_job()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into waybill.figure_changes (figure, minute, amount)
  select f.figure || '.' || c.kind || '.' || c.state, f.minute, c.amount
  from (values (old.kind, old.state, old.finished_at, old.deleted_at, -1), (new.kind, new.state, new.finished_at, new.deleted_at, 1))
    c (kind, state, finished_at, deleted_at, amount)
  cross join lateral (values ('jobs', '-infinity'::timestamptz), ('ended', date_trunc('minute', c.finished_at))) f (figure, minute)
  where c.finished_at is not null and c.deleted_at is null
    and (f.figure = 'jobs' or c.finished_at > clock_timestamp() - interval '2 hours');
  return null;
end $function$;

CREATE OR REPLACE FUNCTION waybill.count_records()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into waybill.figure_changes (figure, amount)
  select 'records.' || c.outcome, c.amount from (values
    ('created', coalesce(new.created, 0) - coalesce(old.created, 0)),
    ('updated', coalesce(new.updated, 0) - coalesce(old.updated, 0)),
    ('unchanged', coalesce(new.unchanged, 0) - coalesce(old.unchanged, 0)),
    ('deleted', coalesce(new.deleted, 0) - coalesce(old.deleted, 0)),
    ('skipped', coalesce(new.skipped, 0) - coalesce(old.skipped, 0)),
    ('rejected', coalesce(new.rejected, 0) - coalesce(old.rejected, 0)),
    ('removed', coalesce(new.removed, 0) - coalesce(old.removed, 0))) c (outcome, amount)
  where c.amount <> 0;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION waybill.facts_of_succeeded(source_facts jsonb, said jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select nullif(
    case when source_facts -> 'guesses' <> '[]' then jsonb_build_object('guesses', source_facts -> 'guesses') else '{}' end
    || case when source_facts ? 'ignored' then jsonb_build_object('ignored', source_facts -> 'ignored') else '{}' end
    || case when source_facts ? 'cells' then jsonb_build_object('cells', source_facts -> 'cells') else '{}' end
    || coalesce((
      select jsonb_build_object('dialect', jsonb_object_agg(d.key, d.value)) from jsonb_each(source_facts -> 'dialect') d
      where d.key in ('format', 'quote', 'escape')
        and (said is not null or source_facts -> 'dialect' ->> 'quote' <> '"' or source_facts -> 'dialect' ->> 'escape' <> '"')
      having count(*) > 0), '{}'), '{}')
$function$;

CREATE OR REPLACE FUNCTION waybill.hold_exclusive_keys()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.state in ('running', 'pausing', 'cancelling') and not (tg_op = 'UPDATE' and old.state = 'delivering') then
    -- In one order for everybody: of two claims that want the same keys one waits for the other, and never both.
    insert into waybill.job_locks (key, job_id)
    select k.key, new.id from unnest(new.exclusive_keys) k (key)
    where not exists (select from waybill.job_locks l where l.job_id = new.id and l.key = k.key)
    order by k.key collate "C";
  else
    delete from waybill.job_locks where job_id = new.id;
  end if;
  return null;
end $function$;

CREATE OR REPLACE FUNCTION waybill.job_facets(number bigint, kind text, state text, collections text[], labels text[], created_by text)
 RETURNS bigint[]
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select array(
    select hashtextextended(facet, number / 16384)
    from unnest(array['kind:' || kind, 'state:' || state, 'by:' || created_by]
      || array(select 'collection:' || c from unnest(collections) c) || array(select 'label:' || l from unnest(labels) l)) facet
    where facet is not null)
$function$;

CREATE OR REPLACE FUNCTION waybill.recount_figures()
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  lock table waybill.jobs, waybill.parts, waybill.uploads, waybill.artifacts in share row exclusive mode;
  delete from waybill.figure_changes;
  delete from waybill.figures;
  insert into waybill.figures (figure, minute, amount)
  select 'jobs.' || kind || '.' || state, '-infinity'::timestamptz, count(*) from waybill.jobs
  where finished_at is not null and deleted_at is null group by 1
  union all
  select 'ended.' || kind || '.' || state, date_trunc('minute', finished_at), count(*) from waybill.jobs
  where finished_at > clock_timestamp() - interval '2 hours' and deleted_at is null group by 1, 2
  union all
  select 'records.' || r.outcome, '-infinity', r.amount from (
    select sum(created) as created, sum(updated) as updated, sum(unchanged) as unchanged, sum(deleted) as deleted,
      sum(skipped) as skipped, sum(rejected) as rejected, sum(removed) as removed from waybill.parts
  ) s cross join lateral (values ('created', s.created), ('updated', s.updated), ('unchanged', s.unchanged), ('deleted', s.deleted),
    ('skipped', s.skipped), ('rejected', s.rejected), ('removed', s.removed)) r (outcome, amount) where r.amount <> 0
  union all
  select 'uploads.bytes', '-infinity', sum(size_bytes) from waybill.uploads where deleted_at is null having count(*) > 0
  union all
  select 'artifacts.bytes', '-infinity', sum(size_bytes) from waybill.artifacts where deleted_at is null having count(*) > 0;
end $function$;

create schema waybill_ledger;

create table waybill_ledger.fence (
  job_id uuid not null,
  epoch integer not null,
  constraint fence_pkey PRIMARY KEY (job_id),
  constraint fence_epoch_check CHECK ((epoch > 0))
);

create table waybill_ledger.ledger (
  job_id uuid not null,
  part integer not null,
  chunk integer not null,
  epoch integer not null,
  first_record bigint not null,
  last_record bigint not null,
  start_byte bigint not null,
  end_byte bigint not null,
  end_line bigint not null,
  created bigint not null default 0,
  updated bigint not null default 0,
  unchanged bigint not null default 0,
  deleted bigint not null default 0,
  skipped bigint not null default 0,
  rejected bigint not null default 0,
  warned bigint not null default 0,
  removed bigint not null default 0,
  staged bigint not null default 0,
  issue_count integer not null default 0,
  issues bytea,
  found jsonb,
  committed_at timestamp with time zone not null default clock_timestamp(),
  constraint ledger_pkey PRIMARY KEY (job_id, part, chunk),
  constraint ledger_chunk_check CHECK ((chunk >= '-1'::integer)),
  constraint ledger_created_check CHECK ((created >= 0)),
  constraint ledger_deleted_check CHECK ((deleted >= 0)),
  constraint ledger_epoch_check CHECK ((epoch > 0)),
  constraint ledger_issue_count_check CHECK ((issue_count >= 0)),
  constraint ledger_outcomes CHECK (
CASE
    WHEN (chunk >= 0) THEN (((((((created + updated) + unchanged) + deleted) + skipped) + rejected) + staged) = ((last_record - first_record) + 1))
    ELSE (((((((created + updated) + unchanged) + deleted) + skipped) + rejected) + staged) = 0)
END),
  constraint ledger_part_check CHECK ((part >= 0)),
  constraint ledger_positions CHECK (((last_record >= (first_record - 1)) AND (end_byte >= start_byte) AND (start_byte >= 0))),
  constraint ledger_rejected_check CHECK ((rejected >= 0)),
  constraint ledger_removed_check CHECK ((removed >= 0)),
  constraint ledger_skipped_check CHECK ((skipped >= 0)),
  constraint ledger_unchanged_check CHECK ((unchanged >= 0)),
  constraint ledger_updated_check CHECK ((updated >= 0)),
  constraint ledger_warned CHECK ((warned <= ((((created + updated) + unchanged) + deleted) + skipped))),
  constraint ledger_warned_check CHECK ((warned >= 0))
);

create table waybill_ledger.migrations (
  version integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null default now(),
  constraint migrations_pkey PRIMARY KEY (version),
  constraint migrations_version_check CHECK ((version > 0))
);
