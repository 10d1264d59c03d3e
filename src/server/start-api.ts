import type { FastifyInstance } from 'fastify';
import { createJobStatus } from '../actions/status/job-status.ts';
import { omitUndefined } from '../core/omit-undefined.ts';
import { buildApp, buildProtocolApp } from '../http/build-app.ts';
import type { HttpDependencies } from '../http/dependencies.ts';
import { NATIVE_RENDERER } from '../http/render-job.ts';
import { createPool } from '../store/connect.ts';
import { createCarrier } from '../transfer/carrier.ts';
import type { Assembly, SharedParts } from './assembly.ts';
import { configuredLimits, decompressionLimits, readLimits } from './configured-limits.ts';
import { listen } from './listen.ts';
import { checkBindings } from './open-protocols.ts';
import { createTargetCatalog } from './target-catalog.ts';
import { readVersion } from './version.ts';

/** A database that does not answer a status for so long is given another connection. */
const STATUS_TIMEOUT_MS = 2_000;

/** The native API, and the protocols beside it or on ports of their own; it listens when this resolves. */
export async function startApi(
  { config, log, closers }: Assembly,
  parts: SharedParts & {
    readonly databaseUrl: string;
    readonly token: string;
    readonly readiness: { readonly isReady: boolean };
    readonly prepare: (deps: HttpDependencies) => Promise<HttpDependencies>;
  },
): Promise<{ app: FastifyInstance; url: string }> {
  // A connection of its own: whatever the others do, statuses are told.
  const statusPool = createPool(parts.databaseUrl, {
    applicationName: 'waybill/status',
    max: 1,
    answerTimeoutMs: STATUS_TIMEOUT_MS,
    onIdleError: (error) => log.error(error),
  });
  closers.push(() => statusPool.end());
  // The embedded database serves one server only, which its folder's lock guarantees.
  const status = createJobStatus({
    db: statusPool,
    isShared: config.databaseUrl !== undefined,
    renderer: NATIVE_RENDERER,
  });
  closers.push(async () => status.close());
  const { protocols } = parts;
  const deps = await parts.prepare({
    pool: parts.pool,
    protocols,
    status,
    queue: parts.queue,
    files: parts.files,
    secrets: parts.secrets,
    token: parts.token,
    targets: createTargetCatalog(parts.targets),
    outgoing: parts.guard,
    locations: createCarrier(config.locations),
    settings: {
      uploadBytes: config.limits.uploadBytes,
      inlineRecords: config.limits.inlineRecords,
      uploadsKeepMs: config.retention.uploads,
      readLimits: readLimits(config),
      decompression: decompressionLimits(config),
      ...omitUndefined({ publicUrl: config.publicUrl }),
    },
    configuredLimits: configuredLimits(config),
    version: readVersion(),
    connectionLimits: {
      minBytesPerSecond: config.limits.minBytesPerSecond,
      connections: config.limits.connections,
    },
    logRequest: ({ level, ...line }) => log[level]('request', line),
    isLogged: (level) => log.takes(level),
    logFailure: ({ error, ...request }) => log.error(error, request),
    isReady: () => parts.readiness.isReady,
  });
  await checkBindings(parts.pool, protocols);
  const app = await buildApp(deps);
  closers.push(() => app.close());
  for (const mounted of protocols) {
    if (mounted.mount.port === undefined) continue;
    const own = await buildProtocolApp(deps, mounted);
    closers.push(() => own.close());
    const { port } = await listen(own, {
      host: config.host,
      port: mounted.mount.port,
      portOption: `the setting protocols.${mounted.protocol.name}.mount.port`,
    });
    log.info(`${mounted.protocol.title} at port ${port}`);
  }
  const address = await listen(app, {
    host: config.host,
    port: config.port,
    portOption: '--port (setting port, WAYBILL_PORT)',
  });
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { app, url: `http://${host}:${address.port}` };
}
