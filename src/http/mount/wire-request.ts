import { randomUUID } from 'node:crypto';
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
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    ),
    body: request.body,
    fields: {},
    files: {},
    now,
    id: randomUUID(),
    requestId: request.id,
  };
}
