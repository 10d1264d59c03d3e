import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { FILE_ANSWERS, FILE_ERRORS, FILE_HEADERS } from '../schemas/file.ts';

/** A route that answers with a file: GET, and a HEAD of its own, since the framework's would read the whole file to throw it away. */
export function addFileRoute<Params, Querystring = unknown>(
  app: FastifyInstance,
  url: string,
  schema: FastifySchema,
  handler: (
    request: FastifyRequest<{ Params: Params; Querystring: Querystring }>,
    reply: FastifyReply,
  ) => Promise<FastifyReply>,
): void {
  const answered = {
    ...schema,
    headers: FILE_HEADERS,
    errors: [...(schema.errors ?? []), ...FILE_ERRORS],
    response: FILE_ANSWERS,
  };
  app.get<{ Params: Params; Querystring: Querystring }>(
    url,
    { schema: answered, exposeHeadRoute: false },
    handler,
  );
  app.head<{ Params: Params; Querystring: Querystring }>(url, { schema: answered }, handler);
}
