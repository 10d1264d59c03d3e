/** Before anything else is done with a request: whom does its API key stand for? */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { API_KEY_PREFIX } from '../../access/api-key.ts';
import { bearerOf } from '../../access/bearer-token.ts';
import type { KnownKey } from '../../access/key-cache.ts';
import { createKnownKeys } from '../../actions/keys/known-keys.ts';
import { callerOfKey } from '../../actions/roles.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { identify } from './caller.ts';

const seen = new WeakMap<FastifyRequest, KnownKey>();

/** Requests without a key cost nothing here. */
export function identifyKeys(app: FastifyInstance, { pool }: Pick<HttpDependencies, 'pool'>): void {
  const keys = createKnownKeys({ pool });
  app.addHook('onRequest', async (request) => {
    const bearer = bearerOf(request.headers.authorization);
    if (bearer === undefined || !bearer.startsWith(API_KEY_PREFIX)) return;
    const key = await keys.find(bearer);
    if (key === undefined) return;
    seen.set(request, key);
    if (key.state === 'valid') identify(request, callerOfKey(key));
  });
}

/** The key that a request carries, if it was ever made. */
export function keyOf(request: FastifyRequest): KnownKey | undefined {
  return seen.get(request);
}
