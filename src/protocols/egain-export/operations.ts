/** The routes as the OpenAPI document shows them. */

import { describeFaults, LANGUAGE_HEADER, MESSAGE_HEADER, TIME } from '../egain/describe.ts';
import type { Operation } from '../protocol.ts';
import { KNOWLEDGE_EXPORT } from './knowledge-export.ts';

const HEADERS = { ...LANGUAGE_HEADER, ...MESSAGE_HEADER };
const COUNT = { type: 'integer', minimum: 0 };

export const EXPORT_CONTENT: Operation = {
  operationId: 'exportContent',
  summary: 'Export the content of a portal',
  headers: HEADERS,
  requiredHeaders: ['accept-language'],
  body: { 'application/json': KNOWLEDGE_EXPORT },
  answers: {
    202: {
      description: 'The job that was started.',
      headers: {
        location: {
          type: 'string',
          pattern: '/content/export/[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$',
          description: 'The path of its status.',
        },
      },
    },
    ...describeFaults([
      '400-101',
      '400-112',
      '400-152',
      '400-196',
      '401-104',
      '403-197',
      '404-101',
      '406-100',
      '500-100',
    ]),
  },
};

const PROGRESS = {
  type: 'object',
  additionalProperties: false,
  required: ['processed', 'percentage'],
  properties: {
    processed: COUNT,
    total: COUNT,
    percentage: { type: 'number', format: 'float', minimum: 0, maximum: 100 },
  },
};

const RESULTS = {
  type: 'object',
  additionalProperties: false,
  required: ['successful', 'warnings', 'errors'],
  properties: { successful: COUNT, warnings: COUNT, errors: COUNT },
};

const FAILED = {
  ...state('Failed', {
    progress: PROGRESS,
    startTime: TIME,
    failureTime: TIME,
    error: { type: 'string', description: 'Why it failed, in the requested language.' },
  }),
  // It may have failed before it began.
  required: ['status', 'progress', 'failureTime', 'error'],
};

/** Which members there are depends on the state. */
const EXPORT_STATUS = {
  oneOf: [
    state('Pending', {}),
    {
      ...state('In Progress', { progress: PROGRESS, startTime: TIME, estimatedCompletion: TIME }),
      // It may have been paused before it began.
      required: ['status', 'progress'],
    },
    state('Successful', { progress: PROGRESS, startTime: TIME, completionTime: TIME, results: RESULTS }),
    FAILED,
  ],
};

function state(status: string, members: Readonly<Record<string, object>>): object {
  const properties = { status: { type: 'string', const: status }, ...members };
  return { type: 'object', additionalProperties: false, required: Object.keys(properties), properties };
}

export const EXPORT_STATUS_OPERATION: Operation = {
  operationId: 'exportStatus',
  summary: 'How an export stands',
  headers: HEADERS,
  params: { jobID: { type: 'string', description: 'As the kick-off gave it; any case will do.' } },
  answers: {
    200: {
      description: 'The status of the job.',
      content: { 'application/json': EXPORT_STATUS },
    },
    // Of the statuses that SEED0 lists, and no other.
    ...describeFaults(['400-101', '400-152', '401-101', '403-197', '404-100', '500-100']),
  },
};
