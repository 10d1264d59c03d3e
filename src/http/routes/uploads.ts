import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { StoredFile } from '../../store/files.ts';
import { recordUpload, type Upload } from '../../store/uploads.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { renderTime } from '../render-job.ts';
import { answers, named, objectOf, TIME } from '../schemas/shared.ts';

const UPLOAD = named(
  'Upload',
  objectOf(
    {
      id: { type: 'string', format: 'uuid' },
      fileName: { type: 'string' },
      sha256: { type: 'string', description: 'In hex.' },
      sizeBytes: { type: 'integer' },
      createdAt: TIME,
      expiresAt: TIME,
    },
    ['fileName', 'expiresAt'],
  ),
);

const TEXT = { type: 'string' } as const;

const HEADERS = {
  type: 'object',
  properties: {
    'x-file-name': { ...TEXT, description: 'The name of the file, percent-encoded; `name` goes before it.' },
    'content-digest': {
      ...TEXT,
      description: '`sha-256=:…:` (RFC 9530): a file that arrives damaged is refused.',
    },
    'repr-digest': { ...TEXT, description: 'As `Content-Digest`.' },
  },
} as const;

/** `POST /v1/uploads`: the body is the file, of whatever media type; it is acknowledged once it is durable. */
export async function uploadRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  // The body goes to disk as it comes; nothing may parse it.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));

  app.post<{ Querystring: { name?: string }; Body: Readable | undefined }>(
    '/v1/uploads',
    {
      schema: {
        operationId: 'uploadFile',
        summary: 'Send a file',
        description: 'The body is the file, of whatever media type. It is acknowledged once it is durable.',
        querystring: objectOf(
          { name: { type: 'string', maxLength: 500, description: 'The name of the file.' } },
          ['name'],
        ),
        headers: HEADERS,
        consumes: { '*/*': { type: 'string', format: 'binary', description: 'The bytes of the file.' } },
        errors: ['storage.full'],
        response: answers(201, UPLOAD, { description: 'The upload.', headers: ['location'] }),
      },
    },
    async (request, reply) => {
      const expected = expectedDigest(request.headers);
      const fileName = request.query.name ?? headerText(request.headers['x-file-name']);
      const upload = await receive(deps, request.body ?? request.raw, fileName, expected);
      return reply.code(201).header('location', `/v1/uploads/${upload.id}`).send(renderUpload(upload));
    },
  );
}

async function receive(
  deps: HttpDependencies,
  body: Readable,
  fileName: string | undefined,
  expected: string | undefined,
): Promise<Upload> {
  const id = randomUUID();
  const file = await saveBody(deps, `uploads/${id}`, body);
  if (expected !== undefined && expected !== file.sha256) {
    await deps.files.remove(file.storageKey);
    throw new AppError(
      'request.invalid',
      `The file arrived damaged: its SHA-256 is ${file.sha256}, announced was ${expected}. Send it again.`,
      {
        isRetryable: true,
      },
    );
  }
  return recordUpload(deps.pool, {
    id,
    ...file,
    keepMs: deps.settings.uploadsKeepMs,
    ...(fileName !== undefined && { fileName }),
  });
}

/** A refusal must not destroy the request, since its answer goes over the same connection: the rest is read and forgotten. */
async function saveBody(deps: HttpDependencies, storageKey: string, body: Readable): Promise<StoredFile> {
  try {
    const pieces = body.iterator({ destroyOnReturn: false });
    return await deps.files.save(storageKey, pieces, { maxBytes: deps.settings.uploadBytes });
  } catch (error) {
    body.resume();
    throw error;
  }
}

/** SHA-256 in hex from `Content-Digest` or `Repr-Digest` (RFC 9530); other algorithms are not checked. */
function expectedDigest(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined {
  const fields = [headers['content-digest'], headers['repr-digest']].flat().join(',');
  const match = /sha-256=:([A-Za-z0-9+/=]+):/.exec(fields);
  return match?.[1] && Buffer.from(match[1], 'base64').toString('hex');
}

function headerText(value: string | string[] | undefined): string | undefined {
  const text = [value].flat()[0];
  if (text === undefined) return undefined;
  try {
    // Header values are ASCII, so clients send other names percent-encoded.
    return decodeURIComponent(text);
  } catch {
    return text;
  }
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
