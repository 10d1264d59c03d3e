import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { atOnce } from './at-once.ts';

/** What the line has where the client has gone before it was answered at all; nobody was sent it. */
const CLIENT_CLOSED_REQUEST = 499;

/** One request, as the log has it: no query, no header, no body, since those may hold data or a token. */
export interface RequestLine {
  /** `debug` for reads that succeed, since polls would flood the log; `warn` for failures of ours. */
  readonly level: 'debug' | 'info' | 'warn';
  readonly requestId: string;
  readonly method: string;
  /** The template, such as `/v1/jobs/:id`; absent where there is nothing at the address. */
  readonly route?: string;
  /** 499: the connection ended before there was an answer. */
  readonly status: number;
  readonly durationMs: number;
  /** What was sent, headers included. */
  readonly bytes: number;
  /** The job that the request was about, or that it made: an id, or the number that the client named it by. */
  readonly job?: string;
  /** The connection ended before the answer did. */
  readonly isCutOff?: true;
}

/** Tells of each request when its answer has been sent, or its connection has ended. */
export function logRequests(
  app: FastifyInstance,
  log: (line: RequestLine) => void,
  isLogged: (level: RequestLine['level']) => boolean = () => true,
): void {
  const begin = (request: FastifyRequest, reply: FastifyReply) => {
    const startedAt = performance.now();
    const { socket } = request.raw;
    // Of a connection that serves many requests; one that was never opened has none.
    const sentBefore = socket.bytesWritten ?? 0;
    let isCutOff = true;
    // Both happen once; `once` would cost each request two closures more.
    reply.raw.on('finish', () => {
      isCutOff = false;
    });
    reply.raw.on('close', () => {
      const isAnswered = !isCutOff || reply.raw.headersSent;
      const status = isAnswered ? reply.statusCode : CLIENT_CLOSED_REQUEST;
      const level = levelOf(request.method, status);
      if (!isLogged(level)) return;
      const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
      const bytes = (socket.bytesWritten ?? 0) - sentBefore;
      const what = { level, status, ...describe(request, reply) };
      log({ ...what, durationMs, bytes, ...(isCutOff && { isCutOff }) });
    });
  };
  app.addHook('onRequest', atOnce(begin));
}

function describe(
  request: FastifyRequest,
  reply: FastifyReply,
): Pick<RequestLine, 'requestId' | 'method' | 'route' | 'job'> {
  const { method, id: requestId } = request;
  const { url: route } = request.routeOptions;
  const job = jobOf(request, reply);
  return {
    requestId,
    method,
    ...(route !== undefined && { route }),
    ...(job !== undefined && { job }),
  };
}

function levelOf(method: string, status: number): RequestLine['level'] {
  if (status >= 500) return 'warn';
  const isRead = method === 'GET' || method === 'HEAD';
  return isRead && status < 400 ? 'debug' : 'info';
}

function jobOf(request: FastifyRequest, reply: FastifyReply): string | undefined {
  const made = /^\/v1\/jobs\/([0-9a-f-]{36})$/.exec(String(reply.getHeader('location') ?? ''));
  if (made !== null) return made[1];
  const isAboutJob = request.routeOptions.url?.startsWith('/v1/jobs/:id') === true;
  return isAboutJob ? (request.params as { id?: string }).id : undefined;
}
