/** Which columns hold sealed texts: those of the type `waybill.sealed`, as the catalogue says. Their tables are small. */
import type { Queryable } from '../database.ts';
import type { Cell } from './sealing-key.ts';

export interface SealedColumn {
  readonly table: string;
  /** The only column of its primary key. */
  readonly key: string;
  readonly column: string;
  /** The same, quoted for statements. */
  readonly quoted: { readonly table: string; readonly key: string; readonly column: string };
}

export interface SealedValue extends Cell {
  readonly sealed: string;
}

export async function findSealedColumns(db: Queryable): Promise<readonly SealedColumn[]> {
  const found = await db.query<{
    relname: string;
    key: string;
    attname: string;
    quoted_table: string;
    quoted_key: string;
    quoted_column: string;
  }>(
    `select c.relname, k.attname as key, a.attname,
       format('%I.%I', n.nspname, c.relname) as quoted_table, quote_ident(k.attname) as quoted_key, quote_ident(a.attname) as quoted_column
     from pg_attribute a
       join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
       join pg_namespace n on n.oid = c.relnamespace
       join pg_index i on i.indrelid = c.oid and i.indisprimary and i.indnkeyatts = 1
       join pg_attribute k on k.attrelid = c.oid and k.attnum = i.indkey[0]
     where a.atttypid = to_regtype('waybill.sealed') and not a.attisdropped
     order by c.relname, a.attname`,
  );
  return found.rows.map((row) => ({
    table: row.relname,
    key: row.key,
    column: row.attname,
    quoted: { table: row.quoted_table, key: row.quoted_key, column: row.quoted_column },
  }));
}

/** How many texts are sealed with each key, by its id. */
export async function countSealed(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { quoted } of await findSealedColumns(db)) {
    const { rows } = await db.query<{ key_id: string; count: string }>(
      `select split_part(${quoted.column}::text, '.', 2) as key_id, count(*) as count
       from ${quoted.table} where ${quoted.column} is not null group by 1`,
    );
    for (const { key_id: id, count } of rows) counts.set(id, (counts.get(id) ?? 0) + Number(count));
  }
  return counts;
}

/** Some of those in a column that are sealed with another key than this one. */
export async function selectSealedOtherwise(
  db: Queryable,
  { table, column, quoted }: SealedColumn,
  { keyId, after, limit }: { keyId: string; after: string; limit: number },
): Promise<readonly SealedValue[]> {
  const { rows } = await db.query<{ row: string; sealed: string }>(
    `select ${quoted.key}::text as row, ${quoted.column}::text as sealed from ${quoted.table}
     where ${quoted.key}::text collate "C" > $2 and split_part(${quoted.column}::text, '.', 2) <> $1
     order by ${quoted.key}::text collate "C" limit $3`,
    [keyId, after, limit],
  );
  return rows.map((row) => ({ table, column, ...row }));
}

/** @returns false where it has become another one meanwhile, or is gone */
export async function replaceSealed(
  db: Queryable,
  { quoted }: SealedColumn,
  { row, sealed }: SealedValue,
  next: string,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update ${quoted.table} set ${quoted.column} = $3 where ${quoted.key}::text = $1 and ${quoted.column}::text = $2`,
    [row, sealed, next],
  );
  return rowCount === 1;
}
