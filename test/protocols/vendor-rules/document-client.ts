/**
 * A client that knows a protocol's OpenAPI document and nothing else: it finds operations by their name, puts parameters where the document
 * says, refuses to send what the document does not allow, and takes an answer only if it is documented.
 */
import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { LightMyRequestResponse } from 'fastify';

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: object;
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

export interface ProtocolDocument {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
}

/** Sends one request. */
export type Send = (
  method: 'GET' | 'POST',
  url: string,
  options: { headers: Record<string, string>; body?: string | Buffer },
) => Promise<LightMyRequestResponse>;

export interface CallArguments {
  /** By name, wherever the document puts them; a list is sent as a repeated key. */
  readonly parameters?: Readonly<Record<string, string | readonly string[]>>;
  readonly json?: unknown;
  readonly form?: { readonly body: string | Buffer; readonly mediaType: string };
}

export class DocumentClient {
  readonly #document: ProtocolDocument;
  readonly #send: Send;
  readonly #ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true, coerceTypes: false }));

  constructor(document: ProtocolDocument, send: Send) {
    this.#document = document;
    this.#send = send;
  }

  /** @param server position in the document's list of servers */
  async call(operationId: string, given: CallArguments = {}, server = 0): Promise<LightMyRequestResponse> {
    const { path, method, operation } = this.#find(operationId);
    const headers: Record<string, string> = {};
    const query = new URLSearchParams();
    let url = path;
    for (const parameter of operation.parameters ?? []) {
      const value = given.parameters?.[parameter.name];
      assert.ok(value !== undefined || !parameter.required, `${operationId} needs ${parameter.name}`);
      if (value === undefined) continue;
      this.#checkParameter(parameter, value);
      if (parameter.in === 'path')
        url = url.replace(`{${parameter.name}}`, encodeURIComponent(String(value)));
      else if (parameter.in === 'header') headers[parameter.name.toLowerCase()] = String(value);
      else for (const one of [value].flat()) query.append(parameter.name, one);
    }
    const search = query.size === 0 ? '' : `?${query.toString()}`;
    const base = this.#document.servers[server]?.url ?? '';
    const answer = await this.#send(method, `${base === '/' ? '' : base}${url}${search}`, {
      ...this.#body(operation, given, headers),
    });
    this.#checkAnswer(operation, answer);
    return answer;
  }

  #find(operationId: string): { path: string; method: 'GET' | 'POST'; operation: DocumentedOperation } {
    for (const [path, operations] of Object.entries(this.#document.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        if (operation.operationId === operationId)
          return { path, method: method.toUpperCase() as 'GET' | 'POST', operation };
      }
    }
    return assert.fail(`the document has no operation ${operationId}`);
  }

  #checkParameter({ name, schema }: Parameter, value: string | readonly string[]): void {
    const { type } = schema as { type?: string };
    const meant = type === 'integer' || type === 'number' ? Number(value) : value;
    const shown = type === 'boolean' ? value === 'true' : type === 'array' ? [value].flat() : meant;
    this.#validate(schema, shown, `parameter ${name}`);
  }

  #body(
    operation: DocumentedOperation,
    { json, form }: CallArguments,
    headers: Record<string, string>,
  ): { headers: Record<string, string>; body?: string | Buffer } {
    if (form !== undefined) {
      const documented = Object.keys(operation.requestBody?.content ?? {});
      assert.ok(documented.includes('multipart/form-data'), 'a form is not documented');
      return { headers: { ...headers, 'content-type': form.mediaType }, body: form.body };
    }
    if (json === undefined) return { headers };
    const schema = operation.requestBody?.content['application/json']?.schema;
    assert.ok(schema, 'a body of JSON is not documented');
    this.#validate(schema, json, 'body');
    return { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(json) };
  }

  #checkAnswer({ operationId, responses }: DocumentedOperation, answer: LightMyRequestResponse): void {
    const documented = responses[answer.statusCode];
    assert.ok(
      documented,
      `${operationId} answers ${answer.statusCode}, which is not documented: ${answer.body}`,
    );
    const schema = documented.content?.['application/json']?.schema;
    const isJson = (answer.headers['content-type'] ?? '').startsWith('application/json');
    if (schema !== undefined && isJson) this.#validate(schema, answer.json(), `answer of ${operationId}`);
    if (documented.content === undefined) assert.equal(answer.body, '');
  }

  #validate(schema: object, value: unknown, what: string): void {
    const check = this.#ajv.compile(schema);
    assert.ok(check(value), `${what}: ${this.#ajv.errorsText(check.errors)} in ${JSON.stringify(value)}`);
  }
}
