import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type CorrectionRequest, correctJob } from '../../actions/start-job/correct-job.ts';
import { nameKeyed } from '../../actions/start-job/idempotency.ts';
import { startJob } from '../../actions/start-job/start-job.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { acceptRequest, hasOptions, JOB_PART, requireFile } from '../kick-off/accept-request.ts';
import type { ExportRequest, PartedExportRequest } from '../kick-off/bodies.ts';
import { parseOrigin } from '../kick-off/origin.ts';
import { parseBody } from '../kick-off/parse-body.ts';
import { readExport } from '../kick-off/read-bodies.ts';
import { sendAccepted } from '../kick-off/send-accepted.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { readBody } from '../receive/body-bytes.ts';
import { refusalOfEncodedJson } from '../receive/encoded-json.ts';
import { readText } from '../receive/read-text.ts';
import { callerOf } from '../requests/caller.ts';
import { createValidatorCompiler } from '../requests/request-validation.ts';
import { INCOMING_HEADERS, incomingFile } from '../schemas/incoming-file.ts';
import { JOB } from '../schemas/job.ts';
import {
  CORRECTION_BODY,
  EXPORT_BODY,
  FILE_IMPORT_BODY,
  IMPORT_BODY,
  IMPORT_QUERY,
} from '../schemas/kick-off.ts';
import { answers, JOB_ID_PARAMS } from '../schemas/shared.ts';
import { watchDepartures } from '../status/watch-departures.ts';

const HEADERS = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      minLength: 1,
      maxLength: HTTP_LIMITS.idempotencyKeyCharacters.value,
      description:
        'If the same request (options, and bytes of a file) is repeated with the same key, the answer is the job that the first one started, as long as it is kept.',
    },
    prefer: {
      type: 'string',
      description: '`wait=N`: answer when the job has ended (200), or after N seconds (202; at most 50).',
    },
    traceparent: {
      type: 'string',
      description:
        'W3C trace context: stored with the job, and added to the log lines about it. Ignored if it is not valid.',
    },
  },
} as const;

const ACCEPTED = {
  ...answers(202, JOB, {
    description: 'The job, which a worker will run.',
    headers: ['location', 'etag', 'retry-after?', 'preference-applied?'],
  }),
  ...answers(200, JOB, {
    description: 'The job, which ended within the time that the client wanted to wait.',
    headers: ['location', 'etag', 'preference-applied'],
  }),
};

const IMPORT_ERRORS = [
  'collection.not_found',
  'collection.version_changed',
  'source.not_found',
  'source.unsupported',
  'source.unknown_location',
  'destination.unknown_location',
  'job.not_found',
  'storage.expired',
  'storage.full',
  'request.idempotency_mismatch',
  'outgoing.refused_address',
] as const;

const FORMS = `The job is described in one of three forms:

- JSON (\`application/json\`): the description with its \`source\`.
- A form (\`multipart/form-data\`): the description, without a source, in the part \`job\`, and after it the file in the part \`file\`.
- The file itself, with the description in the query. **Whatever has a query is a file**, also when it is JSON; members of \`scope\` and \`metadata\` are written as \`scope.NAME=VALUE\`. A mapping needs one of the other forms.

A file is kept as an upload. What can be refused is refused before the file is read.`;

/** `POST /v1/imports`, `/v1/validations`, `/v1/exports`, `/v1/jobs/:id/correct`: 202 with the job, which a worker does. */
export async function kickOffRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  const waiting = { ...deps, departureOf: watchDepartures(app) };
  app.removeAllContentTypeParsers();
  await app.register(async (scope) => importRoutes(scope, waiting));
  await app.register(async (scope) => descriptionRoutes(scope, waiting));
}

type KickOffDependencies = Parameters<typeof sendAccepted>[0];

/** @throws AppError `request.unsupported_media_type` */
function refuseEncoded(request: FastifyRequest): void {
  const refused = refusalOfEncodedJson(request);
  if (refused !== undefined) throw refused;
}

/** In three forms: what the body is, is decided before it is parsed. */
async function importRoutes(app: FastifyInstance, deps: KickOffDependencies): Promise<void> {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: IncomingMessage) => {
    if (hasOptions(request.query)) return payload;
    refuseEncoded(request);
    const maxBytes = request.routeOptions.bodyLimit;
    return parseBody(await readText(readBody(request, payload), { what: 'body', maxBytes }));
  });
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  const check = createValidatorCompiler()({ schema: FILE_IMPORT_BODY, httpPart: JOB_PART });

  for (const kind of ['import', 'validation'] as const) {
    app.post(
      `/v1/${kind}s`,
      {
        preValidation: requireFile,
        schema: {
          operationId: kind === 'import' ? 'startImport' : 'startValidation',
          summary: kind === 'import' ? 'Import records' : 'Check records without writing them',
          description: FORMS,
          headers: { ...HEADERS, properties: { ...HEADERS.properties, ...INCOMING_HEADERS } },
          querystring: IMPORT_QUERY,
          body: IMPORT_BODY,
          consumes: incomingFile({ [JOB_PART]: FILE_IMPORT_BODY }),
          errors: IMPORT_ERRORS,
          response: ACCEPTED,
        },
      },
      async (request, reply) =>
        sendAccepted(deps, request, reply, await acceptRequest(deps, kind, request, check)),
    );
  }
}

/** In JSON alone: there is nothing to send but the description. */
async function descriptionRoutes(app: FastifyInstance, deps: KickOffDependencies): Promise<void> {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (request: FastifyRequest, text: string) => {
      refuseEncoded(request);
      return parseBody(text);
    },
  );

  app.post<{ Body: ExportRequest | PartedExportRequest }>(
    '/v1/exports',
    {
      schema: {
        operationId: 'startExport',
        summary: 'Export records',
        headers: HEADERS,
        body: EXPORT_BODY,
        errors: [
          'collection.not_found',
          'destination.unknown_location',
          'job.not_found',
          'request.idempotency_mismatch',
          'outgoing.refused_address',
        ],
        response: ACCEPTED,
      },
    },
    async (request, reply) => {
      const { body } = request;
      const { idempotencyKey, traceparent } = parseOrigin(request.headers);
      const accepted = await startJob(callerOf(request), deps, {
        request: readExport(body),
        ...omitUndefined({ named: nameKeyed('exports', body, idempotencyKey), traceparent }),
      });
      return sendAccepted(deps, request, reply, accepted);
    },
  );

  app.post<{ Params: { id: string }; Body: CorrectionRequest }>(
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
      const origin = parseOrigin(request.headers);
      const { id } = request.params;
      const accepted = await correctJob(callerOf(request), deps, id, request.body, origin);
      return sendAccepted(deps, request, reply, accepted);
    },
  );
}
