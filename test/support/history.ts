/**
 * A long history in a short time: real jobs that have ended, multiplied in SQL with everything that hangs on them, so that what a copy
 * weighs is what a job weighs. Columns come from the catalogue; the same seed gives the same history.
 *
 * Copies lie before now, within the time for which jobs are kept by default, on 200 collections of very different sizes. Failed ones lie in
 * the older half alone: whoever looks for them from the newest on has to pass all others.
 */
import type { Pool } from 'pg';
import { inTransaction, type Queryable } from '../../src/store/database.ts';

export interface History {
  /** How many there are to be. */
  readonly jobs: number;
  /** Ids of ended jobs that are copied, and how many of a hundred copies each gives. The last one gives the rest. */
  readonly templates: readonly { readonly jobId: string; readonly share: number }[];
  /** Default 1. */
  readonly seed?: number;
  /** Days over which they lie. Default 80. */
  readonly days?: number;
}

export const HISTORY_COLLECTIONS = 200;

/** Name of a collection with copies; 0 has the most. */
export function historyCollection(index: number): string {
  return `history_${String(index).padStart(3, '0')}`;
}

/** Adds the copies, all at once, and brings the planner's statistics up to date. For databases that are thrown away. */
export async function makeHistory(pool: Pool, history: History): Promise<void> {
  await inTransaction(pool, async (db) => {
    const restore = await takeOff(db);
    await db.query('set local work_mem = "256MB"');
    await db.query('set local maintenance_work_mem = "512MB"');
    await planCopies(db, history);
    await copyCollections(db);
    for (const table of await findTables(db)) await db.query(table.insert);
    for (const statement of restore) await db.query(statement);
    await db.query('select waybill.recount_figures()');
    await db.query('drop table made, held_upload');
  });
  for (const { name } of await listTables(pool)) await pool.query(`vacuum analyze ${name}`);
}

/** Foreign keys, indexes and triggers would be looked at row by row; made anew afterwards, they are looked at once. */
async function takeOff(db: Queryable): Promise<string[]> {
  const keys = await db.query<{ off: string; on: string }>(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as off,
       format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as on
     from pg_constraint where contype = 'f' and connamespace in ('waybill'::regnamespace, 'waybill_ledger'::regnamespace)`,
  );
  const indexes = await db.query<{ off: string; on: string }>(
    `select format('drop index %s', i.indexrelid::regclass) as off, pg_get_indexdef(i.indexrelid) as on
     from pg_index i join pg_class c on c.oid = i.indrelid
     where c.relnamespace in ('waybill'::regnamespace, 'waybill_ledger'::regnamespace) and not i.indisunique`,
  );
  const triggers = await db.query<{ off: string; on: string }>(
    `select format('alter table %s disable trigger user', name) as off, format('alter table %s enable trigger user', name) as on
     from (select distinct tgrelid::regclass as name from pg_trigger t join pg_class c on c.oid = t.tgrelid
       where c.relnamespace = 'waybill'::regnamespace and not t.tgisinternal) t`,
  );
  const all = [...keys.rows, ...triggers.rows, ...indexes.rows];
  for (const { off } of all) await db.query(off);
  return all.toReversed().map(({ on }) => on);
}

async function planCopies(db: Queryable, { jobs, templates, seed = 1, days = 80 }: History): Promise<void> {
  const ids = templates.map(({ jobId }) => jobId);
  const shares = templates.map(({ share }) => share);
  await db.query(
    `create temporary table made as
     with dice as (
       select i, md5($1 || ':' || i) as text, abs(hashint8extended(i, $1::integer)) as throw
       from generate_series(1, $2::integer) i
     ), chosen as (
       select dice.*, (
         select t.id from (
           select id, ordinality, sum(share) over (order by ordinality) as up_to
           from unnest($3::uuid[], $4::integer[]) with ordinality as t (id, share, ordinality)
         ) t
         where t.up_to > throw % 100 or t.ordinality = cardinality($3::uuid[]) order by t.ordinality limit 1
       ) as wanted from dice
     )
     select i, c.text::uuid as id, md5('upload' || c.text)::uuid as upload, j.id as template,
       'history_' || lpad((power((throw / 100 % 10000) / 10000.0, 3) * ${HISTORY_COLLECTIONS})::integer % ${HISTORY_COLLECTIONS} || '', 3, '0') as collection,
       clock_timestamp() - interval '1 hour' - (1 - i / $2::float8) * $5::integer * interval '1 day' - j.finished_at as shift,
       array_remove(array[case when throw % 2 = 0 then 'nightly' end, 'customer-' || throw / 7 % 1000], null) as labels,
       case when throw / 11 % 3 = 0 then 'user-' || throw / 33 % 50 end as created_by
     from chosen c join waybill.jobs j on j.id = case
       -- What has failed lies in the older half.
       when i > $2::integer / 2 and exists (select from waybill.jobs f where f.id = c.wanted and f.state = 'failed') then $3[1]
       else c.wanted end`,
    [seed, jobs, ids, shares, days],
  );
  await db.query('create index on made (template)');
  await db.query('analyze made');
  await db.query(
    `create temporary table held_upload as
     select distinct p.job_id, u.* from waybill.parts p join waybill.uploads u on u.id = (p.source ->> 'upload')::uuid
     where p.job_id in (select template from made)`,
  );
}

/** Of the collection of a template, under other names. */
async function copyCollections(db: Queryable): Promise<void> {
  await db.query(
    `with copied as (
       insert into waybill.collection_versions (name, version, definition)
       select m.collection, v.version, jsonb_set(v.definition::jsonb, '{name}', to_jsonb(m.collection))::json
       from (select distinct collection from made) m cross join (
         select distinct on (v.version) v.* from waybill.collection_versions v join waybill.parts p
           on p.collection = v.name and p.collection_version = v.version
         where p.job_id in (select template from made) order by v.version, v.name) v
       on conflict do nothing
       returning name, version
     )
     insert into waybill.collections (name, version) select name, max(version) from copied group by name
     on conflict do nothing`,
  );
}

interface CopiedTable {
  readonly name: string;
  readonly insert: string;
}

/** How a column of a copy differs from the template's; others are the same. Times are moved, whichever they are. */
const CHANGED: Readonly<Record<string, string>> = {
  'jobs.id': 'm.id',
  'jobs.labels': 'm.labels',
  'jobs.created_by': 'm.created_by',
  'jobs.exclusive_keys': `case when t.exclusive_keys is not null then array['["' || m.collection || '",[]]'] end`,
  'jobs.values_dropped_at': `case when t.finished_at + m.shift < clock_timestamp() - interval '29 days' and t.kind <> 'export'
    then t.finished_at + m.shift + interval '30 days' end`,
  'jobs.collections': 'array[m.collection]',
  'parts.collection': 'm.collection',
  'parts.job_number': '(select j.number from waybill.jobs j where j.id = m.id)',
  'parts.content_key': `case when t.content_key is not null then
    waybill.content_key(md5(m.upload::text) || md5(m.id::text), m.collection, t.scope) end`,
  'parts.source': `t.source || jsonb_build_object('upload', m.upload)`,
  'artifacts.id': 'gen_random_uuid()',
  'artifacts.storage_key': 'replace(t.storage_key, t.job_id::text, m.id::text)',
  'artifacts.deleted_at': `case when t.expires_at + m.shift < clock_timestamp() + interval '1 day' then t.expires_at + m.shift end`,
  'uploads.id': 'm.upload',
  'uploads.sha256': `md5(m.upload::text) || md5(m.id::text)`,
  'uploads.storage_key': `'uploads/' || m.upload`,
  'uploads.deleted_at': `case when t.expires_at + m.shift < clock_timestamp() + interval '1 day' then t.expires_at + m.shift end`,
};

/** Tables that hang on a job, and statements that copy them; jobs and uploads first. */
async function findTables(db: Queryable): Promise<CopiedTable[]> {
  const tables = await listTables(db);
  const copied: CopiedTable[] = [];
  for (const { name, relation, columns } of tables) {
    const names = columns.map((column) => column.name);
    const link = linkOf(relation, names);
    if (link === undefined) continue;
    const expressions = columns.map(({ name: column, isTime }) => {
      const key = column === 'job_id' ? 'jobs.id' : `${relation}.${column}`;
      return CHANGED[key] ?? (isTime ? `t.${column} + m.shift` : `t.${column}`);
    });
    const from = relation === 'uploads' ? 'held_upload' : name;
    copied.push({
      name,
      insert: `insert into ${name} (${names.join(', ')}) select ${expressions.join(', ')}
        from made m join ${from} t on ${link} order by m.i`,
    });
  }
  return copied;
}

function linkOf(relation: string, columns: readonly string[]): string | undefined {
  if (relation === 'jobs') return 't.id = m.template';
  if (relation === 'uploads' || columns.includes('job_id')) return 't.job_id = m.template';
  return undefined;
}

async function listTables(
  db: Queryable,
): Promise<{ name: string; relation: string; columns: { name: string; isTime: boolean }[] }[]> {
  const tables = await db.query<{
    name: string;
    relation: string;
    columns: { name: string; isTime: boolean }[];
  }>(
    // What the database numbers or works out itself is not copied.
    `select c.oid::regclass::text as name, c.relname as relation,
       json_agg(json_build_object('name', a.attname, 'isTime', a.atttypid = 'timestamptz'::regtype) order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       and a.attidentity = '' and a.attgenerated = ''
     where c.relnamespace in ('waybill'::regnamespace, 'waybill_ledger'::regnamespace) and c.relkind = 'r'
     group by c.oid, c.relname
     order by c.relname <> 'jobs', c.relname <> 'uploads', c.relname`,
  );
  return tables.rows;
}
