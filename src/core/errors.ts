/**
 * Expected failures: someone outside can act on them. Everything else is a bug and stays a plain `Error`
 * (logged with its stack, never shown to a client).
 *
 * The message says what happened, what was expected, what was got and what to do. `code` is stable and is
 * documented in docs/errors.md, which a test compares with this list.
 */
export const ERROR_CODES = [
  // configuration and command line
  'config.invalid',
  'usage.invalid',
  'server.unreachable',
  'server.no_worker',
  'server.busy',
  'server.cannot_listen',
  // requests
  'request.invalid',
  'request.unauthorized',
  'request.forbidden',
  'request.rate_limited',
  'request.not_found',
  'request.method_not_allowed',
  'request.conflict',
  'request.too_large',
  'request.too_slow',
  'request.uri_too_long',
  'request.unsupported_media_type',
  'request.headers_too_large',
  'request.precondition_failed',
  'request.range_not_satisfiable',
  'request.idempotency_mismatch',
  // collections
  'collection.invalid',
  'collection.not_found',
  'collection.destructive_change',
  'collection.version_changed',
  'collection.cannot_infer',
  // sources and formats
  'source.not_found',
  'source.unsupported',
  'source.is_directory',
  'source.empty',
  'source.binary',
  'source.changed',
  'source.unreadable',
  // destinations
  'source.unknown_location',
  'destination.unknown_location',
  'delivery.failed',
  'format.unknown',
  'format.invalid_option',
  'format.truncated',
  'format.no_records',
  'format.limit_exceeded',
  'format.not_encodable',
  // targets
  'target.not_found',
  'target.altered',
  'target.unsupported',
  'target.permission_denied',
  'target.fenced',
  'target.refused',
  'target.busy',
  'target.too_slow',
  // keys and clients
  'key.not_found',
  // secrets at rest
  'secrets.key_missing',
  'secrets.unreadable',
  'client.not_found',
  // jobs
  'job.not_found',
  'job.invalid_transition',
  'job.nothing_accepted',
  'job.too_many_errors',
  'job.too_many_records',
  'job.not_all_accepted',
  'job.crashes_worker',
  'job.replace_refused',
  'job.missing_key_field',
  'job.field_mismatch',
  'job.stopped',
  'job.prerequisite_failed',
  'job.too_many_running',
  'job.expired',
  // storage
  'storage.full',
  'storage.not_found',
  'storage.expired',
  'storage.corrupt',
  // databases
  'database.unavailable',
  'database.unsupported',
  'database.pooler',
  'database.too_few_connections',
  'database.migration',
  'embedded.unavailable',
  'embedded.locked',
  'embedded.foreign_version',
  'embedded.failed',
  // calls to others
  'outgoing.refused_address',
  // own code
  'module.invalid',
  'module.failed',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** Details shown to clients beside the message: plain JSON values, no secrets, no record content. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export class AppError extends Error {
  override readonly name: string = 'AppError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  /** True when the same request may succeed later without being changed. */
  readonly isRetryable: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: ErrorDetails; cause?: unknown; isRetryable?: boolean } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.isRetryable = options.isRetryable ?? false;
  }
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code);
}
