import type { FastifyInstance, FastifyReply } from 'fastify';

/**
 * For answers that wait: gives a signal that is aborted when the client has gone or the server stops, so that nothing waits for nobody
 * and no wait keeps the server from stopping.
 */
export function watchDepartures(app: FastifyInstance): (reply: FastifyReply) => AbortSignal {
  const waiting = new Set<AbortController>();
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
    for (const one of waiting) one.abort();
  });
  return (reply) => {
    const one = new AbortController();
    if (isClosing) one.abort();
    waiting.add(one);
    reply.raw.once('close', () => {
      waiting.delete(one);
      one.abort();
    });
    return one.signal;
  };
}
