import type { FastifyInstance } from 'fastify';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { ARTIFACT_KINDS, type Artifact, getArtifact, listArtifacts } from '../../store/artifacts.ts';
import { chooseRejected, REJECTED } from '../choose-rejected.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { addFileRoute } from '../file-route.ts';
import { getJob } from '../find-job.ts';
import { renderTime } from '../render-job.ts';
import { answers, JOB_ID_PARAMS, listOf, named, objectOf, TIME } from '../schemas/shared.ts';
import { sendArtifact } from '../send-artifact.ts';

const COUNT = { type: 'integer', minimum: 0 } as const;

const ARTIFACT = named(
  'Artifact',
  objectOf(
    {
      name: { type: 'string' },
      kind: { enum: ARTIFACT_KINDS },
      part: COUNT,
      mediaType: { type: 'string' },
      sizeBytes: COUNT,
      sha256: { type: 'string' },
      records: COUNT,
      createdAt: TIME,
      expiresAt: TIME,
      removedAt: TIME,
      url: { type: 'string' },
    },
    ['part', 'records', 'expiresAt', 'removedAt'],
  ),
);

const PART = { ...COUNT, description: 'Of which part, where several have one.' } as const;

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
      const job = await getJob(deps.pool, request.params.id);
      return { artifacts: (await listArtifacts(deps.pool, job.id)).map(renderArtifact) };
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
      const job = await getJob(deps.pool, id);
      return sendArtifact(deps.files, request, reply, await getArtifact(deps.pool, job.id, name));
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
        const job = await getJob(deps.pool, request.params.id);
        const artifacts = await listArtifacts(deps.pool, job.id);
        const artifact = chooseRejected(job, artifacts, rejected, request.query.part);
        return sendArtifact(deps.files, request, reply, artifact);
      },
    );
  }
}

function renderArtifact(artifact: Artifact): object {
  const { name, kind, part, mediaType, sizeBytes, sha256, records, createdAt, expiresAt, deletedAt } =
    artifact;
  return omitUndefined({
    name,
    kind,
    part,
    mediaType,
    sizeBytes,
    sha256,
    records,
    createdAt: renderTime(createdAt),
    expiresAt: expiresAt && renderTime(expiresAt),
    removedAt: deletedAt && renderTime(deletedAt),
    url: `/v1/jobs/${artifact.jobId}/artifacts/${encodeURIComponent(name)}`,
  });
}
