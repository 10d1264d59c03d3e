/** Before anything else is done with a request: whom do its credentials stand for? API keys and access tokens, each looked up once. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { API_KEY_PREFIX } from '../../access/api-key.ts';
import { bearerOf } from '../../access/bearer-token.ts';
import type { KnownKey } from '../../access/key-cache.ts';
import { looksLikeJwt } from '../../access/tokens/access-token.ts';
import type { KnownToken } from '../../access/tokens/token-cache.ts';
import type { Caller } from '../../actions/caller.ts';
import type { TokenService } from '../../actions/clients/token-service.ts';
import { createKnownKeys } from '../../actions/keys/known-keys.ts';
import { callerInProtocol, callerOfKey, callerOfToken } from '../../actions/roles.ts';
import type { RouteLimits } from '../../protocols/protocol.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { identify } from './caller.ts';

export type NeededPermissions = Pick<RouteLimits, 'permission' | 'otherPermissions'>;

/** What a request has shown, if it is of a kind that is known. */
export interface ShownCredentials {
  readonly state: 'valid' | 'expired' | 'revoked' | 'invalid';
  /** For people: what is wrong with it, as the end of a sentence that begins with what it is. */
  readonly description: string;
  /** Who shares rates and limits. */
  readonly client: string;
  /** In the native API; undefined unless it is valid. */
  readonly caller?: Caller;
  /** Where a route of a protocol needs one of these permissions; undefined: it has none of them. */
  callerIn(needed: NeededPermissions): Caller | undefined;
}

const SHOWN = Symbol('credentials');
type WithShown = FastifyRequest & { [SHOWN]?: ShownCredentials };

/** Requests with neither cost nothing here. */
export function identifyBearers(
  app: FastifyInstance,
  { pool }: Pick<HttpDependencies, 'pool'>,
  tokens: Pick<TokenService, 'find'>,
): void {
  const keys = createKnownKeys({ pool });
  const ofKey = remembered(shownKey);
  const ofToken = remembered(shownToken);
  app.decorateRequest(SHOWN);

  function find(bearer: string): ShownCredentials | undefined | Promise<ShownCredentials | undefined> {
    if (bearer.startsWith(API_KEY_PREFIX)) {
      const key = keys.find(bearer);
      return key instanceof Promise ? key.then(ofKey) : ofKey(key);
    }
    if (!looksLikeJwt(bearer)) return undefined;
    const token = tokens.find(bearer);
    return token instanceof Promise ? token.then(ofToken) : ofToken(token);
  }

  function take(request: FastifyRequest, shown: ShownCredentials | undefined): void {
    if (shown === undefined) return;
    (request as WithShown)[SHOWN] = shown;
    if (shown.caller !== undefined) identify(request, shown.caller);
  }

  app.addHook('onRequest', (request, _reply, done) => {
    const bearer = bearerOf(request.headers.authorization);
    const shown = bearer === undefined ? undefined : find(bearer);
    if (!(shown instanceof Promise)) {
      take(request, shown);
      return done();
    }
    const found = (known: ShownCredentials | undefined) => {
      take(request, known);
      done();
    };
    shown.then(found, done);
  });
}

/** What a request carries, if it was ever made here or claims to have been. */
export function shownBy(request: FastifyRequest): ShownCredentials | undefined {
  return (request as WithShown)[SHOWN];
}

/** Made once for each that is known. */
function remembered<T extends object>(make: (known: T) => ShownCredentials) {
  const made = new WeakMap<T, ShownCredentials>();
  return (known: T | undefined): ShownCredentials | undefined => {
    if (known === undefined) return undefined;
    const shown = made.get(known) ?? make(known);
    made.set(known, shown);
    return shown;
  };
}

const WHY_OVER = { valid: 'is valid', expired: 'has expired', revoked: 'was revoked' } as const;

/** A key has no scopes: its role alone says what it may do. */
function shownKey(key: KnownKey): ShownCredentials {
  const caller = key.state === 'valid' ? callerOfKey(key) : undefined;
  return {
    state: key.state,
    description: `The API key "${key.name}" (${key.id}) ${WHY_OVER[key.state]}.`,
    client: `key ${key.id}`,
    ...(caller && { caller }),
    callerIn: () => caller,
  };
}

function shownToken({ state, claims, client, reason }: KnownToken): ShownCredentials {
  if (state !== 'valid' || claims === undefined || client === undefined) {
    const of = client === undefined ? '' : ` of the client "${client.name}" (${client.id})`;
    const why = state === 'invalid' ? `is not valid: ${reason}` : WHY_OVER[state];
    return {
      state,
      description: `The access token${of} ${why}.`,
      client: `client ${claims?.clientId ?? ''}`,
      callerIn: () => undefined,
    };
  }
  const holder = { client, scopes: claims.scopes };
  const inProtocols = new WeakMap<NeededPermissions, { readonly caller: Caller | undefined }>();
  return {
    state,
    description: `The access token of the client "${client.name}" (${client.id}) is valid.`,
    client: `client ${client.id}`,
    caller: callerOfToken(holder),
    callerIn(needed) {
      const { permission, otherPermissions = [] } = needed;
      const known = inProtocols.get(needed) ?? {
        caller: callerInProtocol(holder, permission === undefined ? [] : [permission, ...otherPermissions]),
      };
      inProtocols.set(needed, known);
      return known.caller;
    },
  };
}
