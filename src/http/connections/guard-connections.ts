/**
 * What keeps slow or greedy clients from holding what others need. Time limits that Node keeps itself (headers, idle connections) are
 * options of the server; here is what it has no option for, and an answer for each that names the limit.
 */
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { renderProblem } from '../error-reply.ts';
import { atOnce } from '../requests/at-once.ts';
import type { ConnectionLimits } from './connection-limits.ts';

const HOST = 'host';
/** Beyond the limit a connection is still answered, with a refusal; beyond this many more it is closed without a word. */
const REFUSED_CONNECTIONS = 256;

/** Puts the hooks into place, before those that look at the token. */
export function guardConnections(app: FastifyInstance, limits: ConnectionLimits): void {
  let open = 0;
  app.server.maxConnections = limits.connections + REFUSED_CONNECTIONS;
  app.server.on('connection', (socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
  });
  // RFC 9110 (10.1.1) lets a server ignore an expectation that it does not know; Node would answer 417 without a word.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response));
  const look = (request: FastifyRequest, reply: FastifyReply) => {
    const refusal = refusalOf(request, open, limits);
    if (refusal === undefined) {
      if (hasBody(request)) watchRate(request, reply, limits);
      return;
    }
    // Whatever else comes on this connection is not looked at.
    void reply.header('connection', 'close');
    throw refusal;
  };
  app.addHook('onRequest', atOnce(look));
}

function refusalOf(
  { raw, url }: FastifyRequest,
  open: number,
  limits: ConnectionLimits,
): AppError | undefined {
  if (open > limits.connections) {
    return new AppError(
      'server.busy',
      `The server has reached its limit of ${limits.connections} connections (limit: limits.connections). Try again in a moment.`,
      { isRetryable: true },
    );
  }
  if (url.length > limits.urlCharacters) {
    return new AppError(
      'request.uri_too_long',
      `The address has ${url.length} characters; at most ${limits.urlCharacters} are allowed (limit: urlCharacters).`,
    );
  }
  const headers = raw.rawHeaders.length / 2;
  if (headers > limits.headers) {
    return new AppError(
      'request.headers_too_large',
      `The request has ${headers} headers; at most ${limits.headers} are allowed (limit: headers).`,
    );
  }
  return namesOneHost(raw.rawHeaders) ? undefined : severalHosts();
}

/** Node takes the first of several, a proxy before it perhaps the last: which of the two was judged nobody could say (RFC 9112, 3.2). */
function namesOneHost(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.length === HOST.length && name.toLowerCase() === HOST) hosts += 1;
  }
  return hosts <= 1;
}

function severalHosts(): AppError {
  return new AppError(
    'request.invalid',
    'The request has more than one header "Host", so it is unclear which host it is for. Send one.',
  );
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Looks once in a while how much of the body has come. Where we are the slow ones, something waits to be read. */
function watchRate(request: FastifyRequest, reply: FastifyReply, limits: ConnectionLimits): void {
  const { raw } = request;
  const leastBytes = (limits.minBytesPerSecond * limits.rateWindowMs) / 1000;
  let seenBytes = raw.socket.bytesRead;
  const timer = setInterval(() => {
    const came = raw.socket.bytesRead - seenBytes;
    seenBytes += came;
    if (raw.complete || reply.sent) clearInterval(timer);
    else if (came < leastBytes && raw.readableLength === 0) {
      clearInterval(timer);
      // The answer ends the connection. Node tells a request of that only until it is answered, so what waits for the rest of the body
      // is told here.
      raw.socket.once('close', () => raw.destroy());
      reply.header('connection', 'close').send(tooSlow(limits));
    }
  }, limits.rateWindowMs);
  reply.raw.once('close', () => clearInterval(timer));
}

function tooSlow({ minBytesPerSecond, rateWindowMs }: ConnectionLimits): AppError {
  return new AppError(
    'request.too_slow',
    `The body was slower than ${minBytesPerSecond} bytes per second for ${rateWindowMs / 1000} seconds (limit: limits.minBytesPerSecond). Send it again.`,
    { isRetryable: true },
  );
}

/** Answers what never became a request: headers over their limits, or no HTTP at all. */
export function answerClientError(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  limits: Pick<ConnectionLimits, 'headerBytes' | 'headerMs'>,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const requestId = randomUUID();
  const problem = renderProblem(describeClientError(error, limits), requestId);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} Refused`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function describeClientError(
  { code, message }: NodeJS.ErrnoException,
  { headerBytes, headerMs }: Pick<ConnectionLimits, 'headerBytes' | 'headerMs'>,
): AppError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new AppError(
      'request.headers_too_large',
      `The headers and the address are together larger than ${headerBytes} bytes (limit: headerBytes).`,
    );
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new AppError(
      'request.too_slow',
      `The headers did not arrive within ${headerMs / 1000} seconds (limit: headerSeconds).`,
      {
        isRetryable: true,
      },
    );
  }
  return new AppError('request.invalid', `This is not a request in HTTP: ${message}.`);
}
