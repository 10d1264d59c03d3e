import type { FastifyInstance } from 'fastify';
import { renderDocument } from '../openapi/document.ts';
import { collectRoutes, type DocumentedRoute } from '../openapi/routes.ts';
import { ANYTHING, answers } from '../schemas/shared.ts';

/**
 * `/openapi.json`. Open: it says nothing about this server or its data, only what every Waybill of this version can do, and a reader or a
 * generator of clients comes before there is a token.
 */
export async function documentRoutes(app: FastifyInstance, routes: DocumentedRoute[]): Promise<void> {
  collectRoutes(app, routes, { tag: 'Server', needsToken: false });

  // All routes are known once the first request comes; the document does not change any more then.
  let text: string | undefined;
  app.get(
    '/openapi.json',
    {
      schema: {
        operationId: 'getOpenApiDocument',
        summary: 'This document',
        response: answers(200, ANYTHING, { description: 'OpenAPI 3.1.' }),
      },
    },
    async (_request, reply) => {
      text ??= JSON.stringify(renderDocument(routes));
      return reply.type('application/json').send(text);
    },
  );
}
