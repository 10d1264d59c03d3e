/** The one form of AvePoint's answers: `status` repeats the HTTP status, `message` is empty unless something is wrong. */
import { type AppError, type ErrorCode } from '../../core/errors.ts';
import { Refusal, type WireAnswer } from '../wire.ts';

export function envelope(members: Readonly<Record<string, unknown>>): WireAnswer {
  return { status: 200, body: { ...members, status: 200, message: '' } };
}

export function failure(status: number, message: string): WireAnswer {
  return { status, body: { status, message } };
}

/** For what is wrong with a request. */
export function refuse(message: string, status = 400): Refusal {
  return new Refusal(failure(status, message));
}

/** Codes that are not the client's fault to be told about in words, or that have a status of their own. The others are 400. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  'request.unauthorized': 401,
  'request.forbidden': 403,
  'request.not_found': 404,
  'request.method_not_allowed': 405,
  'request.rate_limited': 429,
  'job.not_found': 404,
  'job.too_many_running': 429,
  'storage.expired': 404,
  'storage.not_found': 404,
  'request.range_not_satisfiable': 416,
  'server.busy': 503,
  'database.unavailable': 503,
  'storage.full': 503,
};

const TEXTS: Partial<Record<ErrorCode, string>> = {
  'request.unauthorized': 'Unauthorized.',
  'request.forbidden': 'The app has no permission to call this API.',
  'request.not_found': 'The requested resource does not exist.',
  'job.not_found': 'The job does not exist.',
  'storage.expired': 'The file of this job has expired.',
  'storage.not_found': 'This job has no report.',
};

/** Every expected error and, as 500, every bug. */
export function renderError(error: AppError | undefined): WireAnswer {
  if (error === undefined) return failure(500, 'An internal error occurred.');
  if (error.code === 'job.too_many_running') {
    const most = String(error.details['most']);
    return failure(429, `There are already ${most} export jobs running, cannot start new export job.`);
  }
  if (error.code.startsWith('collection.') || error.code.startsWith('config.')) {
    return failure(500, 'The report is not configured correctly on this server.');
  }
  return failure(STATUS[error.code] ?? 400, TEXTS[error.code] ?? error.message);
}
