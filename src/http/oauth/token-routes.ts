/** `/oauth/token`, and the places where clients of wire protocols ask for the same: access tokens for clients. */
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { OAuthRefusal } from '../../access/tokens/oauth-refusal.ts';
import type { TokenService } from '../../actions/clients/token-service.ts';
import type { TokenPlace } from '../../protocols/protocol.ts';
import type { HttpDependencies } from '../dependencies.ts';
import type { MountedProtocol } from '../mount/mounted-protocol.ts';
import { hostConstraint } from '../mount/territories.ts';
import { readClientCredentials } from './client-credentials.ts';
import { issuerOf } from './issuer.ts';
import { forbidKeeping, replyWithRefusal } from './oauth-reply.ts';
import { type OAuthParameters, readParameters } from './read-parameters.ts';
import { TOKEN_SCHEMA } from './token-schema.ts';

export const CLIENT_CREDENTIALS = 'client_credentials';

/** Where no protocol says another. */
export const NATIVE_PLACE: TokenPlace = {
  path: '/oauth/token',
  operationId: 'getAccessToken',
  lifetimeSeconds: 3600,
  tokenType: 'Bearer',
};

/** The native place; a protocol at the root that has the same says what its answer looks like. */
export async function tokenRoutes(
  app: FastifyInstance,
  deps: HttpDependencies,
  tokens: TokenService,
): Promise<void> {
  const atRoot = (deps.protocols ?? []).filter(({ mount }) => isAtRoot(mount));
  const places = atRoot.flatMap(({ bound }) => bound.tokenPlaces ?? []);
  const place = places.find(({ path }) => path === NATIVE_PLACE.path) ?? NATIVE_PLACE;
  addPlace(app, deps, tokens, { place, url: NATIVE_PLACE.path, schema: TOKEN_SCHEMA });
}

/** The places of a protocol. @param isAlone whether the native place is elsewhere */
export async function protocolTokenRoutes(
  app: FastifyInstance,
  deps: HttpDependencies,
  tokens: TokenService,
  { mounted, isAlone }: { readonly mounted: MountedProtocol; readonly isAlone: boolean },
): Promise<void> {
  const { mount, bound } = mounted;
  for (const place of bound.tokenPlaces ?? []) {
    if (!isAlone && isAtRoot(mount) && place.path === NATIVE_PLACE.path) continue;
    addPlace(app, deps, tokens, {
      place,
      url: `${mount.prefix ?? ''}${place.path}`,
      ...hostConstraint(mount.host),
    });
  }
}

function isAtRoot({ prefix, host, port }: MountedProtocol['mount']): boolean {
  return prefix === undefined && host === undefined && port === undefined;
}

interface Added {
  readonly place: TokenPlace;
  readonly url: string;
  readonly schema?: FastifySchema;
  readonly constraints?: { host: RegExp };
}

function addPlace(
  app: FastifyInstance,
  deps: HttpDependencies,
  tokens: TokenService,
  { place, ...route }: Added,
): void {
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Bodies come in three kinds, all read here.
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.setErrorHandler((error, request, reply) =>
      replyWithRefusal(error, request, reply, deps.logFailure),
    );
    scope.route({
      method: 'POST',
      ...route,
      handler: (request, reply) => answer(deps, tokens, place, { request, reply }),
    });
  });
}

async function answer(
  deps: HttpDependencies,
  tokens: TokenService,
  place: TokenPlace,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): Promise<object> {
  const parameters = await readParameters(request);
  checkGrant(parameters);
  const { wholeScopes, lifetimeSeconds, tokenType, more } = place;
  const { token, claims } = await tokens.issue({
    ...readClientCredentials(request.headers.authorization, parameters),
    scope: parameters.get('scope'),
    isWholeScope: (scope) => wholeScopes?.test(scope) === true,
    issuer: issuerOf(deps, request),
    lifetimeSeconds,
    address: request.ip,
  });
  forbidKeeping(reply);
  return {
    access_token: token,
    token_type: tokenType,
    expires_in: lifetimeSeconds,
    scope: claims.scopes.join(' '),
    ...more?.render({ jti: claims.jti, lifetimeSeconds }),
  };
}

function checkGrant(parameters: OAuthParameters): void {
  const grant = parameters.get('grant_type');
  if (grant === CLIENT_CREDENTIALS) return;
  if (grant === undefined)
    throw new OAuthRefusal(
      'invalid_request',
      `The parameter grant_type is missing; expected ${CLIENT_CREDENTIALS}.`,
    );
  throw new OAuthRefusal('unsupported_grant_type', `The only grant_type here is ${CLIENT_CREDENTIALS}.`);
}
