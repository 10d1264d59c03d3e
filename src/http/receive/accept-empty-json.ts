import type { FastifyInstance } from 'fastify';
import { refusalOfEncodedJson } from './encoded-json.ts';

/**
 * Reads an empty body that is announced as JSON as none. Many clients announce JSON with each request, also where there is nothing to
 * say (`POST /v1/jobs/1/cancel`); what a route does need is named by its schema.
 */
export function acceptEmptyJson(app: FastifyInstance): void {
  // As in the options of the server: `__proto__` is a legal name.
  const parse = app.getDefaultJsonParser('ignore', 'ignore');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    const refused = refusalOfEncodedJson(request);
    if (refused !== undefined) done(refused);
    else if (text === '') done(null, undefined);
    else void parse(request, text, done);
  });
}
