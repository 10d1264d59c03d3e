/** Protocols over the engine in one process: requests without a port, jobs run when the test says so. */
import assert from 'node:assert/strict';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { createJobStatus } from '../../../src/actions/status/job-status.ts';
import type { Job } from '../../../src/core/job.ts';
import { buildApp } from '../../../src/http/build-app.ts';
import type { HttpDependencies } from '../../../src/http/dependencies.ts';
import type { MountedProtocol } from '../../../src/http/mount/mounted-protocol.ts';
import { renderProtocolDocument } from '../../../src/http/mount/protocol-document.ts';
import { NATIVE_RENDERER } from '../../../src/http/render-job.ts';
import type { Protocol } from '../../../src/protocols/protocol.ts';
import {
  bindProtocols,
  type ConfiguredProtocols,
  checkBindings,
} from '../../../src/server/open-protocols.ts';
import { listJobs } from '../../../src/store/jobs/list-jobs.ts';
import { createEngine, type Definition, type Engine } from '../../engine/harness.ts';
import { httpOf, TOKEN } from '../../engine/http-of-engine.ts';
import { createWireCheck, type OpenApiDocument } from '../../support/wire/check-exchange.ts';
import { isJson } from '../../support/wire/exchange.ts';

export { TOKEN };

export interface CallOptions {
  readonly json?: unknown;
  readonly body?: string | Buffer;
  /** A header that is empty is left out. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ProtocolTestServer {
  readonly engine: Engine;
  readonly app: FastifyInstance;
  /** Sends a request with the server's token; the answer is held against the protocol's document. */
  call(
    method: NonNullable<InjectOptions['method']>,
    url: string,
    options?: CallOptions,
  ): Promise<LightMyRequestResponse>;
  /** Runs the newest job that waits. */
  runNext(): Promise<Job>;
  close(): Promise<void>;
}

export async function startProtocols(options: {
  readonly protocols: ConfiguredProtocols;
  readonly collections: readonly Definition[];
  /** Default: those that come with Waybill. */
  readonly known?: readonly Protocol[];
  /** Folders by the prefix that they stand for. */
  readonly locations?: Readonly<Record<string, string>>;
  readonly change?: (deps: HttpDependencies) => HttpDependencies;
}): Promise<ProtocolTestServer> {
  const engine = await createEngine({ locations: options.locations ?? {} });
  for (const definition of options.collections) await engine.apply(definition);
  const protocols = bindProtocols(options.protocols, options.known);
  await checkBindings(engine.database.pool, protocols);
  const deps: HttpDependencies = {
    ...httpOf(engine),
    protocols,
    status: createJobStatus({
      db: engine.database.pool,
      isShared: false,
      maxAgeMs: 0,
      renderer: NATIVE_RENDERER,
    }),
  };
  const app = await buildApp(options.change?.(deps) ?? deps);
  const check = checkOf(protocols);
  return {
    engine,
    app,
    async call(method, url, { json, body, headers = {} } = {}) {
      const type = json === undefined ? {} : { 'content-type': 'application/json' };
      const payload = json === undefined ? body : JSON.stringify(json);
      const sent = Object.entries({ authorization: `Bearer ${TOKEN}`, ...type, ...headers });
      const answer = await app.inject({
        method,
        url,
        headers: Object.fromEntries(sent.filter(([, value]) => value !== '')),
        ...(payload !== undefined && { payload }),
      });
      assert.deepEqual(check(method, url, answer), [], 'differs from the document of the protocol');
      return answer;
    },
    async runNext() {
      const [next] = await listJobs(engine.database.pool, { state: ['queued'], limit: 1 });
      assert.ok(next, 'no job waits');
      return engine.attempt(next);
    },
    async close() {
      await app.close();
      assert.deepEqual(engine.bugs, [], 'bugs came up');
      await engine.close();
    },
  };
}

type Check = (method: string, url: string, answer: LightMyRequestResponse) => string[];

/** Holds answers against the document of the protocol whose base path the request has. */
function checkOf(mounted: readonly MountedProtocol[]): Check {
  const bases = mounted
    .flatMap((one) => {
      const document = renderProtocolDocument(one) as unknown as OpenApiDocument;
      const check = createWireCheck(document, { whereNothingIs: 'anything' });
      const roots = (one.bound.rootRoutes ?? []).map(({ path }) => ({ path, base: '' }));
      return [...one.protocol.basePaths.map((path) => ({ path, base: path })), ...roots].map(
        ({ path, base }) => ({
          covers: `${one.mount.prefix ?? ''}${path}`,
          base: `${one.mount.prefix ?? ''}${base}`,
          check,
        }),
      );
    })
    .toSorted((a, b) => b.covers.length - a.covers.length);
  return (method, url, answer) => {
    const path = url.replaceAll(/\/{2,}/g, '/');
    const found = bases.find(({ covers }) => path === covers || path.startsWith(`${covers}/`));
    if (found === undefined || /^\/(v1|protocols)\b/.test(path)) return [];
    const headers = Object.fromEntries(
      Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
    );
    const json = isJson(headers['content-type']) ? { json: answer.body } : {};
    const sizeBytes = answer.rawPayload.byteLength;
    const own = path.slice(found.base.length) || '/';
    return found.check({ method, url: own, status: answer.statusCode, headers, sizeBytes, ...json });
  };
}
