import type { AppError, ErrorCode } from '../../core/errors.ts';
import type { WireAnswer } from '../wire.ts';
import { failure, invalidValue, REPLIES, type Reply } from './envelope.ts';

const REPLY_OF: Partial<Record<ErrorCode, Reply>> = {
  'request.invalid': REPLIES.invalidParameters,
  'request.unauthorized': REPLIES.unauthorized,
  'request.forbidden': REPLIES.forbidden,
  'request.rate_limited': REPLIES.tooManyRequests,
  'request.not_found': REPLIES.notImplemented,
  'request.method_not_allowed': REPLIES.invalidMethod,
  'request.too_large': REPLIES.invalidPayload,
  'request.unsupported_media_type': REPLIES.invalidPayload,
  'job.not_found': REPLIES.invalidExportId,
  'job.too_many_running': REPLIES.sameSettings,
  'job.expired': REPLIES.notAvailable,
  'storage.expired': REPLIES.notAvailable,
  'storage.not_found': REPLIES.fileNotFound,
  'storage.corrupt': REPLIES.fileUnreadable,
  'storage.full': REPLIES.overloaded,
  'server.busy': REPLIES.overloaded,
  'server.no_worker': REPLIES.overloaded,
  'database.unavailable': REPLIES.noDatabase,
};

/** Every expected error and, as 1003, every bug. */
export function renderError(error: AppError | undefined): WireAnswer {
  if (error === undefined) return failure(REPLIES.internalError);
  const { code, details } = error;
  if (code === 'request.invalid' && details['body'] === 'not_json') return failure(REPLIES.invalidPayload);
  if (code === 'outgoing.refused_address') return refused('notification_url', details['host']);
  if (code === 'destination.unknown_location') return refused('ftp_settings', details['address']);
  // What else is wrong with a request the documents have one reply for; all other failures are ours.
  const other = code.startsWith('request.') ? REPLIES.invalidParameters : REPLIES.internalError;
  return failure(REPLY_OF[code] ?? other);
}

function refused(parameter: string, value: unknown): WireAnswer {
  return invalidValue(parameter, value ?? '').answer;
}
