/** `/v1/clients`: OAuth 2.0 clients, which get access tokens at `/oauth/token`. */
import type { FastifyInstance } from 'fastify';
import {
  type ClientRequest,
  createClient,
  DEFAULT_KEEP_SECONDS,
  DEFAULT_SECRET_DAYS,
  listClients,
  MAX_KEEP_SECONDS,
  readClient,
  revokeClient,
  rotateClient,
} from '../../actions/clients/clients.ts';
import { SCOPE_PATTERN } from '../../actions/clients/grant-scopes.ts';
import type { StoredClient, StoredSecret } from '../../store/clients.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { callerOf } from '../requests/caller.ts';
import { ROLE } from '../schemas/role.ts';
import { answers, listOf, named, objectOf, TIME } from '../schemas/shared.ts';

const TEXT = { type: 'string' } as const;
const SCOPES = {
  type: 'array',
  minItems: 1,
  maxItems: HTTP_LIMITS.scopes.value,
  uniqueItems: true,
  items: { ...TEXT, pattern: SCOPE_PATTERN },
} as const;

const CLIENT_MEMBERS = {
  id: { ...TEXT, description: 'What OAuth calls `client_id`.' },
  name: TEXT,
  role: ROLE,
  scopes: { ...SCOPES, description: 'What its tokens may be for. Absent: whatever its role may do.' },
  createdBy: TEXT,
  createdAt: TIME,
  revokedAt: TIME,
  secrets: listOf(
    objectOf({ createdAt: TIME, endsAt: TIME, lastUsedAt: { ...TIME, description: 'To about a minute.' } }, [
      'endsAt',
      'lastUsedAt',
    ]),
  ),
} as const;
const OPTIONAL = ['scopes', 'revokedAt'];

const CLIENT = named('Client', objectOf(CLIENT_MEMBERS, OPTIONAL));
const MADE_CLIENT = named(
  'MadeClient',
  objectOf(
    {
      ...CLIENT_MEMBERS,
      secret: { ...TEXT, description: 'What OAuth calls `client_secret`. It is shown once.' },
    },
    OPTIONAL,
  ),
);

const EXPIRES_AT = {
  type: ['string', 'null'],
  format: 'date-time',
  description: `When the secret ends. Default: after ${DEFAULT_SECRET_DAYS} days; null: never.`,
} as const;

const BODY = {
  title: 'ClientRequest',
  type: 'object',
  additionalProperties: false,
  required: ['name', 'role'],
  properties: {
    name: {
      ...TEXT,
      minLength: 1,
      maxLength: HTTP_LIMITS.nameCharacters.value,
      description: 'For people: whose program it is.',
    },
    role: ROLE,
    scopes: { ...SCOPES, description: 'What its tokens may be for. Default: whatever its role may do.' },
    expiresAt: EXPIRES_AT,
  },
  examples: [{ name: 'partner', role: 'integrator' }],
} as const;

const ROTATION = {
  title: 'ClientRotation',

  type: 'object',
  additionalProperties: false,
  properties: {
    keepOldSeconds: {
      type: 'integer',
      minimum: 0,
      maximum: MAX_KEEP_SECONDS,
      description: `How long the secret before this one stays good. Default: ${DEFAULT_KEEP_SECONDS}.`,
    },
    expiresAt: EXPIRES_AT,
  },
} as const;

const ID_PARAMS = {
  type: 'object',
  required: ['id'],
  properties: { id: { ...TEXT, pattern: '^[0-9A-Za-z_]{1,64}$', description: 'The id of a client.' } },
} as const;
type WithId = { Params: { id: string } };

export async function clientRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  app.post<{ Body: ClientRequest }>(
    '/v1/clients',
    {
      schema: {
        operationId: 'createClient',
        summary: 'Make a client that may get access tokens',
        body: BODY,
        errors: ['request.invalid'],
        response: answers(201, MADE_CLIENT, { description: 'The client. Its secret cannot be read again.' }),
      },
    },
    async (request, reply) => {
      const { secret, ...client } = await createClient(callerOf(request), deps, request.body);
      return reply.code(201).send({ ...renderClient(client), secret });
    },
  );

  app.get(
    '/v1/clients',
    {
      schema: {
        operationId: 'listClients',
        summary: 'Clients, newest first, with those that were revoked',
        response: answers(200, objectOf({ clients: listOf(CLIENT) }), { description: 'Without secrets.' }),
      },
    },
    async (request) => ({ clients: (await listClients(callerOf(request), deps)).map(renderClient) }),
  );

  app.get<WithId>(
    '/v1/clients/:id',
    {
      schema: {
        operationId: 'getClient',
        summary: 'A client, and when its secrets were used and end',
        params: ID_PARAMS,
        errors: ['client.not_found'],
        response: answers(200, CLIENT, { description: 'Without secrets.' }),
      },
    },
    async (request) => renderClient(await readClient(callerOf(request), deps, request.params.id)),
  );

  app.post<WithId & { Body?: { keepOldSeconds?: number; expiresAt?: string | null } }>(
    '/v1/clients/:id/rotate',
    {
      schema: {
        operationId: 'rotateClient',
        summary: 'Give a client another secret; the one before stays good for some time',
        params: ID_PARAMS,
        body: ROTATION,
        errors: ['client.not_found', 'request.conflict'],
        response: answers(200, MADE_CLIENT, { description: 'The client, with its new secret.' }),
      },
    },
    async (request) => {
      const body = request.body ?? {};
      const { secret, ...client } = await rotateClient(callerOf(request), deps, request.params.id, body);
      return { ...renderClient(client), secret };
    },
  );

  app.delete<WithId>(
    '/v1/clients/:id',
    {
      schema: {
        operationId: 'revokeClient',
        summary: 'Revoke a client; every process refuses its tokens within some seconds',
        params: ID_PARAMS,
        errors: ['client.not_found'],
        response: answers(200, CLIENT, { description: 'The client, which is over.' }),
      },
    },
    async (request) => renderClient(await revokeClient(callerOf(request), deps, request.params.id)),
  );
}

function renderClient(client: StoredClient): object {
  const { id, name, role, scopes, createdBy, createdAt, revokedAt, secrets } = client;
  return {
    id,
    name,
    role,
    ...(scopes && { scopes }),
    createdBy,
    createdAt: createdAt.toISOString(),
    ...(revokedAt && { revokedAt: revokedAt.toISOString() }),
    secrets: secrets.map(renderSecret),
  };
}

function renderSecret({ createdAt, endsAt, lastUsedAt }: StoredSecret): object {
  return {
    createdAt: createdAt.toISOString(),
    ...(endsAt && { endsAt: endsAt.toISOString() }),
    ...(lastUsedAt && { lastUsedAt: lastUsedAt.toISOString() }),
  };
}
