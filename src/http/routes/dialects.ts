import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.ts';
import { renderDialectDocument } from '../mount/dialect-document.ts';
import { ANYTHING, answers, listOf, named, objectOf } from '../schemas/shared.ts';

const TEXT = { type: 'string' } as const;

const WIRE_PROTOCOL = named(
  'WireProtocol',
  objectOf(
    {
      name: { ...TEXT, description: 'Of its part of the configuration.' },
      title: { ...TEXT, description: 'Whose protocol it is.' },
      paths: { ...listOf(TEXT), description: 'Below which it answers.' },
      host: { ...TEXT, description: 'Where it answers this host alone.' },
      port: { type: 'integer', description: 'Where it has a port of its own.' },
      document: { ...TEXT, description: 'Address of its OpenAPI document.' },
    },
    ['host', 'port'],
  ),
);

/** `/dialects`: which wire protocols this server speaks beside its own. Open, as `/openapi.json` is. */
export async function dialectRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  const mounted = deps.dialects ?? [];

  app.get(
    '/dialects',
    {
      schema: {
        operationId: 'listDialects',
        summary: 'Wire protocols that this server speaks beside its own',
        response: answers(200, objectOf({ dialects: listOf(WIRE_PROTOCOL) }), {
          description: 'All of them.',
        }),
      },
    },
    async () => ({
      dialects: mounted.map(
        ({ dialect: { name, title, basePaths }, mount: { prefix = '', host, port } }) => ({
          name,
          title,
          paths: basePaths.map((path) => `${prefix}${path}` || '/'),
          ...(host !== undefined && { host }),
          ...(port !== undefined && { port }),
          document: `/dialects/${name}/openapi.json`,
        }),
      ),
    }),
  );

  for (const one of mounted) {
    const text = JSON.stringify(renderDialectDocument(one));
    app.get(
      `/dialects/${one.dialect.name}/openapi.json`,
      {
        schema: {
          operationId: `get_${one.dialect.name.replaceAll('-', '_')}_document`,
          summary: `${one.dialect.title} as an OpenAPI document`,
          response: answers(200, ANYTHING, { description: 'OpenAPI 3.1.' }),
        },
      },
      async (_request, reply) => reply.type('application/json').send(text),
    );
  }
}
