/** Schemas that several routes share. They check requests; tests hold answers against them as well. */
import 'fastify';
import { JOB_KINDS } from '../../core/job.ts';
import { JOB_STATES } from '../../core/job-state.ts';

declare module 'fastify' {
  interface FastifySchema {
    /** What the route is for, in a few words. */
    readonly summary?: string;
  }
}

export const TIME = { type: 'string', format: 'date-time' } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;
export const TEXT_MAP = { type: 'object', additionalProperties: { type: 'string' } } as const;

/** An object with exactly these members; all but the optional ones are required. */
export function objectOf(properties: Record<string, object>, optional: readonly string[] = []): object {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, properties, required };
}

export function listOf(items: object): object {
  return { type: 'array', items };
}

export const JOB_ID_PARAMS = {
  type: 'object',
  required: ['id'],
  properties: {
    id: {
      type: 'string',
      pattern: '^([0-9]{1,15}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$',
      description: 'The id of a job, or its number.',
    },
  },
} as const;

export const UUID_PARAMS = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string', format: 'uuid' } },
} as const;

export const PROBLEM = objectOf(
  {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    retryable: { type: 'boolean' },
    details: { type: 'object' },
    requestId: { type: 'string' },
  },
  ['details'],
);

const RESULTS = objectOf({ successful: COUNT, warnings: COUNT, errors: COUNT });
const OUTCOMES = objectOf({
  created: COUNT,
  updated: COUNT,
  unchanged: COUNT,
  deleted: COUNT,
  skipped: COUNT,
  rejected: COUNT,
  removed: COUNT,
});

const PART = objectOf(
  {
    part: COUNT,
    collection: { type: 'string' },
    collectionVersion: COUNT,
    scope: TEXT_MAP,
    source: { type: 'object' },
    total: COUNT,
    processed: COUNT,
    results: RESULTS,
    outcomes: OUTCOMES,
  },
  ['source', 'total'],
);

export const JOB = objectOf(
  {
    id: { type: 'string', format: 'uuid' },
    number: COUNT,
    kind: { enum: JOB_KINDS },
    state: { enum: JOB_STATES, description: 'More states may come; treat unknown ones as not final.' },
    reason: { type: 'string' },
    failure: objectOf({
      code: { type: 'string' },
      message: { type: 'string' },
      retryable: { type: 'boolean' },
    }),
    completeness: { enum: ['all', 'some', 'none'] },
    waitingFor: objectOf({ number: COUNT }),
    collection: { type: 'string' },
    options: { type: 'object' },
    description: { type: 'string' },
    labels: listOf({ type: 'string' }),
    metadata: { type: 'object' },
    createdBy: { type: 'string' },
    parentId: { type: 'string', format: 'uuid' },
    priority: { type: 'integer' },
    attempt: COUNT,
    progress: objectOf(
      {
        processed: COUNT,
        total: COUNT,
        percentage: { type: 'integer', minimum: 0, maximum: 100 },
        currentOperation: { type: 'string' },
        estimatedCompletion: TIME,
      },
      ['total', 'currentOperation', 'estimatedCompletion'],
    ),
    results: RESULTS,
    outcomes: OUTCOMES,
    parts: listOf(PART),
    createdAt: TIME,
    startAt: TIME,
    stopAt: TIME,
    startedAt: TIME,
    finishedAt: TIME,
    updatedAt: TIME,
    sameContentAs: objectOf({ id: { type: 'string' }, number: COUNT }),
    links: TEXT_MAP,
  },
  [
    'reason',
    'failure',
    'completeness',
    'waitingFor',
    'collection',
    'description',
    'createdBy',
    'parentId',
    'startAt',
    'stopAt',
    'startedAt',
    'finishedAt',
    'sameContentAs',
  ],
);

const BYTES = {
  description: 'The file.',
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
} as const;

/** Answers of a route that gives a file: whole, a range of it, or word that the client has it already. */
export const FILE_ANSWERS: Readonly<Record<string, object>> = {
  200: BYTES,
  206: BYTES,
  304: { type: 'null' },
  '4xx': PROBLEM,
  '5xx': PROBLEM,
};

/** Answers of a route: `success` for its status, a problem for everything from 400. */
export function answers(status: number, success: object): Record<string, object> {
  return { [status]: success, '4xx': PROBLEM, '5xx': PROBLEM };
}
