import type { FastifyInstance } from 'fastify';
import type { ShownDocument } from '../docs-page/document.ts';
import { CONTENT_SECURITY_POLICY, renderPage } from '../docs-page/render-page.ts';
import { renderDocument } from '../openapi/document.ts';
import { collectRoutes, type DocumentedRoute } from '../openapi/routes.ts';
import { ANYTHING, answers, answersText } from '../schemas/shared.ts';

/**
 * `/openapi.json`, and `/docs` for people. Open: they say nothing about this server or its data, only what every Waybill of this version
 * can do, and a reader or a generator of clients comes before there is a token.
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

  let page: string | undefined;
  app.get(
    '/docs',
    {
      schema: {
        operationId: 'getDocumentation',
        summary: 'This document as a page',
        response: answersText('text/html', 'A page without scripts that loads nothing.', [
          'content-security-policy',
          'x-content-type-options',
        ]),
      },
    },
    async (_request, reply) => {
      page ??= renderPage(renderDocument(routes) as unknown as ShownDocument);
      return reply
        .type('text/html; charset=utf-8')
        .headers({ 'content-security-policy': CONTENT_SECURITY_POLICY, 'x-content-type-options': 'nosniff' })
        .send(page);
    },
  );
}
