/** The token endpoint as the document shows it. */
import type { FastifySchema } from 'fastify';
import { named } from '../schemas/shared.ts';

const TEXT = { type: 'string' } as const;

/** Where a protocol shares the place, its members are there as well. */
export const TOKEN = named('AccessToken', {
  type: 'object',
  additionalProperties: true,
  required: ['access_token', 'token_type', 'expires_in', 'scope'],
  properties: {
    access_token: { ...TEXT, description: 'Carried as `Authorization: Bearer TOKEN`. A JWT of RFC 9068.' },
    token_type: { enum: ['Bearer', 'bearer'] },
    expires_in: { type: 'integer', description: 'Seconds that it is good for.' },
    scope: { ...TEXT, description: 'What it is good for; `waybill.all`: everything that its client may do.' },
  },
});

export const TOKEN_FORM = named('TokenRequest', {
  type: 'object',
  // Clients send what their own issuers want to know.
  additionalProperties: true,
  required: ['grant_type'],
  properties: {
    grant_type: { const: 'client_credentials', description: 'The only grant there is.' },
    client_id: { ...TEXT, description: 'Unless the client shows itself by HTTP Basic.' },
    client_secret: { ...TEXT, description: 'Unless the client shows itself otherwise.' },
    scope: { ...TEXT, description: 'Default: as much as the client may have.' },
  },
});

/** By media type. */
export const TOKEN_BODIES = {
  'application/x-www-form-urlencoded': TOKEN_FORM,
  'multipart/form-data': TOKEN_FORM,
  'application/json': TOKEN_FORM,
} as const;

export const TOKEN_SCHEMA: FastifySchema = {
  operationId: 'getAccessToken',
  summary: 'Get an access token (OAuth 2.0, client credentials)',
  description:
    'Parameters come as a form of either kind, as JSON, or in the query. The client shows its id and secret as parameters or by HTTP Basic. Where SailPoint is served at the root, the answer looks like its own.',
  refuses: 'oauth',
  consumes: TOKEN_BODIES,
  errors: ['request.rate_limited', 'request.unauthorized', 'database.unavailable'],
  response: {
    200: {
      description: 'The token.',
      headers: ['cache-control', 'pragma'],
      content: { 'application/json': { schema: TOKEN } },
    },
  },
};
