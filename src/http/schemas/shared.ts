/** Schemas that several routes share. They check requests, and are what /openapi.json is made of; tests hold answers against that. */
import 'fastify';
import { ERROR_CODES, type ErrorCode } from '../../core/errors.ts';
import type { HeaderUse } from './answer-headers.ts';

declare module 'fastify' {
  interface FastifySchema {
    /** What the route is for, in a few words. */
    readonly summary?: string;
    /** More, in Markdown. */
    readonly description?: string;
    /** Names the operation for generated clients: a verb and a noun, stable. */
    readonly operationId?: string;
    /** Codes with which it may refuse, beside those that come with every route or with its form (`openapi/problems.ts`). */
    readonly errors?: readonly ErrorCode[];
    /** How its refusals look, where that is not as problems. */
    readonly refuses?: 'oauth';
    /** Bodies that no schema checks, by media type: files. */
    readonly consumes?: Readonly<Record<string, object>>;
  }
}

export const TIME = { type: 'string', format: 'date-time' } as const;
/** An object with members of the user's own choice. */
export const ANYTHING = { type: 'object', additionalProperties: true } as const;
export const TEXT_MAP = { type: 'object', additionalProperties: { type: 'string' } } as const;

/** A schema that has a name, below which the document shows it once. */
export function named<T extends object>(title: string, schema: T): T & { readonly title: string } {
  return { title, ...schema };
}

/** Of a list that comes in pages. */
export const PAGE_LINKS = {
  type: 'object',
  additionalProperties: false,
  properties: { next: { type: 'string', description: 'Address of the next page; absent on the last.' } },
} as const;

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

export const IF_NONE_MATCH = {
  type: 'object',
  properties: {
    'if-none-match': { type: 'string', description: 'An ETag. The answer is 304 if nothing has changed.' },
  },
} as const;

export const UUID_PARAMS = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'string', format: 'uuid', description: 'The id of an upload.' } },
} as const;

/** RFC 9457. */
export const PROBLEM = named(
  'Problem',
  objectOf(
    {
      type: { type: 'string', description: '`urn:waybill:error:` followed by the code.' },
      title: { type: 'string' },
      status: { type: 'integer', description: 'The status of the answer.' },
      detail: { type: 'string', description: 'What happened, what was expected, what to do: for people.' },
      code: {
        enum: [...ERROR_CODES, 'internal'],
        description: 'Stable; docs/errors.md has each. `internal` is a bug in Waybill.',
      },
      retryable: { type: 'boolean', description: 'The same request may succeed later.' },
      details: { ...ANYTHING, description: 'Details of the error, such as the id of a job.' },
      requestId: { type: 'string', description: 'The id of the request in the log.' },
    },
    ['details'],
  ),
);

/** One way in which a route answers when it does not refuse. */
export interface Answer {
  readonly description: string;
  readonly headers?: readonly HeaderUse[];
  /** By media type; absent: no body. */
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

/** Answers by status. How a route refuses is said by its `errors`. */
export type Answers = Readonly<Record<number, Answer>>;

/** Answers with JSON. */
export function answers(
  status: number,
  schema: object,
  more: { readonly description?: string; readonly headers?: readonly HeaderUse[] } = {},
): Answers {
  return { [status]: { description: 'Done.', ...more, content: { 'application/json': { schema } } } };
}

/** Answers with a text of this media type. */
export function answersText(
  mediaType: string,
  description: string,
  headers: readonly HeaderUse[] = [],
): Answers {
  return { 200: { description, headers, content: { [mediaType]: { schema: { type: 'string' } } } } };
}

/** Answers without a body. */
export function answersNothing(
  status: number,
  description: string,
  headers: readonly HeaderUse[] = [],
): Answers {
  return { [status]: { description, headers } };
}

const BYTES = { type: 'string', format: 'binary', description: 'The bytes of the file.' } as const;
const ANY_JSON = { description: 'The file is any JSON.' } as const;

/** Answers with a file, of one of the media types. */
export function answersFile(
  status: number,
  mediaTypes: readonly string[],
  more: { readonly description: string; readonly headers?: readonly HeaderUse[] },
): Answers {
  const content = mediaTypes.map((type) => [
    type,
    { schema: type === 'application/json' ? ANY_JSON : BYTES },
  ]);
  return { [status]: { ...more, content: Object.fromEntries(content) } };
}
