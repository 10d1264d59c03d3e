import type { FastifyInstance } from 'fastify';
import { getJob } from '../../actions/jobs/find-job.ts';
import type { Job } from '../../core/job.ts';
import { markJobDeleted } from '../../store/jobs/delete-job.ts';
import { forgetInTargets, removeJobs } from '../../store/remove-job.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { pathOf } from '../error-reply.ts';
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
      const job = await getJob(deps.pool, request.params.id);
      const changed = await markJobDeleted(deps.pool, job.id);
      // The job is deleted from here on: a target that is away, or a disk that fails, makes more work for the janitor and no other answer.
      await clearAway(deps, job).catch((error: unknown) =>
        deps.logFailure({ requestId: request.id, method: request.method, url: pathOf(request), error }),
      );
      await deps.status.settle(changed);
      return reply.code(204).send();
    },
  );
}

async function clearAway({ pool, files, targets }: HttpDependencies, { id, parts }: Job): Promise<void> {
  const collections = parts.map((part) => ({ name: part.collection, version: part.collectionVersion }));
  await forgetInTargets(pool, (collection, jobId) => targets.forget(collection, jobId), { id, collections });
  await removeJobs({ pool, files }, [id]);
}
