import type { FastifyInstance } from 'fastify';
import { deleteJob } from '../../actions/jobs/delete-job.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { pathOf } from '../error-reply.ts';
import { callerOf } from '../requests/caller.ts';
import { answersNothing, JOB_ID_PARAMS } from '../schemas/shared.ts';

/** `DELETE /v1/jobs/:id`: out of sight at once; what it left is removed before the answer, or by the janitor. */
export async function jobDeletionRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  app.delete<{ Params: { id: string } }>(
    '/v1/jobs/:id',
    {
      schema: {
        operationId: 'deleteJob',
        summary: 'Delete a job that has ended, with its files, its issues and what its target keeps of it',
        params: JOB_ID_PARAMS,
        errors: ['job.not_found', 'job.invalid_transition'],
        response: answersNothing(204, 'The job is gone.'),
      },
    },
    async (request, reply) => {
      await deleteJob(callerOf(request), deps, request.params.id, (error) =>
        deps.logFailure({ requestId: request.id, method: request.method, url: pathOf(request), error }),
      );
      return reply.code(204).send();
    },
  );
}
