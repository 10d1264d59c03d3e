-- Where in a workbook the fields stand is kept with a job that has succeeded: its issues say it.
create or replace function waybill.facts_of_succeeded(source_facts jsonb, said jsonb) returns jsonb language sql immutable parallel safe as $$
  select nullif(
    case when source_facts -> 'guesses' <> '[]' then jsonb_build_object('guesses', source_facts -> 'guesses') else '{}' end
    || case when source_facts ? 'ignored' then jsonb_build_object('ignored', source_facts -> 'ignored') else '{}' end
    || case when source_facts ? 'cells' then jsonb_build_object('cells', source_facts -> 'cells') else '{}' end
    || coalesce((
      select jsonb_build_object('dialect', jsonb_object_agg(d.key, d.value)) from jsonb_each(source_facts -> 'dialect') d
      where d.key in ('format', 'quote', 'escape')
        and (said is not null or source_facts -> 'dialect' ->> 'quote' <> '"' or source_facts -> 'dialect' ->> 'escape' <> '"')
      having count(*) > 0), '{}'), '{}')
$$;
