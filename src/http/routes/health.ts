import type { FastifyInstance } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { findReadOnlyReason } from '../../store/read-only.ts';
import type { HttpDependencies } from '../dependencies.ts';
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
    async () => {
      if (!deps.isReady())
        throw new AppError('database.unavailable', 'The server shuts down.', { isRetryable: true });
      const reason = await findReadOnlyReason(deps.pool);
      if (reason !== undefined) throw readOnly(reason);
      return { status: 'ok' };
    },
  );
}

function readOnly(reason: string): AppError {
  return new AppError(
    'database.unavailable',
    `The database is read-only: ${reason}. No job can be taken until it is not.`,
    {
      details: { reason },
      isRetryable: true,
    },
  );
}
