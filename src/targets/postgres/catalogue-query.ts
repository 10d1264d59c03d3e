/** The one query on the catalogue: everything about a relation that could change a verdict, as one JSON object. */

export interface CatalogueRow {
  readonly kind: string;
  readonly insertable: boolean;
  readonly privileges: { readonly select: boolean; readonly usage: boolean };
  readonly row_security: boolean;
  readonly rewriting_triggers: boolean;
  readonly columns: readonly CatalogueColumn[];
  readonly uniques: readonly CatalogueIndex[];
  readonly checks: readonly {
    readonly name: string;
    readonly sql: string;
    readonly columns: readonly string[];
  }[];
}

export interface CatalogueColumn {
  readonly name: string;
  readonly type: string;
  readonly storage: string;
  readonly base: string;
  readonly typmod: number;
  readonly not_null: boolean;
  readonly identity: string;
  readonly generated: string;
  readonly default_sql: string | null;
  readonly default_volatile: boolean;
  readonly enum_labels: readonly string[] | null;
}

export interface CatalogueIndex {
  readonly name: string;
  readonly primary: boolean;
  readonly parts: readonly {
    readonly column: string | null;
    readonly sql: string;
    readonly ordered: boolean;
  }[];
  readonly predicate: string | null;
  readonly nulls_not_distinct: boolean;
}

/** $1: schema, $2: name. No row where there is no such relation. */
export const CATALOGUE_QUERY = `
with relation as (
  select c.oid, c.relkind, c.relnamespace
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = $1 and c.relname = $2 and c.relkind in ('r', 'p', 'v', 'm', 'f')
),
-- A domain is judged by the type below it; one level is what occurs in practice.
columns as (
  select a.attnum, jsonb_build_object(
    'name', a.attname,
    'type', format_type(a.atttypid, a.atttypmod),
    'storage', case when type.typtype = 'd' then format_type(base.oid, type.typtypmod)
      else format_type(a.atttypid, a.atttypmod) end,
    'base', base.typname,
    'typmod', case when type.typtype = 'd' then type.typtypmod else a.atttypmod end,
    'not_null', a.attnotnull or type.typnotnull,
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
  join pg_type base on base.oid = case when type.typtype = 'd' then type.typbasetype else type.oid end
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
        )) order by n)
      from generate_series(1, i.indnkeyatts) n),
    'predicate', pg_get_expr(i.indpred, i.indrelid),
    'nulls_not_distinct', i.indnullsnotdistinct
  ) as facts, i.indisprimary, ic.relname
  from relation r
  join pg_index i on i.indrelid = r.oid and i.indisunique and i.indisvalid and i.indislive
  join pg_class ic on ic.oid = i.indexrelid
),
checks as (
  select c.conname, jsonb_build_object(
    'name', c.conname,
    'sql', pg_get_expr(c.conbin, c.conrelid),
    'columns', coalesce((
      select jsonb_agg(a.attname) from pg_attribute a where a.attrelid = c.conrelid and a.attnum = any (c.conkey)), '[]')
  ) as facts
  from relation r join pg_constraint c on c.conrelid = r.oid and c.contype = 'c' and c.conbin is not null
)
select jsonb_build_object(
  'kind', r.relkind,
  -- 8 is insert, 4 update, 16 delete.
  'insertable', pg_relation_is_updatable(r.oid, true) & 8 = 8,
  'privileges', jsonb_build_object(
    'usage', has_schema_privilege(r.relnamespace, 'usage'), 'select', has_any_column_privilege(r.oid, 'select')),
  'row_security', row_security_active(r.oid),
  'rewriting_triggers', exists (
    select from pg_trigger t where t.tgrelid = r.oid and not t.tgisinternal and t.tgenabled <> 'D' and t.tgtype & 66 <> 0),
  'columns', (select coalesce(jsonb_agg(facts order by attnum), '[]') from columns),
  'uniques', (select coalesce(jsonb_agg(facts order by indisprimary desc, relname), '[]') from uniques),
  'checks', (select coalesce(jsonb_agg(facts order by conname), '[]') from checks)
) as relation
from relation r`;
