/**
 * Holds what was seen on the wire against the OpenAPI document that the server serves: path, method, status, headers, media type and
 * every member of the body. It knows the document alone, and nothing of the code that wrote it.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { type Exchange, isJson } from './exchange.ts';

interface HeaderObject {
  readonly required?: boolean;
  readonly schema: { readonly type?: string };
}

interface ResponseObject {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, HeaderObject>>;
  readonly content?: Readonly<Record<string, object>>;
}

interface Operation {
  readonly responses: Readonly<Record<string, ResponseObject>>;
}

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, ResponseObject>> };
}

/** Headers of the connection and of the message, which HTTP itself describes. */
const OF_HTTP = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

/** What differs between an exchange and the document; nothing: an empty list. */
export type WireCheck = (exchange: Exchange) => string[];

/** @param whereNothingIs how a path that the document has not is answered; default: with a problem */
export function createWireCheck(
  document: OpenApiDocument,
  { whereNothingIs = 'problem' }: { readonly whereNothingIs?: 'problem' | 'anything' } = {},
): WireCheck {
  const ajv = addFormatsTo(new Ajv2020({ strict: false, allErrors: true }));
  ajv.addSchema(document, 'document');
  const validators = new Map<string, ValidateFunction>();

  function validate(pointer: string, value: unknown): string[] {
    const known = validators.get(pointer) ?? ajv.compile({ $ref: `document#${pointer}` });
    validators.set(pointer, known);
    if (known(value)) return [];
    return (known.errors ?? []).map(({ instancePath, message, params }) =>
      `body${instancePath} ${message} ${JSON.stringify(params)}`.trim(),
    );
  }

  function checkBody(exchange: Exchange, response: ResponseObject, pointer: string): string[] {
    const { headers, sizeBytes, json, method } = exchange;
    const type = headers['content-type']?.split(';')[0]?.trim();
    if (response.content === undefined) {
      return sizeBytes > 0 || type !== undefined
        ? [`there should be no body, got ${sizeBytes} bytes of ${type}`]
        : [];
    }
    const types = Object.keys(response.content);
    if (type === undefined || !types.includes(type)) {
      return [`the media type is ${type}, documented: ${types.join(', ')}`];
    }
    if (method === 'HEAD') return sizeBytes > 0 ? ['HEAD has a body'] : [];
    const length = headers['content-length'];
    if (length !== undefined && Number(length) !== sizeBytes) {
      return [`content-length is ${length}, the body has ${sizeBytes}`];
    }
    return isJson(type) ? validateJson(json, `${pointer}/content/${escapePointer(type)}/schema`) : [];
  }

  function validateJson(json: string | undefined, pointer: string): string[] {
    try {
      return validate(pointer, JSON.parse(json ?? ''));
    } catch (error) {
      return [`the body is not JSON: ${(error as Error).message}`];
    }
  }

  return (exchange) => {
    const { method, url, status } = exchange;
    const path = findPath(document, url);
    const verb = (method === 'HEAD' ? 'get' : method).toLowerCase();
    const operation = path === undefined ? undefined : document.paths[path]?.[verb];
    if (path !== undefined && method === 'OPTIONS' && status === 204) {
      return named(exchange, checkAllow(exchange, Object.keys(document.paths[path] ?? {})));
    }
    if (path === undefined || operation === undefined) return checkNothingThere(exchange);
    const own = operation.responses[status];
    if (own === undefined) {
      const code = /"code":"([^"]+)"/.exec(exchange.json ?? '')?.[1];
      return named(exchange, [
        `status ${status}${code === undefined ? '' : ` (${code})`} is not documented; it has ${Object.keys(operation.responses).join(', ')}`,
      ]);
    }
    const shared = own.$ref?.split('/').at(-1) ?? '';
    const response = own.$ref === undefined ? own : (document.components.responses[shared] ?? own);
    const pointer = own.$ref?.slice(1) ?? `/paths/${escapePointer(path)}/${verb}/responses/${status}`;
    return named(exchange, [...checkHeaders(exchange, response), ...checkBody(exchange, response, pointer)]);
  };

  /** Where the document has nothing there is nothing: a problem says so. */
  function checkNothingThere(exchange: Exchange): string[] {
    const isRefused =
      whereNothingIs === 'anything' ? exchange.status >= 400 : [400, 404, 405].includes(exchange.status);
    if (!isRefused)
      return named(exchange, [`the document has no such operation, but it answers ${exchange.status}`]);
    if (exchange.method === 'HEAD' || whereNothingIs === 'anything') return [];
    return named(exchange, validateJson(exchange.json, '/components/schemas/Problem'));
  }
}

/** `OPTIONS` is no operation of the document: it names those that are. */
function checkAllow({ headers }: Exchange, members: readonly string[]): string[] {
  const allow = headers['allow']?.split(', ') ?? [];
  return members
    .map((member) => member.toUpperCase())
    .filter((method) => METHODS.includes(method) && !allow.includes(method))
    .map((method) => `allow does not name ${method}`);
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

function checkHeaders({ headers }: Exchange, response: ResponseObject): string[] {
  const documented = new Map(
    Object.entries(response.headers ?? {}).map(([name, header]) => [name.toLowerCase(), header] as const),
  );
  const unknown = Object.keys(headers).filter((name) => !OF_HTTP.has(name) && !documented.has(name));
  const missing = [...documented].filter(
    ([name, { required }]) => required === true && headers[name] === undefined,
  );
  const wrong = [...documented].filter(
    ([name, { schema }]) =>
      schema.type === 'integer' && headers[name] !== undefined && !/^\d+$/.test(headers[name]),
  );
  return [
    ...unknown.map((name) => `header ${name} is not documented`),
    ...missing.map(([name]) => `header ${name} is documented as always there, and is missing`),
    ...wrong.map(([name]) => `header ${name} is no integer: ${headers[name]}`),
  ];
}

/** The path whose template fits; one without parameters goes first. */
function findPath({ paths }: OpenApiDocument, url: string): string | undefined {
  const segments = (url.split('?')[0] ?? '').split('/');
  const fitting = Object.keys(paths).filter((path) => {
    const template = path.split('/');
    return (
      template.length === segments.length &&
      template.every((part, index) =>
        part.startsWith('{') ? segments[index] !== '' : part === segments[index],
      )
    );
  });
  return fitting.toSorted((a, b) => a.split('{').length - b.split('{').length)[0];
}

function named({ method, url, status }: Exchange, differences: readonly string[]): string[] {
  return differences.map((difference) => `${method} ${url} -> ${status}: ${difference}`);
}

function escapePointer(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function addFormatsTo(ajv: Ajv2020): Ajv2020 {
  addFormats.default(ajv);
  return ajv;
}
