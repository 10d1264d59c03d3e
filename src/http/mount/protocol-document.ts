/** A mounted protocol as an OpenAPI 3.1 document of its own, made from the operations of its routes. */
import type { Operation, OperationAnswer, Parameters, ProtocolRoute } from '../../protocols/protocol.ts';
import { headerName, renderHeaders } from '../openapi/headers.ts';
import type { HeaderUse } from '../schemas/answer-headers.ts';
import type { MountedProtocol } from './mounted-protocol.ts';

/** What `sendArtifact` says beside the bytes of a file; what is composed while it is sent says less. */
const FILE_HEADERS: readonly HeaderUse[] = [
  'etag?',
  'cache-control?',
  'accept-ranges?',
  'content-disposition?',
  'content-range?',
  'repr-digest?',
  'content-digest?',
  'x-content-type-options?',
];

export function renderProtocolDocument({
  protocol,
  bound,
  mount,
}: MountedProtocol): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of bound.routes) {
    const [first, ...aliases] = [route.path, ...(route.aliases ?? [])];
    (paths[templateOf(first)] ??= {})[route.method.toLowerCase()] = renderOperation(route, '', first);
    for (const [index, alias] of aliases.entries()) {
      (paths[templateOf(alias)] ??= {})[route.method.toLowerCase()] = renderOperation(
        route,
        `Alias${index + 1}`,
        alias,
      );
    }
  }
  for (const route of bound.rootRoutes ?? []) {
    const servers = [{ url: mount.prefix ?? '/' }];
    paths[templateOf(route.path)] = {
      servers,
      [route.method.toLowerCase()]: renderOperation(route, '', route.path),
    };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: `${protocol.title}, as Waybill speaks it`,
      version: '1.0',
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    servers: protocol.basePaths.map((basePath) => ({ url: `${mount.prefix ?? ''}${basePath}` || '/' })),
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: {},
      responses: {},
    },
  };
}

function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}') || '/';
}

function renderOperation({ operation, limits }: ProtocolRoute, suffix: string, path: string): object {
  const { operationId, summary, answers, body } = operation;
  const parameters = renderParameters(operation, path);
  return {
    operationId: `${operationId}${suffix}`,
    summary,
    ...(limits.permission === undefined ? { security: [] } : { 'x-permission': limits.permission }),
    ...(limits.rate !== undefined && { 'x-rate-limit': limits.rate }),
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: true, content: renderContent(body) } }),
    responses: Object.fromEntries(
      Object.entries(answers).map(([status, answer]) => [status, renderAnswer(status, answer)]),
    ),
  };
}

/** Another spelling of a path may go without a parameter. */
function renderParameters(operation: Operation, path: string): object[] {
  const { headers = {}, params = {}, query = {}, requiredHeaders = [], requiredQuery = [] } = operation;
  const inPath = Object.fromEntries(
    Object.entries(params).filter(([name]) => path.split('/').includes(`:${name}`)),
  );
  return [
    ...listParameters(inPath, 'path', Object.keys(inPath)),
    ...listParameters(query, 'query', requiredQuery),
    ...listParameters(headers, 'header', requiredHeaders),
  ];
}

function listParameters(
  parameters: Parameters,
  place: 'path' | 'query' | 'header',
  required: readonly string[],
): object[] {
  return Object.entries(parameters).map(([name, schema]) => ({
    name: place === 'header' ? headerName(name) : name,
    in: place,
    required: required.includes(name),
    schema,
  }));
}

function renderAnswer(status: string, { description, headers = {}, content }: OperationAnswer): object {
  const own = Object.entries(headers).map(([name, schema]) => [headerName(name), { required: true, schema }]);
  return {
    description,
    headers: { ...renderHeaders(headersOf(status, content)), ...Object.fromEntries(own) },
    ...(content !== undefined && { content: renderContent(content) }),
  };
}

/** Those that the mount gives. */
function headersOf(status: string, content: OperationAnswer['content']): readonly HeaderUse[] {
  if (status === '416') return ['content-range?'];
  if (status === '304') return ['etag', 'cache-control'];
  return Object.keys(content ?? {}).some((type) => type !== 'application/json') ? FILE_HEADERS : [];
}

function renderContent(content: Readonly<Record<string, object>>): object {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }]));
}
