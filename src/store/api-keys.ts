/** API keys: who may ask for what. A secret is never here, only its hash. */
import { AppError } from '../core/errors.ts';
import type { Queryable } from './database.ts';

export interface StoredKey {
  /** Public part of the key. */
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly createdBy: string;
  readonly createdAt: Date;
  /** Absent: never. */
  readonly expiresAt?: Date;
  /** To about a minute. */
  readonly lastUsedAt?: Date;
  readonly revokedAt?: Date;
}

interface KeyRow {
  id: string;
  name: string;
  role: string;
  created_by: string;
  created_at: Date;
  expires_at: Date | null;
  last_used_at: Date | null;
  revoked_at: Date | null;
}

const KEY_ROW = 'id, name, role, created_by, created_at, expires_at, last_used_at, revoked_at';

function parseKeyRow(row: KeyRow): StoredKey {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    createdBy: row.created_by,
    createdAt: row.created_at,
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
  };
}

export async function insertKey(
  db: Queryable,
  key: {
    id: string;
    sha256: Buffer;
    name: string;
    role: string;
    createdBy: string;
    expiresAt?: Date;
  },
): Promise<StoredKey> {
  const result = await db.query<KeyRow>(
    `insert into waybill.api_keys (id, secret_sha256, name, role, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6) returning ${KEY_ROW}`,
    [key.id, key.sha256, key.name, key.role, key.createdBy, key.expiresAt ?? null],
  );
  return parseKeyRow(result.rows[0] as KeyRow);
}

/** Newest first. */
export async function selectKeys(db: Queryable): Promise<readonly StoredKey[]> {
  const result = await db.query<KeyRow>(
    `select ${KEY_ROW} from waybill.api_keys order by created_at desc, id limit 1000`,
  );
  return result.rows.map(parseKeyRow);
}

/** The key of a request, whatever has become of it since; that it is used is noted once a minute. */
export async function useKey(
  db: Queryable,
  sha256: Buffer,
): Promise<{ key: StoredKey; state: 'valid' | 'expired' | 'revoked' } | undefined> {
  const result = await db.query<KeyRow & { state: 'valid' | 'expired' | 'revoked'; is_noted: boolean }>(
    {
      name: 'use_key',
      text: `select ${KEY_ROW}, case when revoked_at is not null then 'revoked' when expires_at <= clock_timestamp() then 'expired' else 'valid' end
         as state, coalesce(last_used_at > clock_timestamp() - interval '1 minute', false) as is_noted
       from waybill.api_keys where secret_sha256 = $1`,
    },
    [sha256],
  );
  const row = result.rows[0];
  if (row === undefined) return undefined;
  if (row.state === 'valid' && !row.is_noted) await noteUse(db, row.id);
  return { key: parseKeyRow(row), state: row.state };
}

/** A database that takes no writes now keeps nobody from reading. */
async function noteUse(db: Queryable, id: string): Promise<void> {
  await db
    .query('update waybill.api_keys set last_used_at = clock_timestamp() where id = $1', [id])
    .catch(() => undefined);
}

/** Again for one that is revoked already. @throws AppError `key.not_found` */
export async function revokeKey(db: Queryable, id: string): Promise<StoredKey> {
  const result = await db.query<KeyRow>(
    `update waybill.api_keys set revoked_at = coalesce(revoked_at, clock_timestamp()) where id = $1 returning ${KEY_ROW}`,
    [id],
  );
  const row = result.rows[0];
  if (row !== undefined) return parseKeyRow(row);
  throw new AppError('key.not_found', `There is no API key with the id ${JSON.stringify(id)}.`, {
    details: { id },
  });
}
