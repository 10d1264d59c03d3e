/** How a route may refuse: every code that is possible, by status. */
import { STATUS_CODES } from 'node:http';
import type { ErrorCode } from '../../core/errors.ts';
import { HTTP_STATUS, type Problem } from '../error-reply.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { named, objectOf, PROBLEM } from '../schemas/shared.ts';
import type { Components } from './components.ts';
import { renderHeaders } from './headers.ts';
import type { DocumentedRoute } from './routes.ts';

type ProblemCode = Problem['code'];

/** Refusals that mean the same wherever they come from; each stands once in the document. */
const SHARED: Readonly<
  Record<string, { status: number; codes: readonly ProblemCode[]; description: string }>
> = {
  Unauthorized: {
    status: 401,
    codes: ['request.unauthorized'],
    description: 'The token is missing or wrong.',
  },
  Forbidden: {
    status: 403,
    codes: ['request.forbidden'],
    description: 'The API key of the request may not do this; `details.permission` says what it lacks.',
  },
  InternalError: {
    status: 500,
    codes: ['internal'],
    description: 'A bug in Waybill. The log of the server has the error under the `requestId`.',
  },
  TooSlow: {
    status: 408,
    codes: ['request.too_slow'],
    description: 'The body arrived too slowly. The same request may succeed later.',
  },
  UriTooLong: {
    status: 414,
    codes: ['request.uri_too_long'],
    description: `The path and query are longer than ${HTTP_LIMITS.urlCharacters.value.toLocaleString('en-US')} characters.`,
  },
  HeadersTooLarge: {
    status: 431,
    codes: ['request.headers_too_large'],
    description: `The request has more than ${HTTP_LIMITS.headers.value} headers, or its request line and headers are larger than ${HTTP_LIMITS.headerBytes.value / 1024} KiB.`,
  },
  Unavailable: {
    status: 503,
    codes: ['database.unavailable', 'server.busy'],
    description:
      'The database cannot be reached, the server is shutting down, or it has too many clients. The same request may succeed later.',
  },
  Busy: {
    status: 503,
    codes: ['server.busy'],
    description: 'The server has too many clients. The same request may succeed later.',
  },
};

const HEADERS_BY_STATUS: Readonly<Record<number, object>> = {
  401: {
    'WWW-Authenticate': {
      description: 'How to authenticate: `Bearer`.',
      required: true,
      schema: { type: 'string' },
    },
  },
  416: {
    'Content-Range': {
      description: 'How many bytes the file has: `bytes */1234`.',
      required: true,
      schema: { type: 'string' },
    },
  },
  503: {
    'Retry-After': {
      description: 'Seconds to wait before repeating the request.',
      required: true,
      schema: { type: 'integer' },
    },
  },
};

/** Refusals that stand below `components.responses`. */
export function renderSharedProblems(components: Components): Record<string, object> {
  return Object.fromEntries(
    Object.entries(SHARED).map(([name, { status, codes, description }]) => [
      name,
      renderProblem(components, status, codes, description),
    ]),
  );
}

/** As RFC 6749 has it, section 5.2. */
const OAUTH_ERROR = named(
  'OAuthError',
  objectOf({
    error: { type: 'string', description: 'A code of RFC 6749.' },
    error_description: { type: 'string', description: 'What is wrong, and what to do: for people.' },
  }),
);

/** Refusals of one route, by status. */
export function renderProblems(components: Components, route: DocumentedRoute): Record<string, object> {
  if (route.schema.refuses === 'oauth') return renderOAuthErrors(components, route);
  const byStatus = Map.groupBy(possibleCodes(route), statusOf);
  const statuses = [...byStatus].toSorted(([a], [b]) => a - b);
  return Object.fromEntries(
    statuses.map(([status, codes]) => [
      status,
      referToShared(codes) ?? renderProblem(components, status, codes),
    ]),
  );
}

function renderOAuthErrors(components: Components, route: DocumentedRoute): Record<string, object> {
  const statuses = [...new Set(possibleCodes(route).map(statusOf))].toSorted((a, b) => a - b);
  const own = renderHeaders(['cache-control?', 'pragma?', 'retry-after?']);
  // What is refused before the route is known is refused with a problem.
  const content = {
    'application/json': { schema: components.refer(OAUTH_ERROR) },
    'application/problem+json': { schema: components.refer(PROBLEM) },
  };
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: `${STATUS_CODES[status]}.`,
        headers: { ...own, ...(status === 401 && HEADERS_BY_STATUS[status]) },
        content,
      },
    ]),
  );
}

/** A route that takes any media type still refuses one that is none. */
const OF_BODIES = ['request.too_large', 'request.too_slow', 'request.unsupported_media_type'] as const;

/** What the route names itself, and what comes with its form. */
export function possibleCodes({ method, needsToken, schema }: DocumentedRoute): ProblemCode[] {
  const hasBody = method !== 'GET';
  const codes: ProblemCode[] = [
    // Also where nothing is asked for: a path, a query or a header may hold what no text may.
    'request.invalid',
    ...(hasBody ? OF_BODIES : []),
    'request.uri_too_long',
    'request.headers_too_large',
    ...(needsToken ? (['request.unauthorized', 'request.forbidden', 'database.unavailable'] as const) : []),
    'server.busy',
    ...(schema.errors ?? []),
    'internal',
  ];
  return [...new Set(codes)];
}

function statusOf(code: ProblemCode): number {
  return code === 'internal' ? 500 : HTTP_STATUS[code satisfies ErrorCode];
}

function referToShared(codes: readonly ProblemCode[]): object | undefined {
  const found = Object.entries(SHARED).find(([, shared]) => shared.codes.join() === codes.join());
  return found && { $ref: `#/components/responses/${found[0]}` };
}

function renderProblem(
  components: Components,
  status: number,
  codes: readonly ProblemCode[],
  description = `${STATUS_CODES[status]}: ${codes.map((code) => `\`${code}\``).join(', ')}.`,
): object {
  const headers = HEADERS_BY_STATUS[status];
  return {
    description,
    headers: { ...headers, ...renderHeaders([]) },
    content: {
      'application/problem+json': {
        schema: { ...(components.refer(PROBLEM) as object), properties: { code: { enum: codes } } },
      },
    },
  };
}
