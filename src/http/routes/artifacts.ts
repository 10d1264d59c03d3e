import type { FastifyInstance } from 'fastify';
import { REJECTED } from '../../actions/results/choose-rejected.ts';
import { findRejected, findResult, listResults } from '../../actions/results/read-results.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { addFileRoute } from '../files/file-route.ts';
import { renderArtifact } from '../files/render-artifact.ts';
import { sendArtifact } from '../files/send-artifact.ts';
import { callerOf } from '../requests/caller.ts';
import { ARTIFACT } from '../schemas/artifact.ts';
import { answers, JOB_ID_PARAMS, listOf, objectOf } from '../schemas/shared.ts';

const PART = {
  type: 'integer',
  minimum: 0,
  description: 'Of which part, if several parts have one.',
} as const;

const FILE_PARAMS = {
  type: 'object',
  required: ['id', 'name'],
  properties: { ...JOB_ID_PARAMS.properties, name: { type: 'string', description: 'The name of the file.' } },
} as const;

export async function artifactRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  app.get<{ Params: { id: string } }>(
    '/v1/jobs/:id/artifacts',
    {
      schema: {
        operationId: 'listArtifacts',
        errors: ['job.not_found'],
        summary: 'Files that a job left',
        params: JOB_ID_PARAMS,
        response: answers(200, objectOf({ artifacts: listOf(ARTIFACT) }), { description: 'The files.' }),
      },
    },
    async (request) => {
      const artifacts = await listResults(callerOf(request), deps, request.params.id);
      return { artifacts: artifacts.map(renderArtifact) };
    },
  );

  addFileRoute<{ id: string; name: string }>(
    app,
    '/v1/jobs/:id/artifacts/:name',
    {
      operationId: 'downloadArtifact',
      summary: 'One file, or a range of it',
      params: FILE_PARAMS,
      errors: ['job.not_found', 'storage.not_found'],
    },
    async (request, reply) => {
      const { id, name } = request.params;
      return sendArtifact(deps.files, request, reply, await findResult(callerOf(request), deps, id, name));
    },
  );

  for (const rejected of REJECTED) {
    addFileRoute<{ id: string }, { part?: number }>(
      app,
      `/v1/jobs/:id/${rejected.path}`,
      {
        operationId: rejected.operationId,
        summary: `The ${rejected.words} of a job that has ended`,
        errors: ['job.not_found', 'storage.not_found'],
        params: JOB_ID_PARAMS,
        querystring: objectOf({ part: PART }, ['part']),
      },
      async (request, reply) => {
        const { params, query } = request;
        const wanted = { rejected, part: query.part };
        const artifact = await findRejected(callerOf(request), deps, params.id, wanted);
        return sendArtifact(deps.files, request, reply, artifact);
      },
    );
  }
}
