/** One route as an operation of the document. */

import type { Answer } from '../schemas/shared.ts';
import type { Components } from './components.ts';
import { headerName, renderHeaders } from './headers.ts';
import { renderProblems } from './problems.ts';
import type { DocumentedRoute } from './routes.ts';

/** Fastify's parts of a request, and where OpenAPI says that they are. */
const PLACES = { params: 'path', querystring: 'query', headers: 'header' } as const;

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, { description?: string }>>;
  readonly required?: readonly string[];
}

export function renderOperation(components: Components, route: DocumentedRoute): object {
  const { schema, tag, needsToken } = route;
  const parameters = renderParameters(components, route);
  const requestBody = renderRequestBody(components, route);
  return {
    tags: [tag],
    operationId: schema.operationId,
    summary: schema.summary,
    ...(schema.description !== undefined && { description: schema.description }),
    ...(!needsToken && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody !== undefined && { requestBody }),
    responses: { ...renderAnswers(components, route), ...renderProblems(components, route) },
  };
}

function renderParameters(components: Components, { schema }: DocumentedRoute): object[] {
  return Object.entries(PLACES).flatMap(([part, place]) => {
    const { properties = {}, required = [] } = (schema[part as keyof typeof PLACES] ?? {}) as ObjectSchema;
    return Object.entries(properties).map(([name, { description, ...rest }]) => ({
      name: place === 'header' ? headerName(name) : name,
      in: place,
      ...(description !== undefined && { description }),
      required: place === 'path' || required.includes(name),
      schema: components.refer(rest),
    }));
  });
}

function renderRequestBody(components: Components, { schema, method }: DocumentedRoute): object | undefined {
  const { body, consumes = {} } = schema;
  if (body === undefined && schema.consumes === undefined) return undefined;
  const { required = [] } = (body ?? {}) as ObjectSchema;
  const json = body === undefined ? {} : { 'application/json': { schema: components.refer(body) } };
  const others = Object.entries(consumes).map(([type, one]) => [type, { schema: components.refer(one) }]);
  return {
    // A body that needs no member may be left out, unless it is what is to be put there.
    required: body === undefined || required.length > 0 || method === 'PUT',
    content: { ...json, ...Object.fromEntries(others) },
  };
}

function renderAnswers(components: Components, { schema }: DocumentedRoute): Record<string, object> {
  const answers = (schema.response ?? {}) as Readonly<Record<string, Answer>>;
  return Object.fromEntries(
    Object.entries(answers).map(([status, { description, headers = [], content }]) => [
      status,
      {
        description,
        headers: renderHeaders(headers),
        ...(content !== undefined && { content: renderContent(components, content) }),
      },
    ]),
  );
}

function renderContent(components: Components, content: NonNullable<Answer['content']>): object {
  return Object.fromEntries(
    Object.entries(content).map(([type, { schema }]) => [type, { schema: components.refer(schema) }]),
  );
}
