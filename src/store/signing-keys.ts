/** Keys that access tokens are signed with, for all processes. */
import type { Pool } from 'pg';
import { inTransaction, type Queryable } from './database.ts';
import type { Cell } from './secrets/sealing-key.ts';

export interface StoredSigningKey {
  readonly kid: string;
  readonly publicJwk: object;
  /** A JWK, sealed in `privateKeyCell`. */
  readonly sealed: string;
  readonly signsFrom: Date;
}

/** Where the private part of a key is sealed. */
export function privateKeyCell(kid: string): Cell {
  return { table: 'signing_keys', row: kid, column: 'private_key' };
}

interface KeyRow {
  kid: string;
  public_jwk: object;
  private_key: string;
  signs_from: Date;
}

/** There are three or four at most. */
export async function selectSigningKeys(db: Queryable): Promise<readonly StoredSigningKey[]> {
  const { rows } = await db.query<KeyRow>(
    'select kid, public_jwk, private_key, signs_from from waybill.signing_keys order by signs_from',
  );
  return rows.map((row) => ({
    kid: row.kid,
    publicJwk: row.public_jwk,
    sealed: row.private_key,
    signsFrom: row.signs_from,
  }));
}

/**
 * Adds and removes keys; of several processes that find the same one missing, one adds it.
 *
 * @param plan what has to be done, for the keys as they are
 */
export async function changeSigningKeys(
  pool: Pool,
  plan: (keys: readonly StoredSigningKey[]) => {
    readonly added: readonly StoredSigningKey[];
    readonly removed: readonly string[];
  },
): Promise<void> {
  await inTransaction(pool, async (db) => {
    await db.query(`select pg_advisory_xact_lock(hashtextextended('waybill.signing_keys', 0))`);
    const { added, removed } = plan(await selectSigningKeys(db));
    for (const { kid, publicJwk, sealed, signsFrom } of added) {
      await db.query(
        'insert into waybill.signing_keys (kid, public_jwk, private_key, signs_from) values ($1, $2, $3, $4)',
        [kid, publicJwk, sealed, signsFrom],
      );
    }
    if (removed.length > 0) await db.query('delete from waybill.signing_keys where kid = any($1)', [removed]);
  });
}
