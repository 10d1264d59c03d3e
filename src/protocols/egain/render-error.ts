/** Our errors in eGain's codes. */
import type { AppError, ErrorCode } from '../../core/errors.ts';
import type { WireAnswer, WireRequest } from '../wire.ts';
import { type Fault, type FaultCode, fault, renderFault } from './faults.ts';

/** Where the calls differ in what they call the same thing. */
export interface FaultWords {
  readonly unauthorized: '401-101' | '401-104';
  readonly notFound: '404-100' | '404-101';
  /** The attribute that names a place. */
  readonly place: string;
  /** What 412-100 asks for when a slot is full; calls without it fill none. */
  readonly busy?: string;
  /** The call may come too late for the job. */
  readonly hasConflict?: boolean;
}

/** Every expected error and, as 500-100, every bug. */
export function renderError(
  error: AppError | undefined,
  request: WireRequest,
  words: FaultWords,
): WireAnswer {
  const found = error && FAULT_OF[error.code]?.(error, words, request);
  return renderFault(found ?? fault('500-100'), request);
}

type FaultOf = (error: AppError, words: FaultWords, request: WireRequest) => Fault | undefined;

/** What the client can do something about. Whatever is not here is a fault of ours. */
const FAULT_OF: Partial<Record<ErrorCode, FaultOf>> = {
  'request.unauthorized': (_, { unauthorized }) => fault(unauthorized),
  'request.forbidden': () => fault('403-197'),
  'request.not_found': (_, words, { url }) => notFound(words.notFound, url.split('?', 1)[0] ?? url),
  'request.method_not_allowed': (_, words, { url }) => notFound(words.notFound, url.split('?', 1)[0] ?? url),
  // As the path spells it.
  'job.not_found': (_, words, { params }) => notFound(words.notFound, Object.values(params).join(', ')),
  'job.too_many_running': (_, { busy }) => (busy === undefined ? undefined : fault('412-100', busy)),
  'job.invalid_transition': (_, words) => conflict(words),
  'job.expired': (_, words) => conflict(words),
  'request.invalid': ({ details }, words, { method, url }) =>
    isOfPath(details['place'], method)
      ? notFound(words.notFound, url.split('?', 1)[0] ?? url)
      : wrong('body'),
  'request.unsupported_media_type': () => wrong('body'),
  'request.too_large': () => wrong('body'),
  'request.too_slow': () => wrong('body'),
  'request.uri_too_long': () => wrong('path'),
  'request.headers_too_large': () => wrong('headers'),
  'destination.unknown_location': (_, { place }) => wrong(place),
  'source.unknown_location': (_, { place }) => wrong(place),
};

function conflict({ hasConflict }: FaultWords): Fault | undefined {
  return hasConflict === true ? fault('409-100') : undefined;
}

/** What comes without a body can only be wrong in its path, such as `%00` or `%zz`, which no job is called. */
function isOfPath(place: unknown, method: WireRequest['method']): boolean {
  return method === 'GET' || String(place).startsWith('path');
}

function notFound(code: FaultCode, id: string): Fault {
  return { ...fault(code, id), details: [{ key: id }] };
}

function wrong(attribute: string): Fault {
  return { ...fault('400-152', attribute), details: [{ key: attribute }] };
}
