import type { FastifyInstance } from 'fastify';
import { checkReady } from '../../actions/server/read-server.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { callerOf } from '../requests/caller.ts';
import { answers, objectOf } from '../schemas/shared.ts';

const ANSWER = answers(200, objectOf({ status: { enum: ['ok'] } }), { description: 'Yes.' });

/** `/healthz`: the process answers. `/readyz`: it takes jobs, so the database answers and can be written, and no shutdown is under way. */
export async function healthRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  app.get(
    '/healthz',
    { schema: { operationId: 'getHealth', summary: 'Is the process there?', response: ANSWER } },
    async () => ({
      status: 'ok',
    }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'getReadiness',
        summary: 'Does it take jobs?',
        errors: ['database.unavailable'],
        response: ANSWER,
      },
    },
    async (request) => {
      await checkReady(callerOf(request), deps);
      return { status: 'ok' };
    },
  );
}
