import type { Queryable } from './database.ts';

/** Why nothing can be written to the database now, in words; undefined where it can. */
export async function findReadOnlyReason(db: Queryable): Promise<string | undefined> {
  const result = await db.query<{ is_standby: boolean; is_read_only: boolean }>(
    `select pg_is_in_recovery() as is_standby, current_setting('transaction_read_only') = 'on' as is_read_only`,
  );
  const { is_standby, is_read_only } = result.rows[0] ?? {};
  // A standby's transactions are read-only, too.
  if (is_standby === true) return 'the server is a standby';
  return is_read_only === true ? 'default_transaction_read_only is on' : undefined;
}
