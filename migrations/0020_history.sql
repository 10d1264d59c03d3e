-- Nothing that is asked all day reads the history. What is unfinished has indexes of its own; what has ended is found by what is asked for.

-- Names of the collections of its parts, for lists.
alter table waybill.jobs add column collections text[] not null default '{}';
update waybill.jobs j set collections = p.names
  from (select job_id, array_agg(distinct collection) as names from waybill.parts group by job_id) p where p.job_id = j.id;

-- One hash for each thing that a list can be narrowed down to, and for the window of 16,384 numbers that the job lies in. So any combination
-- is looked for in one window after the other, newest first, without reading jobs that do not match, or more than a window of those that do.
create function waybill.job_facets(number bigint, kind text, state text, collections text[], labels text[], created_by text)
returns bigint[] language sql immutable parallel safe as $$
  select array(
    select hashtextextended(facet, number / 16384)
    from unnest(array['kind:' || kind, 'state:' || state, 'by:' || created_by]
      || array(select 'collection:' || c from unnest(collections) c) || array(select 'label:' || l from unnest(labels) l)) facet
    where facet is not null)
$$;
create index jobs_by_facet on waybill.jobs
  using gin (waybill.job_facets(number, kind, state, collections, labels, created_by)) with (fastupdate = off)
  where finished_at is not null and deleted_at is null;
create index jobs_unfinished on waybill.jobs (number) where finished_at is null;

-- What the janitor looks for.
create index jobs_by_end on waybill.jobs (finished_at) where finished_at is not null;
create index jobs_with_ledger on waybill.jobs (finished_at)
  where finished_at is not null and kind <> 'export' and ledger_dropped_at is null;
create index jobs_with_values on waybill.jobs (finished_at)
  where finished_at is not null and kind <> 'export' and (values_dropped_at is null or values_dropped_at < finished_at);

-- Which bytes went into which collection and scope, to find the latest import of the same. A hash: what is found is compared.
create function waybill.content_key(sha256 text, collection text, scope jsonb) returns bigint language sql immutable parallel safe as $$
  select ('x' || left(md5(sha256 || ' ' || collection || ' ' || scope::text), 16))::bit(64)::bigint
$$;
-- What a part still needs of its source when its job has succeeded: what is shown of it, and the signs that its failed rows are read by. It is
-- never read again.
create function waybill.facts_of_succeeded(source_facts jsonb, said jsonb) returns jsonb language sql immutable parallel safe as $$
  select nullif(
    case when source_facts -> 'guesses' <> '[]' then jsonb_build_object('guesses', source_facts -> 'guesses') else '{}' end
    || case when source_facts ? 'ignored' then jsonb_build_object('ignored', source_facts -> 'ignored') else '{}' end
    || coalesce((
      select jsonb_build_object('dialect', jsonb_object_agg(d.key, d.value)) from jsonb_each(source_facts -> 'dialect') d
      where d.key in ('format', 'quote', 'escape')
        and (said is not null or source_facts -> 'dialect' ->> 'quote' <> '"' or source_facts -> 'dialect' ->> 'escape' <> '"')
      having count(*) > 0), '{}'), '{}')
$$;
alter table waybill.parts add column job_number bigint, add column content_key bigint;
update waybill.parts p set job_number = j.number,
  target_facts = case when j.state <> 'succeeded' then jsonb_build_object('fingerprint', p.target_facts -> 'fingerprint') end,
  source_facts = case when j.state = 'succeeded' then waybill.facts_of_succeeded(p.source_facts, p.dialect) else p.source_facts end,
  content_key = case when j.kind = 'import' then (
    select waybill.content_key(u.sha256, p.collection, p.scope) from waybill.uploads u where u.id = (p.source ->> 'upload')::uuid) end
  from waybill.jobs j where j.id = p.job_id;
create index parts_by_content on waybill.parts (content_key, job_number) where content_key is not null;
-- Which uploads are needed is asked of the jobs that have not ended.
drop index waybill.parts_by_upload;
drop index waybill.uploads_by_content;

-- Most jobs have no key.
alter table waybill.jobs drop constraint jobs_idempotency_key_key;
create unique index jobs_by_idempotency_key on waybill.jobs (idempotency_key) where idempotency_key is not null;
