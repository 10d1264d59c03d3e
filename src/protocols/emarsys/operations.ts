/** The routes as the OpenAPI document shows them. */
import type { Operation, OperationAnswer } from '../protocol.ts';
import { REPLIES } from './envelope.ts';
import { type EmarsysExport, EXPORTS, MOST_FIELDS, SOURCES } from './exports.ts';
import { OTHER_TYPE, STATUS_WORDS } from './status.ts';

const COUNT = { type: 'string', pattern: '^[0-9]+$' };

/** On every answer: clients rely on them. */
const HEADERS = {
  'x-ratelimit-limit': { ...COUNT, description: 'Requests that a client has in a minute.' },
  'x-ratelimit-remaining': { ...COUNT, description: 'How many of them are left.' },
  'x-ratelimit-reset': { ...COUNT, description: 'When all are there again, in seconds since 1970.' },
};

function closed(properties: Readonly<Record<string, object>>): object {
  return { type: 'object', additionalProperties: false, properties, required: Object.keys(properties) };
}

function reply(description: string, data: object, code: object, text: object): OperationAnswer {
  const schema = closed({ replyCode: code, replyText: text, data });
  return { description, headers: HEADERS, content: { 'application/json': schema } };
}

function done(description: string, data: object): OperationAnswer {
  return reply(description, data, { const: 0 }, { const: 'OK' });
}

const FAILURES: Readonly<Record<number, OperationAnswer>> = Object.fromEntries(
  [...new Set(Object.values(REPLIES).map(([status]) => status))].map((status) => {
    const codes = Object.values(REPLIES).filter(([one]) => one === status);
    const code = { enum: [...new Set(codes.map(([, number]) => number))] };
    return [
      status,
      reply('Refused; the text says why.', { const: '' }, code, { type: 'string', minLength: 1 }),
    ];
  }),
);

const NUMBER = { type: ['integer', 'string'], pattern: '^[0-9]+$', minimum: 0 };
const FLAG = { enum: [0, 1, '0', '1'] };
const SETTINGS = {
  type: 'object',
  description: 'host, port (or ftp_port), username, password and, if any, folder.',
  properties: {
    host: { type: 'string' },
    port: NUMBER,
    ftp_port: NUMBER,
    username: { type: 'string' },
    password: { type: 'string' },
    folder: { type: 'string' },
  },
  required: ['host', 'username', 'password'],
};

const COMMON = {
  distribution_method: { enum: ['local', 'ftp', 'sftp'] },
  contact_fields: { type: 'array', items: NUMBER, minItems: 1, maxItems: MOST_FIELDS },
  delimiter: { enum: [',', ';'], default: ',' },
  add_field_names_header: { ...FLAG, default: 1 },
  language: { type: 'string', pattern: '^[A-Za-z]{2}$' },
  notification_url: { type: 'string', format: 'uri' },
  ftp_settings: SETTINGS,
  sftp_settings: SETTINGS,
};

const TIME_RANGE = {
  type: 'array',
  items: { type: 'string' },
  minItems: 2,
  maxItems: 2,
  description: 'From the first on and before the second, in the time of Vienna.',
};

function describeBody({ name, needsTimeRange, contactList }: EmarsysExport): object {
  const own = {
    ...(needsTimeRange && { time_range: TIME_RANGE }),
    ...(contactList === 'required' && { contactlist: NUMBER }),
    ...(name === 'filter' && { filter: NUMBER }),
    ...(name === 'getchanges' && {
      origin: { enum: ['form', 'api', 'all'] },
      origin_id: { anyOf: [NUMBER, { type: 'array', items: NUMBER }] },
    }),
    ...(name === 'getresponses' && {
      sources: { anyOf: [{ const: 'all' }, { type: 'array', items: { enum: SOURCES }, minItems: 1 }] },
      analysis_fields: { type: 'array', items: NUMBER },
    }),
  };
  const optional = {
    ...(contactList === 'optional' && { contactlist: NUMBER }),
    ...(name === 'getregistrations' && { with_timestamp: { ...FLAG, default: 1 } }),
    ...(name === 'getresponses' && { contactlist_id: NUMBER, email_id: NUMBER }),
  };
  return {
    type: 'object',
    properties: { ...COMMON, ...own, ...optional },
    required: ['distribution_method', 'contact_fields', ...Object.keys(own)],
  };
}

export function describeKickOff(kind: EmarsysExport): Operation {
  return {
    operationId: kind.operationId,
    summary: kind.summary,
    body: { 'application/json': describeBody(kind) },
    answers: {
      200: done('The export that was started.', closed({ id: { type: 'integer', minimum: 1 } })),
      ...FAILURES,
    },
  };
}

export function describeNoId(): Operation {
  return {
    operationId: 'getExportWithoutId',
    summary: 'Without an id there is no export',
    answers: FAILURES,
  };
}

const EXPORT_ID = { exportId: { type: 'string', description: 'As the kick-off gave it.' } };
const TEXT_OR_NULL = { type: ['string', 'null'] };

export function describeStatus(): Operation {
  const status = closed({
    id: { type: 'string', pattern: '^[0-9]+$' },
    created: {
      type: 'string',
      pattern: '^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}$',
      description: 'In the time of Vienna.',
    },
    status: { enum: STATUS_WORDS },
    type: { enum: [...EXPORTS.map(({ type }) => type), OTHER_TYPE] },
    file_name: { ...TEXT_OR_NULL, description: 'Null unless the status is done.' },
    ftp_host: TEXT_OR_NULL,
    ftp_dir: TEXT_OR_NULL,
  });
  return {
    operationId: 'getExportStatus',
    summary: 'How an export stands',
    params: EXPORT_ID,
    answers: { 200: done('The status of the export.', status), ...FAILURES },
  };
}

const OFFSET = {
  type: 'string',
  pattern: '^[0-9]*$',
  description: 'Records before the first one; default 0.',
};
const LIMIT = { type: 'string', pattern: '^[0-9]*$', description: 'Records at most.' };
const CSV = { type: 'string', description: 'The header stands before the first record alone.' };
const ROW = { type: 'array', items: TEXT_OR_NULL };

export function describeData(form: 'query' | 'path'): Operation {
  const csv = { 'text/csv': CSV };
  const page = closed({
    replyCode: { const: 0 },
    replyText: { const: 'OK' },
    data: closed({
      header: { type: 'array', items: { type: 'string' } },
      rows: { type: 'array', items: ROW },
    }),
  });
  const isPath = form === 'path';
  return {
    operationId: isPath ? 'getExportDataByPath' : 'getExportData',
    summary: isPath ? 'Records of an export, with their range in the path' : 'Records of an export',
    params: {
      ...EXPORT_ID,
      ...(isPath && { range: { type: 'string', description: 'Such as `offset=0&limit=10`.' } }),
    },
    ...(!isPath && { query: { offset: OFFSET, limit: LIMIT } }),
    answers: {
      200: {
        description: isPath ? 'The records as CSV.' : 'The records as CSV; with a limit, as JSON.',
        headers: HEADERS,
        content: isPath ? csv : { ...csv, 'application/json': page },
      },
      ...FAILURES,
    },
  };
}

export function describeHealth(): Operation {
  return {
    operationId: 'getHealth',
    summary: 'Whether the server works',
    answers: { 200: done('It does.', { const: '' }), ...FAILURES },
  };
}
