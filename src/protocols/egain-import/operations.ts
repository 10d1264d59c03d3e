/** The routes as the OpenAPI document shows them. */

import { describeFaults, ID_PATTERN, LANGUAGE_HEADER, MESSAGE_HEADER, TIME } from '../egain/describe.ts';
import type { Operation } from '../protocol.ts';
import { MOST_RECORDS } from './binding.ts';
import { HEALTH_STATES } from './health.ts';
import { IMPORT_CONTENT, VALIDATE_CONTENT } from './import-content.ts';

const HEADERS = { ...LANGUAGE_HEADER, ...MESSAGE_HEADER };
const JOB_ID = { job_id: { type: 'string', pattern: ID_PATTERN, description: 'As the kick-off gave it.' } };

/** Of every call that needs credentials. */
const COMMON = ['400-101', '400-152', '401-101', '403-197', '404-100', '406-100', '500-100'] as const;

const STARTED = {
  202: {
    description: 'The job that was started.',
    headers: {
      location: {
        type: 'string',
        pattern: '^[^/].*/[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}/status$',
        description: 'The path of its status, without a slash at its start.',
      },
    },
  },
  ...describeFaults([...COMMON, '400-112', '400-196', '400-10424', '412-100']),
};

export const CREATE_IMPORT_JOB: Operation = {
  operationId: 'createImportJob',
  summary: 'Import a package of content',
  headers: HEADERS,
  body: { 'application/json': IMPORT_CONTENT },
  answers: STARTED,
};

export const CREATE_VALIDATION_JOB: Operation = {
  operationId: 'createImportValidationJob',
  summary: 'Check a package of content',
  headers: HEADERS,
  body: { 'application/json': VALIDATE_CONTENT },
  answers: STARTED,
};

const COUNT = { type: 'integer', minimum: 0, maximum: MOST_RECORDS };
const TEXT = { type: 'string', maxLength: 1024 };

const PROGRESS = {
  type: 'object',
  additionalProperties: false,
  required: ['percentage'],
  properties: {
    processed: COUNT,
    total: COUNT,
    percentage: { type: 'number', minimum: 0, maximum: 100 },
  },
};

const RESULTS = {
  type: 'object',
  additionalProperties: false,
  properties: { successful: COUNT, warnings: COUNT, errors: COUNT },
};

const LOG = { ...TEXT, description: 'A log for people, which is there from the start of the run on.' };

/** Which members there are depends on the state. */
const IMPORT_STATUS = {
  oneOf: [
    state('Scheduled', ['currentOperation'], {
      startTime: { ...TIME, description: 'When it shall start.' },
      scheduledStopTime: TIME,
      currentOperation: TEXT,
    }),
    // It may have been paused before it began.
    state('In Progress', ['currentOperation'], {
      logFileLocation: LOG,
      startTime: TIME,
      scheduledStopTime: TIME,
      estimatedCompletion: TIME,
      currentOperation: TEXT,
    }),
    state('Successful', ['startTime', 'completionTime', 'results'], {
      logFileLocation: LOG,
      startTime: TIME,
      completionTime: TIME,
      results: RESULTS,
    }),
    state('Failed', ['failureTime', 'error', 'retryable'], {
      logFileLocation: LOG,
      startTime: TIME,
      failureTime: TIME,
      error: { ...TEXT, description: 'Why it failed, in the requested language.' },
      retryable: { type: 'boolean' },
    }),
    state('Cancelled', ['completionTime', 'results'], {
      logFileLocation: LOG,
      startTime: TIME,
      scheduledStopTime: TIME,
      completionTime: TIME,
      results: { ...RESULTS, description: 'What was done until then, and stays.' },
    }),
  ],
};

function state(
  status: string,
  required: readonly string[],
  members: Readonly<Record<string, object>>,
): object {
  return {
    type: 'object',
    additionalProperties: false,
    required: ['status', 'jobType', 'progress', ...required],
    properties: {
      status: { type: 'string', const: status },
      jobType: { type: 'string', enum: ['Import', 'Validation'] },
      progress: PROGRESS,
      ...members,
    },
  };
}

export const GET_IMPORT_STATUS: Operation = {
  operationId: 'getImportStatus',
  summary: 'How an import or a validation stands',
  headers: HEADERS,
  params: JOB_ID,
  answers: {
    200: { description: 'The status of the job.', content: { 'application/json': IMPORT_STATUS } },
    ...describeFaults(COMMON),
  },
};

export const CANCEL_IMPORT: Operation = {
  operationId: 'cancelImport',
  summary: 'Cancel an import or a validation',
  headers: HEADERS,
  params: JOB_ID,
  answers: {
    204: { description: 'It is cancelled, or will be once its current items are done.' },
    ...describeFaults([...COMMON, '409-100']),
  },
};

const HEALTH_STATE = { type: 'string', enum: HEALTH_STATES };
const HEALTH = { status: HEALTH_STATE, timestamp: TIME, version: { type: 'string' } };
const COMPONENTS = ['database', 'fileSystem', 'processingEngine', 'storage'];

export const GET_HEALTH: Operation = {
  operationId: 'getHealth',
  summary: 'What works',
  answers: {
    200: health('Everything works.', {
      uptime: { type: 'string', maxLength: 20, description: 'Such as 2d 5h 30m 15s.' },
    }),
    503: health('Something does not.', {
      issues: { type: 'array', items: { type: 'string' } },
      components: {
        type: 'object',
        additionalProperties: false,
        required: COMPONENTS,
        properties: Object.fromEntries(COMPONENTS.map((name) => [name, HEALTH_STATE])),
      },
    }),
    ...describeFaults(COMMON),
  },
};

function health(description: string, members: Readonly<Record<string, object>>) {
  const properties = { ...HEALTH, ...members };
  const schema = {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(properties),
    properties,
  };
  return { description, content: { 'application/json': schema } };
}
