/** The API on a database of its own, called without a port; every answer is held against the document that the API serves. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { createJobStatus } from '../../../src/actions/status/job-status.ts';
import { loadConfig } from '../../../src/config.ts';
import { DEFAULT_READ_LIMITS } from '../../../src/formats/format.ts';
import { DEFAULT_DECOMPRESSION_LIMITS } from '../../../src/formats/source/decompression-limits.ts';
import { buildApp } from '../../../src/http/build-app.ts';
import type { HttpDependencies } from '../../../src/http/dependencies.ts';
import { NATIVE_RENDERER } from '../../../src/http/render-job.ts';
import { type Client, createClient } from '../../../src/sdk/client.ts';
import { openTargets } from '../../../src/server/open-targets.ts';
import { createTargetCatalog } from '../../../src/server/target-catalog.ts';
import { createFileStore } from '../../../src/store/files.ts';
import { createQueue } from '../../../src/store/queue.ts';
import { createSecrets } from '../../../src/store/secrets/secrets.ts';
import { createCarrier } from '../../../src/transfer/carrier.ts';
import { createAddressGuard } from '../../../src/transfer/http/guard-address.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { createWireCheck, type OpenApiDocument } from '../../support/wire/check-exchange.ts';
import { type Exchange, isJson } from '../../support/wire/exchange.ts';
import { recordExchanges } from '../../support/wire/record-exchanges.ts';

export const TOKEN = 'a-token-of-the-test';

export interface TestApi {
  readonly database: TestDatabase;
  readonly deps: HttpDependencies;
  /** Sends a request with the token; `json` becomes the body. */
  call(
    method: NonNullable<InjectOptions['method']>,
    url: string,
    options?: { json?: unknown; body?: string | Buffer; headers?: Record<string, string> },
  ): Promise<LightMyRequestResponse>;
  /** The SDK's client, over a real port. */
  connect(): Promise<Client>;
  close(): Promise<void>;
}

/** Ids that `upload` and kick-offs give. */
export interface Named {
  readonly id: string;
  readonly number: number;
}

export async function startApi(
  change: (deps: HttpDependencies) => HttpDependencies = (deps) => deps,
): Promise<TestApi> {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'waybill-http-'));
  const fail = (error: unknown) => assert.fail(`unexpected: ${String(error)}`);
  const queue = createQueue({ pool: database.pool, onError: fail });
  const targets = openTargets(loadConfig({ cwd: folder, env: {} }).config, database.url, database.pool);
  const deps = change({
    pool: database.pool,
    queue,
    status: createJobStatus({ db: database.pool, isShared: false, maxAgeMs: 0, renderer: NATIVE_RENDERER }),
    files: createFileStore(folder, 0),
    secrets: createSecrets({ pool: database.pool, keyFile: join(folder, 'secrets.key') }),
    targets: createTargetCatalog(targets),
    outgoing: createAddressGuard({ allow: [] }),
    locations: createCarrier({ 's3://here/': folder }),
    settings: {
      uploadBytes: 1024 * 1024,
      inlineRecords: 3,
      uploadsKeepMs: 60_000,
      readLimits: DEFAULT_READ_LIMITS,
      decompression: DEFAULT_DECOMPRESSION_LIMITS,
    },
    configuredLimits: {},
    version: '0.0.0',
    token: TOKEN,
    logFailure: ({ error }) => process.stderr.write(`${(error as Error).stack}\n`),
    isReady: () => true,
  });
  const app = await buildApp(deps);
  const check = createWireCheck((await app.inject('/openapi.json')).json<OpenApiDocument>());
  const differences: string[] = [];
  const endRecording = recordExchanges((exchange, server) => {
    if (server === app.server) differences.push(...check(exchange));
  });
  return {
    database,
    deps,
    async call(method, url, { json, body, headers = {} } = {}) {
      const type = json === undefined ? {} : { 'content-type': 'application/json' };
      const payload = json === undefined ? body : JSON.stringify(json);
      const { answer, exchange } = await inject(app, {
        method,
        url,
        headers: { authorization: `Bearer ${TOKEN}`, ...type, ...headers },
        ...(payload !== undefined && { payload }),
      });
      assert.deepEqual(check(exchange), []);
      return answer;
    },
    async connect() {
      const url = await app.listen({ host: '127.0.0.1', port: 0 });
      return createClient({ url, token: TOKEN });
    },
    async close() {
      endRecording();
      await app.close();
      await queue.stop(1000);
      await targets.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
      assert.deepEqual(differences, [], 'answers over the port differ from the document');
    },
  };
}

/** Calls the app without a port. */
async function inject(
  app: FastifyInstance,
  { method, url, ...rest }: InjectOptions & { method: NonNullable<InjectOptions['method']>; url: string },
): Promise<{ answer: LightMyRequestResponse; exchange: Exchange }> {
  const answer = await app.inject({ method, url, ...rest });
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
  );
  const exchange = {
    method,
    url,
    status: answer.statusCode,
    headers,
    sizeBytes: answer.rawPayload.byteLength,
    ...(isJson(headers['content-type']) && { json: answer.body }),
  };
  return { answer, exchange };
}

/** A collection of people, with a key; its table is made. */
export const PEOPLE = {
  name: 'people',
  key: ['id'],
  schema: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      name: { type: 'string' },
      born: { type: 'string', format: 'date' },
    },
    required: ['id', 'name'],
  },
};

export async function createPeople(api: TestApi, more: object = {}): Promise<void> {
  const answer = await api.call('PUT', '/v1/collections/people', { json: { ...PEOPLE, ...more } });
  assert.equal(answer.statusCode, 200, answer.body);
}

export async function upload(api: TestApi, content: string | Buffer, name = 'people.csv'): Promise<string> {
  const answer = await api.call('POST', `/v1/uploads?name=${encodeURIComponent(name)}`, {
    body: content,
    headers: { 'content-type': 'application/octet-stream' },
  });
  assert.equal(answer.statusCode, 201, answer.body);
  return answer.json<Named>().id;
}
