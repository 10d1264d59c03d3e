import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.ts';
import { renderProtocolDocument } from '../mount/protocol-document.ts';
import { ANYTHING, answers, listOf, named, objectOf } from '../schemas/shared.ts';

const TEXT = { type: 'string' } as const;

const WIRE_PROTOCOL = named(
  'WireProtocol',
  objectOf(
    {
      name: { ...TEXT, description: 'Its name in the configuration.' },
      title: { ...TEXT, description: 'Whose protocol it is.' },
      paths: { ...listOf(TEXT), description: 'Paths under which it answers.' },
      host: { ...TEXT, description: 'If it answers this host only.' },
      port: { type: 'integer', description: 'If it has its own port.' },
      document: { ...TEXT, description: 'Address of its OpenAPI document.' },
    },
    ['host', 'port'],
  ),
);

/** `/protocols`: which wire protocols this server speaks beside its own. Open, as `/openapi.json` is. */
export async function protocolRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  const mounted = deps.protocols ?? [];

  app.get(
    '/protocols',
    {
      schema: {
        operationId: 'listProtocols',
        summary: 'Wire protocols that this server speaks beside its own',
        response: answers(200, objectOf({ protocols: listOf(WIRE_PROTOCOL) }), {
          description: 'All of them.',
        }),
      },
    },
    async () => ({
      protocols: mounted.map(
        ({ protocol: { name, title, basePaths }, mount: { prefix = '', host, port } }) => ({
          name,
          title,
          paths: basePaths.map((path) => `${prefix}${path}` || '/'),
          ...(host !== undefined && { host }),
          ...(port !== undefined && { port }),
          document: `/protocols/${name}/openapi.json`,
        }),
      ),
    }),
  );

  for (const one of mounted) {
    const text = JSON.stringify(renderProtocolDocument(one));
    app.get(
      `/protocols/${one.protocol.name}/openapi.json`,
      {
        schema: {
          operationId: `get_${one.protocol.name.replaceAll('-', '_')}_document`,
          summary: `${one.protocol.title} as an OpenAPI document`,
          response: answers(200, ANYTHING, { description: 'OpenAPI 3.1.' }),
        },
      },
      async (_request, reply) => reply.type('application/json').send(text),
    );
  }
}
