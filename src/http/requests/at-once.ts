import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify';

/**
 * A hook that waits for nothing. As an `async` function each of them is a promise, and a turn of the queue of promises, for each request:
 * together they cost a status poll more than what it asks for.
 *
 * @param look may throw to refuse the request
 */
export function atOnce(
  look: (request: FastifyRequest, reply: FastifyReply) => void,
): (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void {
  return (request, reply, done) => {
    try {
      look(request, reply);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  };
}
