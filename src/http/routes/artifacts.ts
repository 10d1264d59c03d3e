import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { ARTIFACT_KINDS, type Artifact, getArtifact, listArtifacts } from '../../store/artifacts.ts';
import { parseRange } from '../byte-range.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { getJob } from '../find-job.ts';
import { renderTime } from '../render-job.ts';
import { answers, JOB_ID_PARAMS, listOf, objectOf, TIME } from '../schemas/shared.ts';

const COUNT = { type: 'integer', minimum: 0 } as const;

const ARTIFACT = objectOf(
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
);

const FILE_PARAMS = {
  type: 'object',
  required: ['id', 'name'],
  properties: { ...JOB_ID_PARAMS.properties, name: { type: 'string' } },
} as const;

export async function artifactRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  app.get<{ Params: { id: string } }>(
    '/v1/jobs/:id/artifacts',
    {
      schema: {
        summary: 'Files that a job left',
        params: JOB_ID_PARAMS,
        response: answers(200, objectOf({ artifacts: listOf(ARTIFACT) })),
      },
    },
    async (request) => {
      const job = await getJob(deps.pool, request.params.id);
      return { artifacts: (await listArtifacts(deps.pool, job.id)).map(renderArtifact) };
    },
  );

  app.get<{ Params: { id: string; name: string } }>(
    '/v1/jobs/:id/artifacts/:name',
    { schema: { summary: 'One file, or a range of it', params: FILE_PARAMS } },
    async (request, reply) => {
      const job = await getJob(deps.pool, request.params.id);
      return sendFile(deps, request, reply, await getArtifact(deps.pool, job.id, request.params.name));
    },
  );
}

function sendFile(
  deps: HttpDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
  artifact: Artifact,
): FastifyReply {
  const { sizeBytes, storageKey, sha256, mediaType, name } = artifact;
  const etag = `"${sha256}"`;
  void reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    'x-content-type-options': 'nosniff',
  });
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const isSameFile = [undefined, etag].includes(request.headers['if-range'] as string | undefined);
  const range = isSameFile ? parseRange(request.headers.range, sizeBytes) : undefined;
  if (range === 'unsatisfiable')
    return reply.code(416).header('content-range', `bytes */${sizeBytes}`).send();
  void reply.type(mediaType);
  if (range === undefined) return reply.header('content-length', sizeBytes).send(deps.files.read(storageKey));
  return reply
    .code(206)
    .header('content-range', `bytes ${range.start}-${range.end}/${sizeBytes}`)
    .header('content-length', range.end - range.start + 1)
    .send(deps.files.read(storageKey, range));
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
