import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/**
 * A client that sends `Expect: 100-continue` is asked for its body when somebody begins to read it, and not before: a request that is
 * refused, or was answered already, is not sent for nothing. Node asks at once, before anything was looked at. It ends the connection
 * after an answer without having asked, since nobody knows whether a body follows.
 *
 * Source: RFC 9110, 10.1.1
 */
export function askForBodiesLate({ server }: Pick<FastifyInstance, 'server'>): void {
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    const ask = (event: string | symbol) => {
      if (event !== 'data' && event !== 'readable') return;
      request.off('newListener', ask);
      response.writeContinue();
    };
    request.on('newListener', ask);
    server.emit('request', request, response);
  });
}
