/** What others have to know of the issuer: where its endpoints are (RFC 8414, and the name that OpenID Connect has for it), and its keys. */
import type { FastifyInstance } from 'fastify';
import { TOKEN_ALGORITHM } from '../../access/tokens/access-token.ts';
import { NATIVE_SCOPES } from '../../actions/clients/grant-scopes.ts';
import type { TokenService } from '../../actions/clients/token-service.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { ANYTHING, answers, listOf, named, objectOf } from '../schemas/shared.ts';
import { issuerOf } from './issuer.ts';
import { replyWithRefusal } from './oauth-reply.ts';
import { CLIENT_CREDENTIALS, NATIVE_PLACE } from './token-routes.ts';

const JWKS_PATH = '/oauth/jwks';
const TEXT = { type: 'string' } as const;
const TEXTS = listOf(TEXT);

const METADATA = named(
  'AuthorizationServerMetadata',
  objectOf({
    issuer: TEXT,
    token_endpoint: TEXT,
    jwks_uri: TEXT,
    scopes_supported: TEXTS,
    response_types_supported: TEXTS,
    grant_types_supported: TEXTS,
    token_endpoint_auth_methods_supported: TEXTS,
    subject_types_supported: TEXTS,
    id_token_signing_alg_values_supported: TEXTS,
  }),
);

/** Keys that are added are published for longer than this before they sign. */
const KEPT_BY_VERIFIERS = 'public, max-age=300';

export async function discoveryRoutes(
  app: FastifyInstance,
  deps: HttpDependencies,
  tokens: TokenService,
  protocolScopes: readonly string[],
): Promise<void> {
  app.setErrorHandler((error, request, reply) => replyWithRefusal(error, request, reply, deps.logFailure));

  for (const [name, operationId, summary] of [
    ['oauth-authorization-server', 'getAuthorizationServer', 'The issuer of access tokens (RFC 8414)'],
    ['openid-configuration', 'getOpenIdConfiguration', 'The same by the name that OpenID Connect has for it'],
  ] as const) {
    app.get(
      `/.well-known/${name}`,
      {
        schema: {
          operationId,
          summary,
          refuses: 'oauth',
          response: answers(200, METADATA, { description: 'Where its endpoints are.' }),
        },
      },
      async (request) => describe(issuerOf(deps, request), protocolScopes),
    );
  }

  app.get(
    JWKS_PATH,
    {
      schema: {
        operationId: 'getTokenKeys',
        summary: 'The public keys of access tokens (RFC 7517)',
        refuses: 'oauth',
        errors: ['database.unavailable'],
        response: answers(200, named('JsonWebKeys', objectOf({ keys: listOf(ANYTHING) })), {
          description: 'The key that signs, the one that signs next, and those whose tokens may still live.',
          headers: ['cache-control'],
        }),
      },
    },
    async (_request, reply) => {
      const keys = await tokens.publicKeys();
      void reply.header('cache-control', KEPT_BY_VERIFIERS);
      return { keys };
    },
  );
}

function describe(issuer: string, protocolScopes: readonly string[]): object {
  return {
    issuer,
    token_endpoint: issuer + NATIVE_PLACE.path,
    jwks_uri: issuer + JWKS_PATH,
    scopes_supported: [...NATIVE_SCOPES, ...protocolScopes],
    response_types_supported: [],
    grant_types_supported: [CLIENT_CREDENTIALS],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    // What OpenID Connect wants to be there, although there is no id token.
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [TOKEN_ALGORITHM],
  };
}
