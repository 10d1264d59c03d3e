/** OAuth 2.0 clients: made, listed, given new secrets, revoked. */
import { createClientId, createClientSecret, hashClientSecret } from '../../access/client-secret.ts';
import { AppError } from '../../core/errors.ts';
import {
  getClient,
  insertClient,
  revokeClient as markRevoked,
  rotateSecret,
  type StoredClient,
  selectClients,
} from '../../store/clients.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { ROLES, type RoleName } from '../roles.ts';
import { provideSigningKeys } from './signing-keys.ts';

export interface ClientRequest {
  /** For people: whose program it is. */
  readonly name: string;
  readonly role: RoleName;
  /** What its tokens may be for. Default: whatever its role may do. */
  readonly scopes?: readonly string[];
  /** When its secret ends, RFC 3339; null: never. Default: in `DEFAULT_SECRET_DAYS`. */
  readonly expiresAt?: string | null;
}

export interface MadeClient extends StoredClient {
  /** The secret. It is nowhere else. */
  readonly secret: string;
}

export const DEFAULT_SECRET_DAYS = 365;
/** How long the secret before a new one is still good. */
export const DEFAULT_KEEP_SECONDS = 24 * 3600;
export const MAX_KEEP_SECONDS = 7 * 24 * 3600;
const DAY_MS = 24 * 3600 * 1000;

type Needs = Pick<ActionDependencies, 'pool'>;

/** @throws AppError `request.forbidden` also for a role that may do what the caller may not; `request.invalid` for a time that is over */
export async function createClient(
  caller: Caller,
  { pool, secrets }: Pick<ActionDependencies, 'pool' | 'secrets'>,
  request: ClientRequest,
): Promise<MadeClient> {
  authorize(caller, 'clients.create');
  for (const permission of ROLES[request.role]) authorize(caller, permission);
  const { secret, kept } = makeSecret(request.expiresAt);
  // Before anybody can ask for a token: the keys that will sign it can be looked up.
  await provideSigningKeys({ pool, secrets });
  const client = {
    id: createClientId(),
    name: request.name,
    role: request.role,
    ...(request.scopes !== undefined && { scopes: request.scopes }),
    publicKeys: [],
    createdBy: caller.name,
  };
  return { ...(await insertClient(pool, client, kept)), secret };
}

/** Newest first, those that are over as well. */
export async function listClients(caller: Caller, { pool }: Needs): Promise<readonly StoredClient[]> {
  authorize(caller, 'clients.list');
  return selectClients(pool);
}

/** @throws AppError `client.not_found` */
export async function readClient(caller: Caller, { pool }: Needs, id: string): Promise<StoredClient> {
  authorize(caller, 'clients.read');
  return getClient(pool, id);
}

/**
 * Gives a client another secret; the one before stays good for some time.
 *
 * @throws AppError `client.not_found`, `request.conflict` for one that was revoked
 */
export async function rotateClient(
  caller: Caller,
  { pool }: Needs,
  id: string,
  {
    keepOldSeconds = DEFAULT_KEEP_SECONDS,
    expiresAt,
  }: { readonly keepOldSeconds?: number; readonly expiresAt?: string | null },
): Promise<MadeClient> {
  authorize(caller, 'clients.rotate');
  const { secret, kept } = makeSecret(expiresAt);
  return { ...(await rotateSecret(pool, id, kept, keepOldSeconds * 1000)), secret };
}

/** Its secrets open nothing any more, and its tokens within seconds. @throws AppError `client.not_found` */
export async function revokeClient(caller: Caller, { pool }: Needs, id: string): Promise<StoredClient> {
  authorize(caller, 'clients.revoke');
  return markRevoked(pool, id);
}

function makeSecret(expiresAt: string | null | undefined): {
  secret: string;
  kept: { sha256: Buffer; endsAt?: Date };
} {
  const secret = createClientSecret();
  const endsAt = endOf(expiresAt);
  return { secret, kept: { sha256: hashClientSecret(secret), ...(endsAt && { endsAt }) } };
}

function endOf(expiresAt: string | null | undefined): Date | undefined {
  if (expiresAt === null) return undefined;
  const date =
    expiresAt === undefined ? new Date(Date.now() + DEFAULT_SECRET_DAYS * DAY_MS) : new Date(expiresAt);
  if (date.getTime() > Date.now()) return date;
  throw new AppError('request.invalid', `"expiresAt" must be a time to come, got ${expiresAt}.`);
}
