/** `/v1/keys`: API keys for clients. `/v1/access`: what the credentials of this request may do. */
import type { FastifyInstance } from 'fastify';
import {
  createKey,
  DEFAULT_KEY_DAYS,
  type KeyRequest,
  listKeys,
  revokeKey,
} from '../../actions/keys/keys.ts';
import type { StoredKey } from '../../store/api-keys.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { callerOf } from '../requests/caller.ts';
import { ROLE } from '../schemas/role.ts';
import { answers, listOf, named, objectOf, TIME } from '../schemas/shared.ts';

const TEXT = { type: 'string' } as const;

const KEY_MEMBERS = {
  id: { ...TEXT, description: 'The public part of the key.' },
  name: TEXT,
  role: ROLE,
  createdBy: TEXT,
  createdAt: TIME,
  expiresAt: { ...TIME, description: 'Absent: never.' },
  lastUsedAt: { ...TIME, description: 'To about a minute.' },
  revokedAt: TIME,
} as const;
const OPTIONAL = ['expiresAt', 'lastUsedAt', 'revokedAt'];

const KEY = named('ApiKey', objectOf(KEY_MEMBERS, OPTIONAL));
const MADE_KEY = named(
  'MadeApiKey',
  objectOf(
    {
      ...KEY_MEMBERS,
      key: {
        ...TEXT,
        description: 'The key itself, as `Authorization: Bearer KEY` carries it. It is shown once.',
      },
    },
    OPTIONAL,
  ),
);

const BODY = {
  title: 'KeyRequest',
  type: 'object',
  additionalProperties: false,
  required: ['name', 'role'],
  properties: {
    name: {
      ...TEXT,
      minLength: 1,
      maxLength: HTTP_LIMITS.nameCharacters.value,
      description: 'For people: who or what has it.',
    },
    role: ROLE,
    expiresAt: {
      type: ['string', 'null'],
      format: 'date-time',
      description: `When it ends. Default: after ${DEFAULT_KEY_DAYS} days; null: never.`,
    },
  },
  examples: [{ name: 'nightly import', role: 'integrator' }],
} as const;

const ID_PARAMS = {
  type: 'object',
  required: ['id'],
  properties: { id: { ...TEXT, pattern: '^[0-9A-Za-z]{1,64}$', description: 'The id of a key.' } },
} as const;

const ACCESS = named(
  'Access',
  objectOf({
    name: { ...TEXT, description: 'Whom the server takes the client for.' },
    permissions: listOf(TEXT),
  }),
);

export async function keyRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  app.post<{ Body: KeyRequest }>(
    '/v1/keys',
    {
      schema: {
        operationId: 'createKey',
        summary: 'Make an API key',
        body: BODY,
        errors: ['request.invalid'],
        response: answers(201, MADE_KEY, { description: 'The key. It cannot be read again.' }),
      },
    },
    async (request, reply) => {
      const { key, ...stored } = await createKey(callerOf(request), deps, request.body);
      return reply.code(201).send({ ...renderKey(stored), key });
    },
  );

  app.get(
    '/v1/keys',
    {
      schema: {
        operationId: 'listKeys',
        summary: 'API keys, newest first, with those that are over',
        response: answers(200, objectOf({ keys: listOf(KEY) }), {
          description: 'Without the keys themselves.',
        }),
      },
    },
    async (request) => ({ keys: (await listKeys(callerOf(request), deps)).map(renderKey) }),
  );

  app.delete<{ Params: { id: string } }>(
    '/v1/keys/:id',
    {
      schema: {
        operationId: 'revokeKey',
        summary: 'Revoke an API key; every process refuses it within some seconds',
        params: ID_PARAMS,
        errors: ['key.not_found'],
        response: answers(200, KEY, { description: 'The key, which is over.' }),
      },
    },
    async (request) => renderKey(await revokeKey(callerOf(request), deps, request.params.id)),
  );

  app.get(
    '/v1/access',
    {
      schema: {
        operationId: 'readAccess',
        summary: 'Who the client is to this server, and what it may do',
        response: answers(200, ACCESS, { description: 'For the credentials of this request.' }),
      },
    },
    async (request) => {
      const { name, permissions } = callerOf(request);
      return { name, permissions: [...permissions].toSorted() };
    },
  );
}

function renderKey({ createdAt, expiresAt, lastUsedAt, revokedAt, ...key }: StoredKey): object {
  return {
    ...key,
    createdAt: createdAt.toISOString(),
    ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
    ...(lastUsedAt && { lastUsedAt: lastUsedAt.toISOString() }),
    ...(revokedAt && { revokedAt: revokedAt.toISOString() }),
  };
}
