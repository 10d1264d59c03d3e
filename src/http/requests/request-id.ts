import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { atOnce } from './at-once.ts';

/** What proxies and tracers give as ids; anything else could break a line of the log or a header. */
const ACCEPTABLE = /^[A-Za-z0-9_.:=+/@-]{1,128}$/;

/** The id that a client or a proxy gave the request (`X-Request-Id`), else a new one: the log and the answer name the request by it. */
export function requestIdOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : randomUUID();
}

/** Every answer carries the id of its request. */
export function answerWithRequestId(app: FastifyInstance): void {
  app.addHook('onRequest', atOnce(nameRequest));
}

/** Puts the id of the request into the answer. */
export function nameRequest(request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('x-request-id', request.id);
}
