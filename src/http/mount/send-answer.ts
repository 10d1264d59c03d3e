import type { FastifyReply } from 'fastify';
import type { WireAnswer } from '../../protocols/wire.ts';

/** Sends an answer as the protocol made it. */
export function sendAnswer(reply: FastifyReply, answer: WireAnswer): FastifyReply {
  void reply.code(answer.status).headers(answer.headers ?? {});
  if (answer.body === undefined) return reply.send();
  // Some clients compare the media type as a whole, so it carries no charset, which JSON does not have anyway.
  return reply
    .header('content-type', answer.mediaType ?? 'application/json')
    .send(Buffer.from(JSON.stringify(answer.body)));
}
