/** The one form of Emarsys' answers, and every reply of the export family. */
import { Refusal, type WireAnswer } from '../wire.ts';

/** HTTP status, reply code and text. */
export type Reply = readonly [status: number, code: number, text: string];

/**
 * Replies with a fixed text. Where the documents have a status without a code, the code is the status.
 * Source: dev.emarsys.com, "Error codes"; for 501 the documents of 2016.
 */
export const REPLIES = {
  invalidExportId: [400, 10001, 'Invalid export ID'],
  invalidLanguage: [400, 10001, 'Invalid language'],
  invalidLanguageCode: [400, 1002, 'Invalid language code'],
  invalidNumberOfFields: [400, 10001, 'Invalid number of fields'],
  invalidDates: [400, 10001, 'Valid start_date and end_date is required'],
  endBeforeStart: [400, 10001, 'Invalid value for end_date: end_date is earlier than the start_date'],
  limitRequired: [400, 10001, 'Limit is a required parameter.'],
  limitNotPositive: [400, 10001, 'Limit must be a positive number.'],
  offsetNegative: [400, 10001, 'Offset must be zero, or a positive number.'],
  invalidParameters: [400, 4000, 'One or more specified parameters are invalid.'],
  sameSettings: [
    400,
    4001,
    'An export with the same setting is currently running. It is not possible to run the same export more than once simultaneously.',
  ],
  invalidExportType: [400, 4002, 'Invalid export type'],
  notAvailable: [410, 4003, 'Exported data is not available.'],
  notCompatible: [404, 4004, '"distribution_method" of this export is not compatible.'],
  inProgress: [404, 4005, 'Export is currently in progress. Please wait until that has finished.'],
  fileNotFound: [404, 4006, 'Internal error occurred. File was not found.'],
  fileUnreadable: [500, 4007, 'Server error occurred. Please choose another file.'],
  invalidMethod: [400, 1009, 'Invalid HTTP method.'],
  invalidPayload: [400, 1010, 'Invalid request payload.'],
  notImplemented: [501, 501, 'This feature has not been implemented yet.'],
  unauthorized: [401, 1, 'Credentials are invalid'],
  forbidden: [403, 403, 'Forbidden'],
  tooManyRequests: [429, 7003, 'Too many requests for this account and resource within the last minute.'],
  noDatabase: [500, 1, 'Database connection error'],
  internalError: [500, 1003, 'Internal error.'],
  overloaded: [503, 503, 'The system is overloaded for this resource.'],
} as const satisfies Readonly<Record<string, Reply>>;

export function success(data: unknown): WireAnswer {
  return { status: 200, body: { replyCode: 0, replyText: 'OK', data } };
}

export function failure([status, replyCode, replyText]: Reply): WireAnswer {
  return { status, body: { replyCode, replyText, data: '' } };
}

export function refuse(reply: Reply): Refusal {
  return new Refusal(failure(reply));
}

/** For a parameter: what is wrong with it, in the vendor's words. */
export function invalid(text: string): Refusal {
  return refuse([400, 10001, text]);
}

/** A value as texts repeat it. */
export function printed(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

export function invalidValue(parameter: string, value: unknown): Refusal {
  return invalid(`Invalid value for ${parameter}: ${printed(value)}`);
}

export function missing(parameter: string): Refusal {
  return invalid(`Missing parameter: ${parameter}`);
}
