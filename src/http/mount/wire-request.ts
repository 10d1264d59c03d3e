import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { HttpMethod, WireRequest } from '../../protocols/wire.ts';

/** A request as protocols see it. */
export function toWireRequest(request: FastifyRequest, basePath: string, now: Date): WireRequest {
  const { url, method } = request;
  const mark = url.indexOf('?');
  return {
    method: (method === 'HEAD' ? 'GET' : method) as HttpMethod,
    url,
    basePath,
    params: (request.params ?? {}) as Record<string, string>,
    query: new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1)),
    headers: joinHeaders(request.headers),
    body: request.body,
    fields: {},
    files: {},
    now,
    id: randomUUID(),
    requestId: request.id,
  };
}

/** Each name once. */
function joinHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    joined[name] = typeof value === 'string' ? value : [value].flat().join(', ');
  }
  return joined;
}
