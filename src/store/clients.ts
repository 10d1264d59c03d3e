/** Clients of the token endpoint. A secret is never here, only its hash. */
import type { Pool } from 'pg';
import { AppError } from '../core/errors.ts';
import { inTransaction, type Queryable } from './database.ts';

export interface StoredSecret {
  readonly createdAt: Date;
  /** Absent: with the client. */
  readonly endsAt?: Date;
  /** To about a minute. */
  readonly lastUsedAt?: Date;
}

export interface StoredClient {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  /** Absent: whatever its role may do. */
  readonly scopes?: readonly string[];
  /** JWKs. */
  readonly publicKeys: readonly object[];
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly revokedAt?: Date;
  /** Newest first; those that have ended are not kept. */
  readonly secrets: readonly StoredSecret[];
}

interface ClientRow {
  id: string;
  name: string;
  role: string;
  scopes: string[] | null;
  public_keys: object[];
  created_by: string;
  created_at: Date;
  revoked_at: Date | null;
}

interface SecretRow {
  client_id: string;
  created_at: Date;
  ends_at: Date | null;
  last_used_at: Date | null;
}

const CLIENT_ROW = 'id, name, role, scopes, public_keys, created_by, created_at, revoked_at';

function parseClientRow(row: ClientRow): Omit<StoredClient, 'secrets'> {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    ...(row.scopes !== null && { scopes: row.scopes }),
    publicKeys: row.public_keys,
    createdBy: row.created_by,
    createdAt: row.created_at,
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
  };
}

async function withSecrets(db: Queryable, rows: readonly ClientRow[]): Promise<StoredClient[]> {
  const found = await db.query<SecretRow>(
    `select client_id, created_at, ends_at, last_used_at from waybill.client_secrets
     where client_id = any($1) and (ends_at is null or ends_at > clock_timestamp()) order by created_at desc`,
    [rows.map(({ id }) => id)],
  );
  const byClient = Map.groupBy(found.rows, (row) => row.client_id);
  return rows.map((row) => ({
    ...parseClientRow(row),
    secrets: (byClient.get(row.id) ?? []).map((secret) => ({
      createdAt: secret.created_at,
      ...(secret.ends_at !== null && { endsAt: secret.ends_at }),
      ...(secret.last_used_at !== null && { lastUsedAt: secret.last_used_at }),
    })),
  }));
}

export async function insertClient(
  pool: Pool,
  client: Pick<StoredClient, 'id' | 'name' | 'role' | 'scopes' | 'publicKeys' | 'createdBy'>,
  secret: { readonly sha256: Buffer; readonly endsAt?: Date } | undefined,
): Promise<StoredClient> {
  return inTransaction(pool, async (db) => {
    await db.query(
      `insert into waybill.clients (id, name, role, scopes, public_keys, created_by) values ($1, $2, $3, $4, $5, $6)`,
      [
        client.id,
        client.name,
        client.role,
        client.scopes ?? null,
        JSON.stringify(client.publicKeys),
        client.createdBy,
      ],
    );
    if (secret !== undefined) await insertSecret(db, client.id, secret);
    return getClient(db, client.id);
  });
}

async function insertSecret(
  db: Queryable,
  clientId: string,
  { sha256, endsAt }: { readonly sha256: Buffer; readonly endsAt?: Date },
): Promise<void> {
  await db.query('insert into waybill.client_secrets (client_id, sha256, ends_at) values ($1, $2, $3)', [
    clientId,
    sha256,
    endsAt ?? null,
  ]);
}

/** Newest first. */
export async function selectClients(db: Queryable): Promise<readonly StoredClient[]> {
  const { rows } = await db.query<ClientRow>(
    `select ${CLIENT_ROW} from waybill.clients order by created_at desc, id limit 1000`,
  );
  return withSecrets(db, rows);
}

/** @throws AppError `client.not_found` */
export async function getClient(db: Queryable, id: string): Promise<StoredClient> {
  const { rows } = await db.query<ClientRow>(`select ${CLIENT_ROW} from waybill.clients where id = $1`, [id]);
  const [client] = await withSecrets(db, rows);
  if (client !== undefined) return client;
  throw notFound(id);
}

function notFound(id: string): AppError {
  return new AppError('client.not_found', `There is no client with the id ${JSON.stringify(id)}.`, {
    details: { id },
  });
}

/**
 * A new secret beside the newest one there is, which ends after this time at latest; older ones end now, so there are never more than two.
 *
 * @throws AppError `client.not_found`, `request.conflict` for a client that was revoked
 */
export async function rotateSecret(
  pool: Pool,
  id: string,
  secret: { readonly sha256: Buffer; readonly endsAt?: Date },
  keepOldMs: number,
): Promise<StoredClient> {
  return inTransaction(pool, async (db) => {
    const { rows } = await db.query<ClientRow>(
      `select ${CLIENT_ROW} from waybill.clients where id = $1 for update`,
      [id],
    );
    const [client] = rows;
    if (client === undefined) throw notFound(id);
    if (client.revoked_at !== null)
      throw new AppError('request.conflict', `The client ${id} was revoked. Create another one.`);
    await db.query(
      `update waybill.client_secrets set ends_at = least(ends_at, clock_timestamp() + case when sha256 =
           (select sha256 from waybill.client_secrets where client_id = $1 order by created_at desc, sha256 limit 1)
         then $2 * interval '1 millisecond' else interval '0' end)
       where client_id = $1`,
      [id, keepOldMs],
    );
    await db.query(
      'delete from waybill.client_secrets where client_id = $1 and ends_at <= clock_timestamp()',
      [id],
    );
    await insertSecret(db, id, secret);
    return getClient(db, id);
  });
}

/** Again for one that is revoked already. @throws AppError `client.not_found` */
export async function revokeClient(db: Queryable, id: string): Promise<StoredClient> {
  await db.query(
    'update waybill.clients set revoked_at = coalesce(revoked_at, clock_timestamp()) where id = $1',
    [id],
  );
  return getClient(db, id);
}

/** What tells whether a client is who it says. */
export interface ClientProofs extends Omit<StoredClient, 'secrets'> {
  readonly secretHashes: readonly Buffer[];
}

export async function findProofs(db: Queryable, id: string): Promise<ClientProofs | undefined> {
  const { rows } = await db.query<ClientRow & { hashes: Buffer[] }>(
    {
      name: 'client_proofs',
      text: `select ${CLIENT_ROW}, array(select sha256 from waybill.client_secrets s
         where s.client_id = c.id and (ends_at is null or ends_at > clock_timestamp())) as hashes
       from waybill.clients c where id = $1`,
    },
    [id],
  );
  const [row] = rows;
  return row && { ...parseClientRow(row), secretHashes: row.hashes };
}

/** Once a minute. A database that takes no writes now keeps nobody from reading. */
export async function noteSecretUse(db: Queryable, clientId: string, sha256: Buffer): Promise<void> {
  await db
    .query(
      `update waybill.client_secrets set last_used_at = clock_timestamp() where client_id = $1 and sha256 = $2
         and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute')`,
      [clientId, sha256],
    )
    .catch(() => undefined);
}

/** What has become of a token and its client. */
export interface TokenStanding {
  readonly client: { readonly id: string; readonly name: string; readonly role: string };
  readonly isRevoked: boolean;
}

export async function findStanding(
  db: Queryable,
  { clientId, jti }: { readonly clientId: string; readonly jti: string },
): Promise<TokenStanding | undefined> {
  const { rows } = await db.query<{ id: string; name: string; role: string; is_revoked: boolean }>(
    {
      name: 'token_standing',
      text: `select id, name, role, revoked_at is not null or exists (select from waybill.revoked_tokens where jti = $2) as is_revoked
       from waybill.clients where id = $1`,
    },
    [clientId, jti],
  );
  const [row] = rows;
  return row && { client: { id: row.id, name: row.name, role: row.role }, isRevoked: row.is_revoked };
}
