import type { FastifyInstance } from 'fastify';
import { deleteUpload, listUploads, readUpload, receiveUpload } from '../../actions/uploads/uploads.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { Upload } from '../../store/uploads.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { nextLink } from '../next-link.ts';
import { isForm, openBody, openFormFile } from '../receive/incoming-file.ts';
import { renderTime } from '../render-job.ts';
import { callerOf } from '../requests/caller.ts';
import { FILE_NAME, INCOMING_HEADERS, incomingFile } from '../schemas/incoming-file.ts';
import {
  answers,
  answersNothing,
  listOf,
  named,
  objectOf,
  PAGE_LINKS,
  TIME,
  UUID_PARAMS,
} from '../schemas/shared.ts';

const UPLOAD = named(
  'Upload',
  objectOf(
    {
      id: { type: 'string', format: 'uuid' },
      fileName: { type: 'string' },
      sha256: { type: 'string', pattern: '^[0-9a-f]{64}$', description: 'In hex.' },
      sizeBytes: { type: 'integer', minimum: 0 },
      createdAt: TIME,
      expiresAt: TIME,
    },
    ['fileName', 'expiresAt'],
  ),
);

const DEFAULT_LIMIT = 50;

const UPLOAD_LIST = named(
  'UploadList',
  objectOf(
    {
      uploads: listOf(UPLOAD),
      next: { type: 'string', format: 'uuid', description: 'For `before`; absent on the last page.' },
      links: PAGE_LINKS,
    },
    ['next'],
  ),
);

const LIST_QUERY = objectOf(
  {
    before: { type: 'string', format: 'uuid', description: 'The `next` of the page before.' },
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: HTTP_LIMITS.uploadsPerPage.value,
      description: `Uploads in the answer. Default ${DEFAULT_LIMIT}.`,
    },
  },
  ['before', 'limit'],
);

/** `/v1/uploads`: files that are received, hashed and kept until jobs read them or their time is over. */
export async function uploadRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  // A body goes to disk as it comes; nothing may parse it.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  app.post<{ Querystring: { name?: string } }>(
    '/v1/uploads',
    {
      schema: {
        operationId: 'uploadFile',
        summary: 'Send a file',
        description:
          'The body is the file, of any media type, or a form (multipart/form-data) with the file in the part `file`. The answer is sent ' +
          'when the file is safely stored. Digests (sha-256, sha-512) are those of the whole body.',
        headers: { type: 'object', properties: INCOMING_HEADERS },
        querystring: objectOf({ name: FILE_NAME }, ['name']),
        consumes: incomingFile(),
        errors: ['storage.full'],
        response: answers(201, UPLOAD, { description: 'The upload.', headers: ['location'] }),
      },
    },
    async (request, reply) => {
      const file = isForm(request)
        ? await openFormFile(request)
        : openBody(request, { ...request.query, maxBytes: deps.settings.uploadBytes });
      const upload = await receiveUpload(callerOf(request), deps, file);
      return reply.code(201).header('location', `/v1/uploads/${upload.id}`).send(renderUpload(upload));
    },
  );

  app.get<{ Querystring: { before?: string; limit?: number } }>(
    '/v1/uploads',
    {
      schema: {
        operationId: 'listUploads',
        summary: 'List uploads, newest first',
        querystring: LIST_QUERY,
        response: answers(200, UPLOAD_LIST, { description: 'A page of uploads.' }),
      },
    },
    async (request) => {
      const { query, url } = request;
      const page = await listUploads(callerOf(request), deps, { limit: DEFAULT_LIMIT, ...query });
      const next = page.last?.id;
      return {
        uploads: page.items.map(renderUpload),
        ...(next !== undefined && { next }),
        links: next === undefined ? {} : { next: nextLink(url, 'before', next) },
      };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/v1/uploads/:id',
    {
      schema: {
        operationId: 'getUpload',
        summary: 'One upload',
        params: UUID_PARAMS,
        errors: ['source.not_found', 'storage.expired'],
        response: answers(200, UPLOAD, { description: 'The upload.' }),
      },
    },
    async (request) => renderUpload(await readUpload(callerOf(request), deps, request.params.id)),
  );

  app.delete<{ Params: { id: string } }>(
    '/v1/uploads/:id',
    {
      schema: {
        operationId: 'removeUpload',
        summary: 'Remove an upload',
        description:
          'Refused while an unfinished job needs it. A failed job cannot be retried without its upload.',
        params: UUID_PARAMS,
        errors: ['source.not_found', 'storage.expired', 'request.conflict'],
        response: answersNothing(204, 'The upload is gone.'),
      },
    },
    async (request, reply) => {
      await deleteUpload(callerOf(request), deps, request.params.id);
      return reply.code(204).send();
    },
  );
}

function renderUpload({ id, fileName, sha256, sizeBytes, createdAt, expiresAt }: Upload): object {
  return omitUndefined({
    id,
    fileName,
    sha256,
    sizeBytes,
    createdAt: renderTime(createdAt),
    expiresAt: expiresAt && renderTime(expiresAt),
  });
}
