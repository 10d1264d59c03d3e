/** The one query on the catalogue: everything about a relation that could change a verdict, as one JSON object. */

/** $1: schema, $2: name. No row where there is no such relation. */
export const CATALOGUE_QUERY = `
with relation as (
  select c.oid, c.relkind, c.relnamespace, c.relkind = 'r' and c.relhassubclass as has_children
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'm', 'f')
),
-- The leaves that may take a row. By way of an array, since the planner takes a set to have a thousand rows, and would read the whole
-- catalogue for them; an array has ten.
leaves as (
  select p.relid from relation r cross join lateral unnest(
    array(select t.relid from pg_partition_tree(r.oid) t where r.relkind = 'p' and t.isleaf and t.relid <> r.oid)) p (relid)
),
-- The relation, and its partitions at all levels with what decides whether they take a row: each may have rules by itself. At most a
-- thousand leaves: of more the conditions would cost more than they tell.
holders as (
  select r.oid, null::jsonb as partition from relation r
  union all
  select p.relid, jsonb_build_object(
    'sql', format('%I.%I', n.nspname, c.relname),
    'schema', n.nspname,
    'name', c.relname,
    'condition', coalesce(pg_get_partition_constraintdef(p.relid), 'true'),
    -- Asked by itself it has its own privileges and policies, and not those of its parent.
    'readable', has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
      and not row_security_active(c.oid) and not row_security_active(r.oid))
  from relation r cross join lateral unnest(
    array(select t.relid from pg_partition_tree(r.oid) t where r.relkind = 'p' and t.relid <> r.oid)) p (relid)
  join pg_class c on c.oid = p.relid join pg_namespace n on n.oid = c.relnamespace
  where (select count(*) from leaves) <= 1000
),
-- Its indexes, but those that a valid one above has made or taken over.
own_indexes as (
  select h.oid, h.partition, i.indexrelid from holders h join pg_index i on i.indrelid = h.oid and i.indislive
  where h.partition is null or not exists (
    select from pg_inherits up join pg_index above on above.indexrelid = up.inhparent and above.indisvalid
    where up.inhrelid = i.indexrelid)
),
-- Each column's type and what is below its domains, down to a type that is none.
types as (
  with recursive down as (
    select a.attnum, a.atttypid as typid, a.atttypmod as typmod, 0 as level
    from relation r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    union all
    select d.attnum, t.typbasetype, t.typtypmod, d.level + 1
    from down d join pg_type t on t.oid = d.typid where t.typtype = 'd'
  )
  select * from down
),
bases as (
  select distinct on (attnum) attnum, typid, typmod from types order by attnum, level desc
),
columns as (
  select a.attnum, jsonb_build_object(
    'name', a.attname,
    'type', format_type(a.atttypid, a.atttypmod),
    'storage', format_type(b.typid, b.typmod),
    'base', base.typname,
    'length', case when base.typlen > 0 then base.typlen when base.typstorage = 'p' then -1 end,
    'typmod', b.typmod,
    'collation', (select format('%I.%I', n.nspname, c.collname) from pg_collation c join pg_namespace n on n.oid = c.collnamespace
      where c.oid = a.attcollation and c.collname <> 'default'),
    'deterministic', coalesce((select c.collisdeterministic from pg_collation c where c.oid = a.attcollation), true),
    'own_not_null', a.attnotnull,
    'not_null', a.attnotnull or exists (
      select from types d join pg_type t on t.oid = d.typid where d.attnum = a.attnum and t.typnotnull),
    'domain_checks', (
      select coalesce(jsonb_agg(jsonb_build_object('name', c.conname, 'sql', pg_get_expr(c.conbin, 0)) order by d.level desc, c.conname), '[]')
      from types d join pg_constraint c on c.contypid = d.typid and c.contype = 'c' where d.attnum = a.attnum),
    'generated_sql', case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end,
    'identity', a.attidentity,
    'generated', a.attgenerated,
    'default_sql', case
      when a.attgenerated <> '' then null
      when a.attidentity <> '' then format('nextval(%L::regclass)',
        pg_get_serial_sequence(format('%I.%I', $1::text, $2::text), a.attname))
      else coalesce(pg_get_expr(d.adbin, d.adrelid), type.typdefault) end,
    -- The dependencies of the default name the functions that it calls; what is built in and volatile is listed.
    'default_volatile', a.attidentity <> '' or coalesce(
      pg_get_expr(d.adbin, d.adrelid) ~* '(nextval|random|clock_timestamp|timeofday|uuid)'
      or exists (
        select from pg_depend dep join pg_proc p on p.oid = dep.refobjid
        where dep.classid = 'pg_attrdef'::regclass and dep.objid = d.oid
          and dep.refclassid = 'pg_proc'::regclass and p.provolatile = 'v'), false),
    'enum_labels', (select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = base.oid)
  ) as facts
  from relation r
  join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  join pg_type type on type.oid = a.atttypid
  join bases b on b.attnum = a.attnum
  join pg_type base on base.oid = b.typid
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
),
uniques as (
  select jsonb_build_object(
    'name', ic.relname,
    'primary', i.indisprimary,
    'parts', (
      select jsonb_agg(jsonb_build_object(
        'column', (select a.attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[n - 1]),
        'sql', pg_get_indexdef(i.indexrelid, n, false),
        -- The type has min and max, and the index is in the order that they and "between" mean.
        'ordered', exists (
          select from pg_attribute a
          join pg_type type on type.oid = a.atttypid
          join pg_type base on base.oid = case when type.typtype = 'd' then type.typbasetype else type.oid end
          join pg_opclass o on o.oid = i.indclass[n - 1]
          where a.attrelid = i.indrelid and a.attnum = i.indkey[n - 1] and o.opcdefault and i.indcollation[n - 1] = a.attcollation
            and base.typname in ('int2', 'int4', 'int8', 'numeric', 'text', 'varchar', 'date', 'timestamp', 'timestamptz')
        ),
        'collation', (select format('%I.%I', cn.nspname, c.collname) from pg_collation c join pg_namespace cn on cn.oid = c.collnamespace
          where c.oid = i.indcollation[n - 1] and c.oid is distinct from (
            select a.attcollation from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[n - 1])),
        'deterministic', coalesce((select c.collisdeterministic from pg_collation c where c.oid = i.indcollation[n - 1]), true)
      ) || (
        select jsonb_build_object(
          'equals', format('operator(%I.%s)', opn.nspname, op.oprname),
          'opclass', format('%I.%I', ocn.nspname, o.opcname),
          -- The equality by which the type's values are hashed is the index's own.
          'hashable', exists (
            select from pg_opclass h join pg_am m on m.oid = h.opcmethod and m.amname = 'hash'
            join pg_amop ha on ha.amopfamily = h.opcfamily and ha.amopstrategy = 1 and ha.amopopr = op.oid
            join pg_amproc hp on hp.amprocfamily = h.opcfamily and hp.amproclefttype = h.opcintype
              and hp.amprocrighttype = h.opcintype and hp.amprocnum = 2
            where h.opcdefault and h.opcintype = o.opcintype
              and o.opcintype not in ('anyarray'::regtype, 'anyrange'::regtype, 'anymultirange'::regtype, 'record'::regtype)))
        from pg_opclass o
        join pg_namespace ocn on ocn.oid = o.opcnamespace
        join pg_am m on m.oid = o.opcmethod
        join pg_amop ao on ao.amopfamily = o.opcfamily and ao.amopstrategy = 3
          and ao.amoplefttype = o.opcintype and ao.amoprighttype = o.opcintype
        join pg_operator op on op.oid = ao.amopopr
        join pg_namespace opn on opn.oid = op.oprnamespace
        where o.oid = i.indclass[n - 1] and m.amname = 'btree') order by n)
      from generate_series(1, i.indnkeyatts) n),
    'predicate', pg_get_expr(i.indpred, i.indrelid),
    'nulls_not_distinct', i.indnullsnotdistinct,
    'deferrable', not i.indimmediate,
    'partition', o.partition
  ) as facts, i.indisprimary, ic.relname, o.partition ->> 'sql' as partition
  from own_indexes o
  join pg_index i on i.indexrelid = o.indexrelid and i.indisunique and i.indisvalid and not i.indisexclusion
  join pg_class ic on ic.oid = i.indexrelid
  join pg_am am on am.oid = ic.relam and am.amname = 'btree'
),
exclusions as (
  select c.conname, jsonb_build_object(
    'name', c.conname,
    'method', am.amname,
    'predicate', pg_get_expr(i.indpred, i.indrelid),
    'deferrable', c.condeferrable,
    'partition', o.partition,
    'parts', (
      select jsonb_agg(jsonb_build_object(
        'column', (select a.attname from pg_attribute a where a.attrelid = i.indrelid and a.attnum = i.indkey[n - 1]),
        'sql', pg_get_indexdef(i.indexrelid, n::int, false),
        'collation', (select format('%I.%I', cn.nspname, co.collname) from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace
          where co.oid = i.indcollation[n - 1]),
        'equals', format('operator(%I.%s)', opn.nspname, op.oprname),
        'opclass', format('%I.%I', ocn.nspname, o.opcname)) order by n)
      from unnest(c.conexclop) with ordinality e (operator, n)
      join pg_operator op on op.oid = e.operator join pg_namespace opn on opn.oid = op.oprnamespace
      join pg_opclass o on o.oid = i.indclass[n - 1] join pg_namespace ocn on ocn.oid = o.opcnamespace)
  ) as facts, o.partition ->> 'sql' as partition
  from own_indexes o
  -- A key without overlaps is one, too.
  join pg_constraint c on c.conrelid = o.oid and c.conindid = o.indexrelid and c.conexclop is not null
  join pg_index i on i.indexrelid = c.conindid join pg_class ic on ic.oid = c.conindid join pg_am am on am.oid = ic.relam
),
foreign_keys as (
  select c.conname, h.partition ->> 'sql' as partition, c.confrelid in (select oid from holders) as own, jsonb_build_object(
    'name', c.conname,
    -- A foreign key is about the table's own rows, and not about those of tables that inherit from it.
    'sql', case when f.relkind = 'r' and f.relhassubclass then 'only ' else '' end || format('%I.%I', n.nspname, f.relname),
    'title', format('%s.%s', n.nspname, f.relname),
    'full', c.confmatchtype = 'f',
    'validated', c.convalidated,
    'on_delete', c.confdeltype,
    'partition', h.partition,
    'parts', (
      select jsonb_agg(jsonb_build_object(
        'column', a.attname, 'to_column', b.attname,
        'equals', format('operator(%I.%s)', opn.nspname, op.oprname),
        'own_equals', (select format('operator(%I.%s)', sn.nspname, so.oprname) from pg_operator so
          join pg_namespace sn on sn.oid = so.oprnamespace where so.oid = k.own_operator),
        'collation', (select format('%I.%I', cn.nspname, co.collname) from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace
          where co.oid = b.attcollation)) order by k.n)
      from unnest(c.conkey, c.confkey, c.conpfeqop, c.conffeqop) with ordinality k (own, other, operator, own_operator, n)
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.own
      join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.other
      join pg_operator op on op.oid = k.operator join pg_namespace opn on opn.oid = op.oprnamespace)
  ) as facts,
  -- What this role may not see it cannot look up, and what a period covers is not equal to it: then only the database can tell.
  -- What leads to a single partition of the table itself it cannot, either.
  has_schema_privilege(f.relnamespace, 'usage') and has_table_privilege(f.oid, 'select') and not row_security_active(f.oid)
    and c.confrelid not in (select oid from holders where partition is not null)
    and coalesce((to_jsonb(c) ->> 'conperiod')::boolean, false) = false as readable
  from holders h join pg_constraint c on c.conrelid = h.oid and c.contype = 'f' and (h.partition is null or c.conparentid = 0)
    -- A key to a partitioned table has one below it for each partition; that of a partition itself is below its parent's.
    and not exists (select from pg_constraint above where above.oid = c.conparentid and above.conrelid = c.conrelid)
  join pg_class f on f.oid = c.confrelid join pg_namespace n on n.oid = f.relnamespace
  where (to_jsonb(c) ->> 'conenforced')::boolean is not false
),
-- Of all indexes: whoever writes a row works out their expressions, and its values must fit into their pages.
indexes as (
  select ic.relname, jsonb_build_object(
    'name', ic.relname,
    'method', am.amname,
    'using', substr(pg_get_indexdef(i.indexrelid), strpos(pg_get_indexdef(i.indexrelid), ' USING ')),
    'columns', (
      select coalesce(jsonb_agg(a.attname order by a.attnum), '[]') from pg_attribute a
      where a.attrelid = i.indrelid and a.attnum = any (i.indkey::int2[])),
    'expressions', (
      select coalesce(jsonb_agg(pg_get_indexdef(i.indexrelid, n, false) order by n), '[]')
      from generate_series(1, i.indnatts) n where i.indkey[n - 1] = 0),
    'predicate', pg_get_expr(i.indpred, i.indrelid),
    'partition', o.partition
  ) as facts, o.partition ->> 'sql' as partition
  from own_indexes o join pg_index i on i.indexrelid = o.indexrelid
  join pg_class ic on ic.oid = i.indexrelid join pg_am am on am.oid = ic.relam
),
-- Rules that put something else in place of what is written, or add to it; that of a view is the view.
rewrite_rules as (
  select w.rulename, jsonb_build_object(
    'name', w.rulename, 'on', case w.ev_type when '2' then 'update' when '3' then 'insert' else 'delete' end) as facts
  from relation r join pg_rewrite w on w.ev_class = r.oid and w.ev_type <> '1' and w.ev_enabled not in ('D', 'R')
),
-- Columns that a single partition wants to have a value.
partition_required as (
  select a.attname, h.partition ->> 'sql' as partition, jsonb_build_object('column', a.attname, 'partition', h.partition) as facts
  from holders h join pg_attribute a on a.attrelid = h.oid and a.attnum > 0 and not a.attisdropped and a.attnotnull
  -- What one above has is told there.
  where h.partition is not null and not exists (
    select from pg_inherits up join pg_attribute above on above.attrelid = up.inhparent and above.attname = a.attname
    where up.inhrelid = h.oid and above.attnotnull)
),
checks as (
  select c.conname, jsonb_build_object(
    'name', c.conname,
    'sql', pg_get_expr(c.conbin, c.conrelid),
    'columns', coalesce((
      select jsonb_agg(a.attname) from pg_attribute a where a.attrelid = c.conrelid and a.attnum = any (c.conkey)), '[]'),
    'partition', h.partition
  ) as facts, h.partition ->> 'sql' as partition
  from holders h join pg_constraint c on c.conrelid = h.oid and c.contype = 'c' and c.conbin is not null
    and (h.partition is null or c.coninhcount = 0)
  -- PostgreSQL 18 has rules that are not enforced; the column is not there before.
  where (to_jsonb(c) ->> 'conenforced')::boolean is not false
)
select jsonb_build_object(
  'kind', r.relkind,
  'has_children', r.has_children,
  -- 8 is insert, 4 update, 16 delete.
  'insertable', pg_relation_is_updatable(r.oid, true) & 8 = 8,
  'privileges', jsonb_build_object(
    'usage', has_schema_privilege(r.relnamespace, 'usage'), 'select', has_any_column_privilege(r.oid, 'select')),
  'row_security', row_security_active(r.oid),
  'rewriting_triggers', exists (
    select from pg_trigger t where t.tgrelid in (select oid from holders) and not t.tgisinternal and t.tgenabled <> 'D' and t.tgtype & 66 <> 0),
  'columns', (select coalesce(jsonb_agg(facts order by attnum), '[]') from columns),
  'uniques', (select coalesce(jsonb_agg(facts order by partition nulls first, indisprimary desc, relname), '[]') from uniques),
  'exclusions', (select coalesce(jsonb_agg(facts order by partition nulls first, conname), '[]') from exclusions),
  'self_references', (
    select coalesce(jsonb_agg(facts || jsonb_build_object('readable', readable) order by partition nulls first, conname), '[]') from foreign_keys where own),
  'foreign_keys', (
    select coalesce(jsonb_agg(facts || jsonb_build_object('readable', readable) order by partition nulls first, conname), '[]') from foreign_keys where not own and readable),
  'indexes', (select coalesce(jsonb_agg(facts order by partition nulls first, relname), '[]') from indexes),
  'rewrite_rules', (select coalesce(jsonb_agg(facts order by rulename), '[]') from rewrite_rules),
  'partitions', case
    when r.relkind = 'p' then (
      select case when count(*) <= 1000 then coalesce(jsonb_agg(coalesce(pg_get_partition_constraintdef(relid), 'true')), '[]') end from leaves)
    when pg_get_partition_constraintdef(r.oid) is not null then jsonb_build_array(pg_get_partition_constraintdef(r.oid)) end,
  'checks', (select coalesce(jsonb_agg(facts order by partition nulls first, conname), '[]') from checks),
  'partition_required', (select coalesce(jsonb_agg(facts order by attname, partition), '[]') from partition_required)
) as relation
from relation r`;
