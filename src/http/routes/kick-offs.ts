import type { FastifyInstance } from 'fastify';
import { AppError } from '../../core/errors.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { getJob } from '../find-job.ts';
import { acceptCorrection } from '../kick-off/accept-correction.ts';
import { acceptExport, acceptImport } from '../kick-off/accept-kick-off.ts';
import type { ExportRequest, ImportRequest } from '../kick-off/request.ts';
import { sendAccepted } from '../kick-off/send-accepted.ts';
import { parseExactJson } from '../parse-exact-json.ts';
import { CORRECTION_BODY, EXPORT_BODY, IMPORT_BODY } from '../schemas/kick-off.ts';
import { answers, JOB, JOB_ID_PARAMS } from '../schemas/shared.ts';
import { watchDepartures } from '../status/watch-departures.ts';

interface KickOffHeaders {
  readonly 'idempotency-key'?: string;
}

const HEADERS = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      minLength: 1,
      maxLength: 200,
      description: 'Sent again with the same body: answers the job that the first request made.',
    },
    prefer: {
      type: 'string',
      description: '`wait=N`: answer when the job has ended (200), or after N seconds (202; at most 50).',
    },
  },
} as const;

const ACCEPTED = {
  ...answers(202, JOB, {
    description: 'The job; a worker does it.',
    headers: ['location', 'etag', 'retry-after?', 'preference-applied?'],
  }),
  ...answers(200, JOB, {
    description: 'The job, which has ended within the time that the client was ready to wait.',
    headers: ['location', 'etag', 'preference-applied'],
  }),
};

const IMPORT_ERRORS = [
  'collection.not_found',
  'collection.version_changed',
  'source.not_found',
  'job.not_found',
  'storage.expired',
  'storage.full',
  'request.idempotency_mismatch',
] as const;

/** `POST /v1/imports`, `/v1/validations`, `/v1/exports`, `/v1/jobs/:id/correct`: 202 with the job, which a worker does. */
export async function kickOffRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  const untilGone = watchDepartures(app);
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: unknown, text: string) => parseBody(text),
  );

  for (const kind of ['import', 'validation'] as const) {
    app.post<{ Body: ImportRequest; Headers: KickOffHeaders }>(
      `/v1/${kind}s`,
      {
        schema: {
          operationId: kind === 'import' ? 'startImport' : 'startValidation',
          summary: kind === 'import' ? 'Import records' : 'Check records without writing them',
          headers: HEADERS,
          body: IMPORT_BODY,
          errors: IMPORT_ERRORS,
          response: ACCEPTED,
        },
      },
      async (request, reply) =>
        sendAccepted(
          { ...deps, untilGone },
          request,
          reply,
          await acceptImport(deps, kind, request.body, request.headers['idempotency-key']),
        ),
    );
  }

  app.post<{ Body: ExportRequest; Headers: KickOffHeaders }>(
    '/v1/exports',
    {
      schema: {
        operationId: 'startExport',
        summary: 'Export records',
        headers: HEADERS,
        body: EXPORT_BODY,
        errors: ['collection.not_found', 'request.idempotency_mismatch'],
        response: ACCEPTED,
      },
    },
    async (request, reply) =>
      sendAccepted(
        { ...deps, untilGone },
        request,
        reply,
        await acceptExport(deps, request.body, request.headers['idempotency-key']),
      ),
  );

  app.post<{ Params: { id: string }; Body: { upload: string }; Headers: KickOffHeaders }>(
    '/v1/jobs/:id/correct',
    {
      schema: {
        operationId: 'correctJob',
        summary: 'Send the repaired failed rows of a job',
        params: JOB_ID_PARAMS,
        headers: HEADERS,
        body: CORRECTION_BODY,
        errors: [
          'job.not_found',
          'job.invalid_transition',
          'source.not_found',
          'collection.not_found',
          'storage.expired',
          'request.idempotency_mismatch',
        ],
        response: ACCEPTED,
      },
    },
    async (request, reply) => {
      const parent = await getJob(deps.pool, request.params.id);
      const key = request.headers['idempotency-key'];
      return sendAccepted(
        { ...deps, untilGone },
        request,
        reply,
        await acceptCorrection(deps, parent, request.body.upload, key),
      );
    },
  );
}

/** Records in the request keep their numbers as they were written: 12345678901234567890 is not a double. */
function parseBody(text: string): unknown {
  try {
    const body: unknown = JSON.parse(text);
    const source = (body as { source?: { records?: unknown } } | null)?.source;
    if (source?.records !== undefined) {
      source.records = (parseExactJson(text) as { source: { records: unknown } }).source.records;
    }
    return body;
  } catch (error) {
    // The reviver of exact numbers goes down with the nesting, and so does the stack.
    const problem =
      error instanceof RangeError ? 'nested too deeply' : `not JSON: ${(error as Error).message}`;
    throw new AppError('request.invalid', `The body of the request is ${problem}`, { cause: error });
  }
}
