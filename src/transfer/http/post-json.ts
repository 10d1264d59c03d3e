import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { AppError } from '../../core/errors.ts';
import type { AddressGuard, ResolvedAddress } from './guard-address.ts';

export interface PostRequest {
  readonly url: string;
  /** JSON. */
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Aborted: the call is cut, and throws. */
  readonly signal?: AbortSignal;
}

/** What came of a call: a status, whichever it is, or in words why there is none. */
export type PostOutcome = { readonly status: number } | { readonly failure: string };

export interface PostSettings {
  readonly guard: AddressGuard;
  /** Of Waybill; it names itself to whom it calls. */
  readonly version: string;
  /** For all of it, from the name's resolution to the end of the answer. Default 10,000. */
  readonly timeoutMs?: number;
}

export const TIMEOUT_MS = 10_000;
/** Nothing that a server says beside its status is of interest; it is only let finish. */
const MAX_ANSWER_BYTES = 65_536;

/**
 * Sends a body to somebody else's server, over a connection of its own to an address that was judged. A redirect is an answer like
 * any other: it is not followed.
 *
 * @throws whatever `signal` was aborted with
 */
export async function postJson(settings: PostSettings, request: PostRequest): Promise<PostOutcome> {
  const { timeoutMs = TIMEOUT_MS } = settings;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([timeout, ...(request.signal === undefined ? [] : [request.signal])]);
  try {
    const url = settings.guard.checkUrl(request.url);
    const addresses = await unlessAborted(settings.guard.resolve(url), signal);
    return { status: await exchange({ url, addresses, signal }, settings, request) };
  } catch (error) {
    request.signal?.throwIfAborted();
    if (timeout.aborted) return { failure: `there was no answer within ${timeoutMs / 1000} s` };
    return { failure: describe(error) };
  }
}

interface Connection {
  readonly url: URL;
  readonly addresses: readonly ResolvedAddress[];
  readonly signal: AbortSignal;
}

function exchange(
  { url, addresses, signal }: Connection,
  { version }: PostSettings,
  { body, headers }: PostRequest,
): Promise<number> {
  const answered = Promise.withResolvers<number>();
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const outgoing = send(url, {
    method: 'POST',
    // No connection is kept for a next call.
    agent: false,
    lookup: answerWith(addresses),
    signal,
    headers: {
      'user-agent': `Waybill/${version}`,
      accept: '*/*',
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      ...headers,
    },
  });
  outgoing.on('error', answered.reject);
  outgoing.on('response', (response) => {
    const { statusCode = 0 } = response;
    let bytes = 0;
    response.on('data', (piece: Buffer) => {
      bytes += piece.byteLength;
      if (bytes > MAX_ANSWER_BYTES) outgoing.destroy();
    });
    // The status has come: an answer that is cut, or never ends, is an answer all the same.
    response.on('error', () => {});
    response.on('close', () => answered.resolve(statusCode));
  });
  outgoing.end(body);
  return answered.promise;
}

/** The name was resolved and judged: a second look could find another address. */
function answerWith(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_name, { all }, callback) => {
    const [first] = addresses;
    if (all === true) callback(null, [...addresses]);
    else callback(null, first?.address ?? '', first?.family ?? 0);
  };
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  return Promise.race([work, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}

const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'the connection was not accepted in time',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
  ENOTFOUND: 'the name of the host is not known',
  EAI_AGAIN: 'the name of the host cannot be resolved at the moment',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is signed by nobody who is known',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate is signed by nobody who is known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate is signed by nobody who is known',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is that of another host',
};

/** In words that name no address: what a name resolves to inside a network is not for those who may name hosts. */
function describe(error: unknown): string {
  if (error instanceof AppError) return error.message;
  const { code } = error as { code?: string };
  return FAILURES[code ?? ''] ?? `the call failed (${code ?? 'for an unknown reason'})`;
}
