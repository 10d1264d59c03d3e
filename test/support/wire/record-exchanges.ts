/** Listens to every HTTP server of this process, and tells of each answer when its last byte is given to the connection. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Exchange, isJson } from './exchange.ts';

interface RequestStart {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: Server;
}

type Write = (piece: unknown, ...rest: unknown[]) => boolean;
type End = (...args: unknown[]) => ServerResponse;

const CHANNEL = 'http.server.request.start';

/** @returns a function that ends it */
export function recordExchanges(record: (exchange: Exchange, server: Server) => void): () => void {
  const begin = (message: unknown) => {
    const { request, response, server } = message as RequestStart;
    // Whom Waybill calls is no server of ours.
    if (request.headers['user-agent']?.startsWith('Waybill/') === true) return;
    watch(request, response, (exchange) => record(exchange, server));
  };
  subscribe(CHANNEL, begin);
  return () => unsubscribe(CHANNEL, begin);
}

function watch(
  request: IncomingMessage,
  response: ServerResponse,
  record: (exchange: Exchange) => void,
): void {
  const pieces: Buffer[] = [];
  let sizeBytes = 0;
  const keep = (piece: unknown) => {
    if (typeof piece !== 'string' && !(piece instanceof Uint8Array)) return;
    const bytes = Buffer.from(piece as string);
    sizeBytes += bytes.byteLength;
    pieces.push(bytes);
  };
  const write = response.write.bind(response) as Write;
  const end = response.end.bind(response) as End;
  response.write = (piece: unknown, ...rest: unknown[]) => {
    keep(piece);
    const result = write(piece, ...rest);
    // What is no JSON may be large, and nobody looks into it. Its type is known once the headers are out.
    if (!isJson(sentHeaders(response)['content-type'])) pieces.length = 0;
    return result;
  };
  // Not when it is finished: a command that has its answer may end before that.
  response.end = (...args: unknown[]) => {
    keep(args[0]);
    const result = end(...args);
    const headers = sentHeaders(response);
    const hasBody = request.method !== 'HEAD';
    record({
      method: request.method ?? '',
      url: request.url ?? '',
      status: response.statusCode,
      headers,
      sizeBytes: hasBody ? sizeBytes : 0,
      ...(hasBody && isJson(headers['content-type']) && { json: Buffer.concat(pieces).toString() }),
    });
    return result;
  };
}

/** As they were sent: `getHeaders` does not know those that were given to `writeHead`, or that Node adds. */
function sentHeaders(response: ServerResponse): Record<string, string> {
  const [, ...lines] = ((response as unknown as { _header: string | null })._header ?? '')
    .trimEnd()
    .split('\r\n');
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
}
