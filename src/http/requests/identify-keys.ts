/** Before anything else is done with a request: whom does its API key stand for? */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { API_KEY_PREFIX } from '../../access/api-key.ts';
import { bearerOf } from '../../access/bearer-token.ts';
import type { KnownKey } from '../../access/key-cache.ts';
import type { Caller } from '../../actions/caller.ts';
import { createKnownKeys } from '../../actions/keys/known-keys.ts';
import { callerOfKey } from '../../actions/roles.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { identify } from './caller.ts';

const KEY = Symbol('API key');
type WithKey = FastifyRequest & { [KEY]?: KnownKey };

/** Requests without a key cost nothing here. */
export function identifyKeys(app: FastifyInstance, { pool }: Pick<HttpDependencies, 'pool'>): void {
  const keys = createKnownKeys({ pool });
  const callers = new WeakMap<KnownKey, Caller>();
  app.decorateRequest(KEY);

  function callerOf(key: KnownKey): Caller {
    const caller = callers.get(key) ?? callerOfKey(key);
    callers.set(key, caller);
    return caller;
  }

  function take(request: FastifyRequest, key: KnownKey | undefined): void {
    if (key === undefined) return;
    (request as WithKey)[KEY] = key;
    if (key.state === 'valid') identify(request, callerOf(key));
  }

  app.addHook('onRequest', (request, _reply, done) => {
    const bearer = bearerOf(request.headers.authorization);
    if (bearer === undefined || !bearer.startsWith(API_KEY_PREFIX)) return done();
    const key = keys.find(bearer);
    if (!(key instanceof Promise)) {
      take(request, key);
      return done();
    }
    const found = (known: KnownKey | undefined) => {
      take(request, known);
      done();
    };
    key.then(found, done);
  });
}

/** The key that a request carries, if it was ever made. */
export function keyOf(request: FastifyRequest): KnownKey | undefined {
  return (request as WithKey)[KEY];
}
