/** Whom API keys stand for: what a door asks before there is a caller. */
import { createKeyCache, type KeyCache } from '../../access/key-cache.ts';
import { useKey } from '../../store/api-keys.ts';
import type { ActionDependencies } from '../dependencies.ts';

/** Keys are looked up in the database when they come first, and again every few seconds. */
export function createKnownKeys({ pool }: Pick<ActionDependencies, 'pool'>): KeyCache {
  return createKeyCache(async (sha256) => {
    const found = await useKey(pool, sha256);
    return found && { id: found.key.id, name: found.key.name, role: found.key.role, state: found.state };
  });
}
