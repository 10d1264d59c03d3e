/** `/v1/secrets`: the keys that seal secrets in the database. */
import type { FastifyInstance } from 'fastify';
import { listSealingKeys, rotateSecrets } from '../../actions/secrets/secrets.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { callerOf } from '../requests/caller.ts';
import { answers, listOf, named, objectOf } from '../schemas/shared.ts';

const KEY = named(
  'SealingKey',
  objectOf({
    id: { type: 'string', description: 'Says which key it is, and nothing of it.' },
    isWriting: { type: 'boolean', description: 'It seals what comes: the first of the key file.' },
    isInFile: { type: 'boolean', description: 'False: secrets need it, and it is lost.' },
    secrets: { type: 'integer', description: 'Secrets that are sealed with it.' },
  }),
);

export async function secretRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  app.get(
    '/v1/secrets',
    {
      schema: {
        operationId: 'listSealingKeys',
        summary: 'Which keys seal the secrets in the database',
        response: answers(200, objectOf({ keys: listOf(KEY) }), {
          description: 'Never the keys themselves.',
        }),
      },
    },
    async (request) => ({ keys: await listSealingKeys(callerOf(request), deps) }),
  );

  app.post(
    '/v1/secrets/rotate',
    {
      schema: {
        operationId: 'rotateSecrets',
        summary: 'Seal all secrets anew with a new key',
        errors: ['request.conflict', 'secrets.key_missing', 'secrets.unreadable', 'config.invalid'],
        response: answers(200, objectOf({ resealed: { type: 'integer' }, keys: listOf(KEY) }), {
          description: 'How many secrets were sealed anew, and the keys after that.',
        }),
      },
    },
    async (request) => rotateSecrets(callerOf(request), deps),
  );
}
