/** The one form of AvePoint's answers: `status` repeats the HTTP status, `message` is empty unless something is wrong. */
import type { AppError, ErrorCode } from '../../core/errors.ts';
import { Refusal, type WireAnswer } from '../wire.ts';

/** @param message of an answer that succeeds, about what it tells */
export function envelope(members: Readonly<Record<string, unknown>>, message = ''): WireAnswer {
  return { status: 200, body: { ...members, status: 200, message } };
}

export function failure(status: number, message: string): WireAnswer {
  return { status, body: { status, message } };
}

/** For what is wrong with a request. */
export function refuse(message: string, status = 400): Refusal {
  return new Refusal(failure(status, message));
}

type Failure = readonly [status: number, message: string | ((simultaneousExports: number) => string)];

const INTERNAL = [500, 'An internal error occurred.'] as const;
const BUSY = 'The server is busy. Try again later.';

/** What the client can do something about. Whatever is not here is a fault of ours. */
const FAILURES: Readonly<Partial<Record<ErrorCode, Failure>>> = {
  'request.invalid': [400, 'A parameter has a value that is not supported.'],
  'request.too_large': [400, 'The request is too large.'],
  'request.too_slow': [400, 'The request took too long.'],
  'request.uri_too_long': [400, 'The URL is too long.'],
  'request.headers_too_large': [400, 'The headers are too large.'],
  'request.unauthorized': [401, 'Unauthorized.'],
  'request.forbidden': [403, 'The app has no permission to call this API.'],
  'request.not_found': [404, 'The requested resource does not exist.'],
  'request.method_not_allowed': [405, 'The HTTP method is not supported by this API.'],
  'request.range_not_satisfiable': [416, 'The file does not have the requested range.'],
  'request.rate_limited': [429, 'Too many requests.'],
  'job.not_found': [404, 'The job does not exist.'],
  'job.expired': [404, 'The job has expired.'],
  // Source of the sentence: AV-DOC, perform-restore-job.md, of a sister API.
  'job.too_many_running': [
    429,
    (most) => `There are already ${most} export jobs running, cannot start new export job.`,
  ],
  'storage.expired': [404, 'The file of this job has expired.'],
  'storage.not_found': [404, 'This job has no report.'],
  'storage.full': [503, BUSY],
  'server.busy': [503, BUSY],
  'server.no_worker': [503, BUSY],
  'database.unavailable': [503, BUSY],
};

/** Every expected error and, as 500, every bug. */
export function renderError(error: AppError | undefined, simultaneousExports: number): WireAnswer {
  if (error === undefined) return failure(...INTERNAL);
  const [status, message] = FAILURES[error.code] ?? INTERNAL;
  return failure(status, typeof message === 'string' ? message : message(simultaneousExports));
}
