import { createComponents } from './components.ts';
import { renderOperation } from './operation.ts';
import { renderSharedProblems } from './problems.ts';
import type { DocumentedRoute } from './routes.ts';
import { TAGS } from './tags.ts';

/** Of the API: it grows with members and operations, which clients must bear; anything else is a new number in the paths. */
export const API_VERSION = '1.0';

const DESCRIPTION = `Bulk import, validation and export jobs on PostgreSQL.

One request starts a job and is answered at once (\`202\`). A worker runs the job, and you can read its status as often as you like.

- Every request needs \`Authorization: Bearer TOKEN\`; the token is in the file \`token\` of the data folder.
- Every answer that is not a success is \`application/problem+json\` with a stable \`code\`. Each operation lists its possible codes.
- Unknown members of a request are refused by name. Members may be added to answers, and values to enumerations.
- Times are RFC 3339 in UTC with milliseconds. Ids are UUIDs; a job may also be named by its number.
- HEAD answers like GET, without the body.`;

/** The API as an OpenAPI 3.1 document: made from the schemas that the routes check requests with, so that it cannot say anything else. */
export function renderDocument(routes: readonly DocumentedRoute[]): Record<string, unknown> {
  const components = createComponents();
  const responses = renderSharedProblems(components);
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.url.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = renderOperation(components, route);
  }
  const { schemas } = components;
  return {
    openapi: '3.1.1',
    info: {
      title: 'Waybill',
      version: API_VERSION,
      summary: 'Bulk import, validation and export jobs',
      description: DESCRIPTION,
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    security: [{ token: [] }],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1))),
      responses,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'The token of the data folder.' },
      },
    },
  };
}
