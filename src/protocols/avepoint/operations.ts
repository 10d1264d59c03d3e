/** The routes as the OpenAPI document shows them. */
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { Operation, OperationAnswer } from '../protocol.ts';
import type { KickOff, KickOffParameter } from './kick-offs.ts';

const STATUS = { type: 'integer', description: 'The HTTP status once more.' };
const MESSAGE = { type: 'string', description: 'What is wrong; empty when nothing is.' };

/** Of every answer. */
const HEADERS = {
  'request-id': { type: 'string', description: 'Names the request in the log of the server.' },
  'cache-control': { type: 'string', description: 'No answer may be given a second time.' },
};

function json(description: string, members: Readonly<Record<string, object>>): OperationAnswer {
  const properties = { ...members, status: STATUS, message: MESSAGE };
  const schema = {
    type: 'object',
    additionalProperties: false,
    properties,
    required: Object.keys(properties),
  };
  return { description, headers: HEADERS, content: { 'application/json': schema } };
}

const REFUSED = 'Refused; the message says why.';
const FAILURES: Readonly<Record<number, OperationAnswer>> = Object.fromEntries(
  [400, 401, 403, 404, 405, 429, 500, 503].map((status) => [status, json(REFUSED, {})]),
);

export function describeKickOff({ operationId, summary, subject, parameters }: KickOff): Operation {
  return {
    operationId,
    summary,
    ...(subject !== undefined && {
      params: { [subject.name]: { type: 'string', minLength: 1 } },
    }),
    query: Object.fromEntries(parameters.map((parameter) => [parameter.name, describeParameter(parameter)])),
    requiredQuery: parameters.filter(({ isRequired }) => isRequired === true).map(({ name }) => name),
    answers: {
      200: json('The job that was started.', { jobId: { type: 'string', pattern: '^[0-9]+$' } }),
      ...FAILURES,
    },
  };
}

function describeParameter({ role, op, values, most }: KickOffParameter): object {
  if (role === 'time') {
    return { type: 'string', description: 'ISO 8601, such as 2026-05-01T00:00:00; without a zone: UTC.' };
  }
  if (op === 'in') {
    const described = values && { description: `In any case: ${values.join(', ')}.` };
    return { type: 'array', items: { type: 'string' }, ...omitUndefined({ maxItems: most }), ...described };
  }
  return { type: 'integer', enum: (values ?? []).map(Number) };
}

const JOB_ID = { jobId: { type: 'integer', minimum: 0, description: 'As the kick-off gave it.' } };

export function describeStatus(): Operation {
  return {
    operationId: 'getExportStatus',
    summary: 'How an export job stands',
    params: JOB_ID,
    answers: {
      200: json('The status of the job.', {
        jobStatus: { type: 'integer', enum: [1, 2, 3], description: '1 in progress, 2 finished, 3 failed.' },
      }),
      ...FAILURES,
    },
  };
}

const ARCHIVE = {
  headers: {
    ...HEADERS,
    'cache-control': { type: 'string', description: 'A copy must be asked for again.' },
  },
  content: { 'application/zip': { type: 'string', format: 'binary' } },
};

export function describeFile(): Operation {
  return {
    operationId: 'getExportFile',
    summary: 'The report of a finished export job',
    params: JOB_ID,
    answers: {
      200: { description: 'A ZIP archive with the report.', ...ARCHIVE },
      206: { description: 'The range that was asked for.', ...ARCHIVE },
      304: { description: 'The client has the archive already.', headers: ARCHIVE.headers },
      416: json(REFUSED, {}),
      ...FAILURES,
    },
  };
}
