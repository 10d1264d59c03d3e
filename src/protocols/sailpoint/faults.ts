/** The protocol's errors, which have three shapes: of a missing login, of too many requests, and of everything else. */
import type { AppError, ErrorCode } from '../../core/errors.ts';
import { Refusal, type WireAnswer, type WireRequest } from '../wire.ts';
import { defaultMessage, localize, type TextName } from './locales.ts';

interface Fault {
  readonly status: number;
  readonly detailCode: string;
  readonly text: TextName;
}

/** Source: SEED2, SP-SPEC; `illegalValue` and `noFile`: seen in answers (docs/vendors/sailpoint.md#endpoints). */
const FAULTS = {
  badContent: { status: 400, detailCode: '400.1 Bad Request Content', text: 'badContent' },
  illegalValue: { status: 400, detailCode: '400.1.3 Illegal value', text: 'badContent' },
  noFile: { status: 400, detailCode: '400.1.3 Illegal value', text: 'noFile' },
  forbidden: { status: 403, detailCode: '403 Forbidden', text: 'forbidden' },
  notFound: { status: 404, detailCode: '404 Not found', text: 'notFound' },
  fault: { status: 500, detailCode: '500.0 Internal Fault', text: 'fault' },
} as const satisfies Readonly<Record<string, Fault>>;
type FaultName = keyof typeof FAULTS;

type Family = ErrorCode extends infer Code
  ? Code extends `${infer First}.${string}`
    ? First
    : never
  : never;

/** A new family of codes does not compile until it has a fault. */
const BY_FAMILY: Readonly<Record<Family, FaultName>> = {
  config: 'fault',
  usage: 'fault',
  server: 'fault',
  key: 'notFound',
  secrets: 'fault',
  client: 'notFound',
  request: 'badContent',
  collection: 'fault',
  source: 'badContent',
  format: 'badContent',
  target: 'fault',
  job: 'badContent',
  storage: 'fault',
  database: 'fault',
  embedded: 'fault',
  destination: 'fault',
  delivery: 'fault',
  outgoing: 'fault',
  module: 'fault',
};

const BY_CODE: Readonly<Partial<Record<ErrorCode, FaultName>>> = {
  'request.forbidden': 'forbidden',
  'request.not_found': 'notFound',
  'request.method_not_allowed': 'notFound',
  'job.not_found': 'notFound',
  'job.expired': 'notFound',
  'storage.not_found': 'notFound',
  'storage.expired': 'notFound',
};

/** By what is wrong with the credentials. Source of the first: SEED2; of the others there is none. */
const LOGIN_ERRORS: Readonly<Record<string, string>> = {
  expired: 'JWT validation failed: JWT is expired',
  invalid: 'JWT validation failed: JWT is invalid',
  missing: 'JWT is required',
};

/** Source: SEED2, with its blanks. */
const RATE_LIMIT_MESSAGE = ' Rate Limit Exceeded ';

/** @param cause what exactly is wrong, for people */
export function refuse(request: WireRequest, name: FaultName, cause?: string): Refusal {
  return new Refusal(renderFault(request, name, cause));
}

/** Every expected error and, as 500, every bug. */
export function renderError(error: AppError | undefined, request: WireRequest): WireAnswer {
  if (error === undefined) return renderFault(request, 'fault');
  const { code, details, message } = error;
  if (code === 'request.unauthorized') {
    const text = LOGIN_ERRORS[String(details['credentials'])] ?? LOGIN_ERRORS['invalid'];
    return { status: 401, body: { error: text } };
  }
  if (code === 'request.rate_limited') {
    const headers = { 'retry-after': String(Number(details['retryAfterSeconds'] ?? 1)) };
    return { status: 429, headers, body: { message: RATE_LIMIT_MESSAGE } };
  }
  const name = BY_CODE[code] ?? BY_FAMILY[code.slice(0, code.indexOf('.')) as Family];
  return renderFault(request, name, name === 'badContent' ? message : undefined);
}

function renderFault(request: WireRequest, name: FaultName, cause?: string): WireAnswer {
  const { status, detailCode, text } = FAULTS[name];
  return {
    status,
    body: {
      detailCode,
      trackingId: trackingIdOf(request),
      messages: localize(text, request.headers['accept-language']),
      causes: cause === undefined ? [] : [defaultMessage(cause)],
    },
  };
}

/** The id by which the log knows the request, where it is such as the protocol has. */
function trackingIdOf({ id, requestId }: WireRequest): string {
  const [own, other] = [requestId, id].map((one) => one.replaceAll('-', '').toLowerCase()) as [
    string,
    string,
  ];
  return /^[0-9a-f]{32}$/.test(own) ? own : other;
}
