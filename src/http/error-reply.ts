/** The only place that knows how an error looks over HTTP: RFC 9457 problem details with our stable `code`. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError, type ErrorCode } from '../core/errors.ts';
import { isTransient, sqlStateOf } from '../core/sqlstate.ts';

/** Exhaustive: a new code does not compile until it has a status. */
export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  'config.invalid': 500,
  'usage.invalid': 400,
  'server.unreachable': 503,
  'server.no_worker': 503,
  'server.busy': 503,
  'server.cannot_listen': 503,
  'request.invalid': 400,
  'request.unauthorized': 401,
  'request.forbidden': 403,
  'request.rate_limited': 429,
  'request.not_found': 404,
  'request.method_not_allowed': 405,
  'request.conflict': 409,
  'request.too_large': 413,
  'request.too_slow': 408,
  'request.uri_too_long': 414,
  'request.unsupported_media_type': 415,
  'request.headers_too_large': 431,
  'request.precondition_failed': 412,
  'request.range_not_satisfiable': 416,
  'request.idempotency_mismatch': 422,
  'collection.invalid': 422,
  'collection.not_found': 404,
  'collection.destructive_change': 409,
  'collection.version_changed': 409,
  'collection.cannot_infer': 422,
  'source.not_found': 404,
  'source.unsupported': 422,
  'source.is_directory': 422,
  'source.empty': 422,
  'source.binary': 422,
  'source.changed': 409,
  'source.unreadable': 422,
  'source.unknown_location': 422,
  'destination.unknown_location': 422,
  'delivery.failed': 502,
  'format.unknown': 422,
  'format.invalid_option': 422,
  'format.truncated': 422,
  'format.no_records': 422,
  'format.not_encodable': 422,
  'format.limit_exceeded': 413,
  'target.not_found': 422,
  'target.altered': 409,
  'target.unsupported': 422,
  'target.permission_denied': 422,
  'target.fenced': 409,
  'target.refused': 422,
  'target.busy': 503,
  'target.too_slow': 503,
  'key.not_found': 404,
  'secrets.key_missing': 503,
  'secrets.unreadable': 500,
  'client.not_found': 404,
  'job.not_found': 404,
  'job.invalid_transition': 409,
  'job.nothing_accepted': 409,
  'job.too_many_errors': 409,
  'job.too_many_records': 409,
  'job.not_all_accepted': 409,
  'job.crashes_worker': 409,
  'job.replace_refused': 409,
  'job.missing_key_field': 422,
  'job.field_mismatch': 422,
  'job.stopped': 409,
  'job.prerequisite_failed': 409,
  'job.too_many_running': 429,
  'job.expired': 410,
  'storage.full': 507,
  'storage.not_found': 404,
  'storage.expired': 410,
  'storage.corrupt': 500,
  'database.unavailable': 503,
  'database.unsupported': 500,
  'database.pooler': 500,
  'database.too_few_connections': 503,
  'database.migration': 500,
  'embedded.unavailable': 503,
  'embedded.locked': 503,
  'embedded.foreign_version': 500,
  'embedded.failed': 503,
  'outgoing.refused_address': 422,
  'module.invalid': 422,
  'module.failed': 422,
};

/** Body of every answer that is not a success. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Stable; documented in docs/errors.md. `internal` for a bug of ours. */
  readonly code: ErrorCode | 'internal';
  readonly retryable: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly requestId: string;
}

const RETRY_AFTER_SECONDS = 2;
/** `read_only_sql_transaction`: a standby, or a server that was told so. */
const READ_ONLY = '25006';

/** Sends `error` as a problem; tells `logFailure` about what is not an expected error. */
export function replyWithError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  logFailure: (failure: { requestId: string; method: string; url: string; error: unknown }) => void,
): FastifyReply {
  const expected = asExpected(error, request);
  if (expected === undefined) {
    logFailure({ requestId: request.id, method: request.method, url: pathOf(request), error });
  }
  const problem = renderProblem(expected, request.id);
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="waybill"');
  if (problem.status === 503) void reply.header('retry-after', RETRY_AFTER_SECONDS);
  return reply.code(problem.status).type('application/problem+json').send(problem);
}

/** The body of an answer that refuses. */
export function renderProblem(error: AppError | undefined, requestId: string): Problem {
  const code = error?.code ?? 'internal';
  return {
    type: `urn:waybill:error:${code}`,
    title: code.replaceAll(/[._]/g, ' '),
    status: error === undefined ? 500 : HTTP_STATUS[error.code],
    detail: error?.message ?? 'Something went wrong inside the server. Its log names this request.',
    code,
    retryable: error?.isRetryable ?? false,
    ...(error !== undefined && Object.keys(error.details).length > 0 && { details: error.details }),
    requestId,
  };
}

/** Without the query, which may hold data. */
export function pathOf({ url }: Pick<FastifyRequest, 'url'>): string {
  return url.split('?', 1)[0] ?? url;
}

/** Errors that someone outside can act on; undefined for bugs. */
export function asExpected(error: unknown, request: FastifyRequest): AppError | undefined {
  if (error instanceof AppError) return error;
  if (sqlStateOf(error) === READ_ONLY) {
    return new AppError(
      'database.unavailable',
      'The database is read-only at the moment; /readyz says why.',
      {
        cause: error,
        isRetryable: true,
      },
    );
  }
  if (isTransient(error)) {
    return new AppError('database.unavailable', 'The database cannot be reached at the moment. Try again.', {
      cause: error,
      isRetryable: true,
    });
  }
  const { statusCode, message } = error as { statusCode?: number; message?: string };
  // Fastify's own refusals: a broken JSON body, an unknown media type, a body over the limit.
  if (statusCode === undefined || statusCode < 400 || statusCode >= 500) return undefined;
  if (statusCode === 413) {
    return new AppError(
      'request.too_large',
      `The body is larger than ${request.routeOptions.bodyLimit} bytes (limit: bodyBytes).`,
    );
  }
  if (statusCode === 415) {
    // What curl announces, unless it is told otherwise, is a form.
    const announced = request.headers['content-type'];
    const found = announced === undefined ? 'has no content type' : `is announced as "${announced}"`;
    return new AppError('request.unsupported_media_type', `The body ${found}; expected application/json.`);
  }
  return new AppError('request.invalid', message ?? 'The request is not valid.');
}
