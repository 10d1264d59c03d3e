import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { TestApi } from './api.ts';

const TABLES = `
  select format('select %L as name, md5(coalesce(string_agg(t::text, '''' order by t::text), '''')) as hash from %I.%I t',
    table_schema || '.' || table_name, table_schema, table_name) as statement
  from information_schema.tables
  where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;

/** One text that stands for everything that the server keeps: every row of every table, and the names of its files. */
export async function fingerprint({ database, deps }: TestApi): Promise<string> {
  const statements = await database.pool.query<{ statement: string }>(TABLES);
  const sql = statements.rows.map(({ statement }) => statement).join(' union all ');
  const tables = await database.pool.query<{ name: string; hash: string }>(`${sql} order by 1`);
  const files = readdirSync(dirname(deps.files.path('uploads')), { recursive: true })
    .map(String)
    .toSorted();
  return createHash('sha256')
    .update(JSON.stringify([tables.rows, files]))
    .digest('hex');
}
