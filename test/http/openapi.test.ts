/** The document that the API serves about itself. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { DEFAULT_KEEP_SECONDS, DEFAULT_SECRET_DAYS } from '../../src/actions/clients/clients.ts';
import { DEFAULT_KEY_DAYS } from '../../src/actions/keys/keys.ts';
import { DEFAULT_LOCK_TIMEOUT_MS } from '../../src/core/import-options.ts';
import { HTTP_LIMITS } from '../../src/http/limits.ts';
import { GIVE_UP_AFTER_MS } from '../../src/worker/delivery/deliver-result.ts';
import { EFFECTS_BELOW } from '../../src/worker/import/run-import.ts';
import { count, size, undeclaredNumbers } from '../docs/limits.ts';
import { startApi, type TestApi } from './support/api.ts';

type Schema = Record<string, unknown>;

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags: readonly string[];
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly name: string; readonly description?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, object>>;
}

interface Document {
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

let api: TestApi;
let document: Document;
let operations: { readonly where: string; readonly operation: Operation }[];
before(async () => {
  api = await startApi();
  document = (await api.call('GET', '/openapi.json', { headers: { authorization: '' } })).json<Document>();
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ where: `${method} ${path}`, operation })),
  );
});
after(() => api.close());

test('it is valid OpenAPI 3.1, says a validator of other people', async () => {
  const result = await new Validator().validate({ ...structuredClone(document) });
  assert.deepEqual(result, { valid: true });
});

test('every operation has a name of its own, a summary and a group', () => {
  const groups = document.tags.map(({ name }) => name);
  const nameless = operations.filter(
    ({ operation: { operationId, summary, tags } }) =>
      operationId === undefined || summary === undefined || !tags.every((tag) => groups.includes(tag)),
  );
  assert.deepEqual(
    nameless.map(({ where }) => where),
    [],
    'give the route an operationId and a summary in its schema',
  );
  const names = operations.map(({ operation }) => operation.operationId);
  assert.equal(new Set(names).size, names.length, `a name occurs twice in ${names.join(', ')}`);
});

test('every operation says how it answers when it does what was asked', () => {
  const silent = operations.filter(
    ({ operation }) => !Object.keys(operation.responses).some((status) => Number(status) < 300),
  );
  assert.deepEqual(
    silent.map(({ where }) => where),
    [],
  );
});

test('only what needs no secret is open', () => {
  const open = operations
    .filter(({ operation }) => operation.security?.length === 0)
    .map(({ where }) => where);
  assert.deepEqual(open.toSorted(), [
    'get /.well-known/oauth-authorization-server',
    'get /.well-known/openid-configuration',
    'get /docs',
    'get /healthz',
    'get /oauth/jwks',
    'get /openapi.json',
    'get /protocols',
    'get /readyz',
    'post /oauth/token',
  ]);
});

test('every parameter and every member of a request says what it is for', () => {
  const silent = operations.flatMap(({ where, operation: { parameters = [], requestBody } }) => [
    ...parameters.filter((one) => !one.description).map((one) => `${where}: ${one.name}`),
    ...Object.values(requestBody?.content ?? {}).flatMap(({ schema }) =>
      silentMembers(schema).map((name) => `${where}: ${name}`),
    ),
  ]);
  assert.deepEqual([...new Set(silent)], []);
});

function silentMembers(schema: Schema): string[] {
  const name = String(schema['$ref']).split('/').at(-1) ?? '';
  const { properties = {} } = (document.components.schemas[name] ?? schema) as {
    properties?: Record<string, Schema>;
  };
  return Object.entries(properties)
    .filter(([, member]) => member['description'] === undefined && member['$ref'] === undefined)
    .map(([member]) => member);
}

test('every object says whether it may have further members', () => {
  const silent = [...schemasIn(document, '')].filter(
    ({ schema }) => schema['type'] === 'object' && schema['additionalProperties'] === undefined,
  );
  assert.deepEqual(
    silent.map(({ where }) => where),
    [],
  );
});

/** Numbers that the descriptions tell; every other one is a mistake, or is to be declared here with the constant that it comes from. */
const LIMITS = [
  `${count(HTTP_LIMITS.urlCharacters.value)} characters`,
  `${HTTP_LIMITS.headers.value} headers`,
  size(HTTP_LIMITS.headerBytes.value),
  `Default ${count(DEFAULT_LOCK_TIMEOUT_MS)}`,
  `Default: below ${count(EFFECTS_BELOW)} records`,
  `Default: ${GIVE_UP_AFTER_MS / 3_600_000} hours`,
  `after ${DEFAULT_KEY_DAYS} days`,
  `after ${DEFAULT_SECRET_DAYS} days`,
  `Default: ${DEFAULT_KEEP_SECONDS}`,
];
/** Pauses that double from one second. */
const OTHERS = ['1 s, 2 s, 4 s'];

test('the limits that descriptions tell are those of the code', () => {
  const texts: string[] = [];
  JSON.stringify(document, (name, value: unknown) => {
    if (name === 'description' && typeof value === 'string') texts.push(value);
    return value;
  });
  assert.deepEqual(undeclaredNumbers([...new Set(texts)].join('\n'), { limits: LIMITS, others: OTHERS }), []);
});

test('every example is what its schema says', () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, 'document');
  const wrong = [...schemasIn(document, '')].flatMap(({ schema, where }) => {
    const examples = (schema['examples'] ?? []) as unknown[];
    const validate = ajv.compile({ $ref: `document#${where}` });
    return examples
      .filter((example) => !validate(example))
      .map(() => `${where}: ${ajv.errorsText(validate.errors)}`);
  });
  assert.deepEqual(wrong, []);
});

/** Every schema of the document with its JSON pointer. */
function* schemasIn(value: unknown, where: string): Generator<{ schema: Schema; where: string }> {
  if (typeof value !== 'object' || value === null) return;
  if (isSchema(value)) yield { schema: value, where };
  for (const [name, member] of Object.entries(value)) {
    if (name === 'examples') continue;
    yield* schemasIn(
      member,
      `${where}/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`,
    );
  }
}

function isSchema(value: object): value is Schema {
  return typeof (value as Schema)['type'] === 'string' && !('in' in value) && !('scheme' in value);
}
