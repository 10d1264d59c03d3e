/** API keys: made, listed and revoked. */
import { createApiKey, hashApiKey } from '../../access/api-key.ts';
import { AppError } from '../../core/errors.ts';
import { insertKey, revokeKey as markRevoked, type StoredKey, selectKeys } from '../../store/api-keys.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { ROLES, type RoleName } from '../roles.ts';

export interface KeyRequest {
  /** For people: who or what has it. */
  readonly name: string;
  readonly role: RoleName;
  /** RFC 3339; null: never. Default: in `DEFAULT_KEY_DAYS`. */
  readonly expiresAt?: string | null;
}

export interface MadeKey extends StoredKey {
  /** The whole key. It is nowhere else. */
  readonly key: string;
}

export const DEFAULT_KEY_DAYS = 365;
const DAY_MS = 24 * 3600 * 1000;

/** @throws AppError `request.forbidden` also for a role that may do what the caller may not; `request.invalid` for a time that is over */
export async function createKey(
  caller: Caller,
  { pool }: Pick<ActionDependencies, 'pool'>,
  request: KeyRequest,
): Promise<MadeKey> {
  authorize(caller, 'keys.create');
  for (const permission of ROLES[request.role]) authorize(caller, permission);
  const expiresAt = expiryOf(request);
  const { id, text } = createApiKey();
  const stored = await insertKey(pool, {
    id,
    sha256: hashApiKey(text),
    name: request.name,
    role: request.role,
    createdBy: caller.name,
    ...(expiresAt && { expiresAt }),
  });
  return { ...stored, key: text };
}

/** Newest first, those that are over as well. */
export async function listKeys(
  caller: Caller,
  { pool }: Pick<ActionDependencies, 'pool'>,
): Promise<readonly StoredKey[]> {
  authorize(caller, 'keys.list');
  return selectKeys(pool);
}

/** @throws AppError `key.not_found` */
export async function revokeKey(
  caller: Caller,
  { pool }: Pick<ActionDependencies, 'pool'>,
  id: string,
): Promise<StoredKey> {
  authorize(caller, 'keys.revoke');
  return markRevoked(pool, id);
}

function expiryOf({ expiresAt }: KeyRequest): Date | undefined {
  if (expiresAt === null) return undefined;
  const date =
    expiresAt === undefined ? new Date(Date.now() + DEFAULT_KEY_DAYS * DAY_MS) : new Date(expiresAt);
  if (date.getTime() > Date.now()) return date;
  throw new AppError('request.invalid', `"expiresAt" must be a time to come, got ${expiresAt}.`);
}
