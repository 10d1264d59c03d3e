/** One request to a server: the token, JSON in and out, and errors rebuilt from their problem bodies. */
import type { Readable } from 'node:stream';
import { AppError, ERROR_CODES, type ErrorCode } from '../core/errors.ts';
import { sendStream } from './send-stream.ts';

export interface ServerAddress {
  /** Such as `http://127.0.0.1:8140`. */
  readonly url: string;
  readonly token: string;
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly stream?: Readable;
  readonly signal?: AbortSignal;
}

/** @throws AppError what the server said, or `server.unreachable` when none answers, or something else than a Waybill */
export async function send(
  server: ServerAddress,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  const url = new URL(path, server.url);
  for (const [name, value] of Object.entries(options.query ?? {})) {
    for (const one of [value].flat()) if (one !== undefined) url.searchParams.append(name, String(one));
  }
  const headers = new Headers({ authorization: `Bearer ${server.token}`, ...options.headers });
  if (options.json !== undefined) headers.set('content-type', 'application/json');
  const { method = 'GET', signal, stream } = options;
  const common = { method, headers, ...(signal !== undefined && { signal }) };
  const response = await reach(server, signal, () =>
    stream === undefined
      ? fetch(url, { ...common, ...(options.json !== undefined && { body: JSON.stringify(options.json) }) })
      : sendStream(url, { ...common, stream }),
  );
  if (response.ok || response.status === 304) return response;
  throw (await readProblem(response)) ?? notWaybill(server, response);
}

export async function requestJson<T>(
  server: ServerAddress,
  path: string,
  options?: RequestOptions,
): Promise<T> {
  const response = await send(server, path, options);
  if (!isJson(response)) throw notWaybill(server, response);
  return (await response.json()) as T;
}

function isJson(response: Response): boolean {
  return /^application\/(?:problem\+)?json\b/.test(response.headers.get('content-type') ?? '');
}

/** Somebody else answers at this address: a proxy, a page, another program. */
function notWaybill(server: ServerAddress, { status, statusText, headers }: Response): AppError {
  const answer = [status, statusText, `(${headers.get('content-type') ?? 'no content type'})`].filter(
    (word) => word !== '',
  );
  return new AppError(
    'server.unreachable',
    `The server at ${server.url} is not a Waybill server: it answered ${answer.join(' ')}. Check the address.`,
    // A proxy speaks for a server that is away.
    { details: { status }, isRetryable: status >= 500 },
  );
}

async function reach(
  server: ServerAddress,
  signal: AbortSignal | undefined,
  request: () => Promise<Response>,
): Promise<Response> {
  try {
    return await request();
  } catch (error) {
    // A source that cannot be read shows itself here as well; it says more than we could.
    if (error instanceof AppError || signal?.aborted === true) throw error;
    const { cause = error } = error as { cause?: unknown };
    const { code, message, syscall } = cause as { code?: string; message?: string; syscall?: string };
    // The file's own trouble, not the server's.
    if (syscall === 'read' && code === 'EISDIR') throw error;
    const reason = code ?? message ?? 'no reason given';
    throw new AppError('server.unreachable', `The server at ${server.url} does not answer (${reason}).`, {
      cause: error,
      isRetryable: true,
    });
  }
}

interface ProblemBody {
  readonly code?: string;
  readonly detail?: string;
  readonly retryable?: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly requestId?: string;
}

/** Undefined: the answer is not one of ours. */
async function readProblem(response: Response): Promise<Error | undefined> {
  const problem = isJson(response) ? ((await response.json().catch(() => ({}))) as ProblemBody) : {};
  const { code, detail, retryable = false, details = {}, requestId } = problem;
  if (isErrorCode(code)) return new AppError(code, detail ?? code, { details, isRetryable: retryable });
  if (requestId === undefined) return undefined;
  return new Error(
    `The server answered ${response.status} ${response.statusText}: ${detail ?? ''} (request ${requestId})`,
  );
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return (ERROR_CODES as readonly (string | undefined)[]).includes(code);
}
