/**
 * The whole server in one place: database, queue, API, sweeper, janitor and supervised workers, by role. Started with the folder's
 * lock (the embedded database) or beside others (an external database); nothing in memory is needed for correctness.
 */
import { hostname } from 'node:os';
import type { Collection } from '../collections/collection.ts';
import type { Config } from '../config.ts';
import { AppError, isAppError } from '../core/errors.ts';
import { isTransient } from '../core/sqlstate.ts';
import type { HttpDependencies } from '../http/dependencies.ts';
import { createPool } from '../store/connect.ts';
import { createFileStore } from '../store/files.ts';
import { createQueue } from '../store/queue.ts';
import { declareDead } from '../store/workers.ts';
import { createAddressGuard } from '../transfer/http/guard-address.ts';
import type { Service } from '../worker/service.ts';
import { createSweeper } from '../worker/sweeper.ts';
import type { Assembly, SharedParts } from './assembly.ts';
import { awaitConnections } from './await-connections.ts';
import { checkLocations } from './check-locations.ts';
import { closeAll } from './close-all.ts';
import { laneOption } from './configured-limits.ts';
import { provideToken, removeServerFile, writeServerFile } from './data-folder.ts';
import { createHungWorkerWatch } from './hung-workers.ts';
import { createLog, type Log } from './log.ts';
import { openDatabase } from './open-database.ts';
import { bindProtocols, checkRetention } from './open-protocols.ts';
import { openSecrets } from './open-secrets.ts';
import { openTargets } from './open-targets.ts';
import { startApi } from './start-api.ts';
import { startServices } from './start-services.ts';
import { superviseWorkers, type WorkerSupervisor } from './supervise-workers.ts';

export interface ServerOptions {
  readonly config: Config;
  readonly role: 'all' | 'api' | 'worker';
  /** Worker processes; none for the role `api`. */
  readonly workers: number;
  /** Started by one command for its own duration: it runs no job but the one given to `runOnly`, and tells nobody where it is. */
  readonly ephemeral?: boolean;
  /** Default: JSON lines on standard error. */
  readonly log?: Log;
  /** Called before the protocols are checked against the collections: may make what they need, and change what the API is built with. */
  readonly prepare?: (deps: HttpDependencies) => Promise<HttpDependencies>;
}

export interface RunningServer {
  /** Of the API; empty for the role `worker`. */
  readonly url: string;
  readonly token: string;
  /** Process ids of the workers that run now. */
  workerPids(): readonly number[];
  /** Runs this one job in a worker of its own; resolves when it needs no worker any more. */
  runOnly(jobId: string): Promise<void>;
  /** Does now what the services would do at their next round: wakes what is due, tells others, removes what has expired. */
  runServices(): Promise<void>;
  /** Not ready at once, no new claims, jobs back into the queue at their next chunk boundary. */
  stop(): Promise<void>;
  readonly whenStopped: Promise<void>;
}

/** JSON lines on standard error. */
export function createServerLog({ logLevel }: Config): Log {
  return createLog(logLevel, { role: 'server', pid: process.pid });
}

export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, role } = options;
  const log = options.log ?? createServerLog(config);
  const closers: (() => Promise<void>)[] = [];
  try {
    return await assemble(options, { config, role, log, closers });
  } catch (error) {
    await closeAll(closers, log);
    throw brokenWhileStarting(error);
  }
}

/** A database that went away between two statements is nobody's mistake here, and the next start finds it again. */
function brokenWhileStarting(error: unknown): unknown {
  if (isAppError(error) || !isTransient(error)) return error;
  const { message, syscall = 'connect' } = error as NodeJS.ErrnoException;
  // A file that is missing is another matter.
  if (!['connect', 'read', 'write'].includes(syscall)) return error;
  return new AppError(
    'database.unavailable',
    `The connection to the database broke while the server started (${message}). Start it again.`,
    { cause: error, isRetryable: true },
  );
}

async function assemble(options: ServerOptions, assembly: Assembly): Promise<RunningServer> {
  const { config, role, log, closers } = assembly;
  const report = (error: unknown) => log.error(error);
  await checkLocations(config.locations);
  const workers = countWorkers(options);
  if (config.databaseUrl !== undefined) {
    await awaitConnections({
      url: config.databaseUrl,
      // The one worker of a command that is a server for itself.
      workers: options.ephemeral === true ? 1 : workers.count + workers.laneCount,
      log: (line) => log.warn(line),
    });
  }
  const database = await openDatabase({
    databaseUrl: config.databaseUrl,
    dataDir: config.dataDir,
    minFreeBytes: config.storage.minFreeBytes,
    log: (line) => log.info(line),
  });
  closers.push(() => database.stop());
  const pool = createPool(database.url, { applicationName: `waybill/${role}`, max: 8, onIdleError: report });
  closers.push(() => pool.end());
  const files = createFileStore(config.dataDir, config.storage.minFreeBytes);
  const secrets = openSecrets(config, pool);
  await secrets.check();
  const targets = openTargets(config, database.url, pool);
  const guard = createAddressGuard({ allow: config.outgoing.allow });
  // A command's own server is not for clients, and is how a collection comes to be that a binding names.
  const isForClients = role !== 'worker' && options.ephemeral !== true;
  const protocols = isForClients ? bindProtocols(config.protocols) : [];
  checkRetention(config.retention, protocols);
  closers.push(() => targets.close());
  const queue = createQueue({
    pool,
    ...laneOption(config),
    onError: (error) => log.error(error, { from: 'queue' }),
  });
  closers.push(() => queue.stop(1000));

  const shared: SharedParts = { pool, queue, files, secrets, targets, guard, protocols };
  const { token, tokenPath } = await provideToken(config.dataDir);
  const readiness = { isReady: true };
  const api =
    role === 'worker'
      ? undefined
      : await startApi(assembly, {
          ...shared,
          databaseUrl: database.url,
          token,
          readiness,
          prepare: options.prepare ?? (async (deps) => deps),
        });
  const services = startServices(assembly, {
    ...shared,
    isEphemeral: options.ephemeral === true,
  });
  const targetOf = (collection: Collection) => targets.targetOf(collection);
  const takeOver = async (pid: number) => {
    await declareDead(pool, { host: hostname(), pid });
    await createSweeper({ pool, queue, targetOf, onError: report }).runOnce();
  };
  const supervisor = superviseWorkers({
    ...workers,
    init: { databaseUrl: database.url, config },
    log: (line) => log.warn(line),
    onDeath: (pid) => takeOver(pid).catch(report),
  });
  closers.push(() => supervisor.stop());
  const watch = createHungWorkerWatch({ pool, supervisor, log: (line) => log.warn(line), onError: report });
  watch.start();
  closers.push(() => watch.stop());
  if (api !== undefined && options.ephemeral !== true) {
    await writeServerFile(config.dataDir, { url: api.url, tokenPath, pid: process.pid });
    closers.push(() => removeServerFile(config.dataDir));
  }
  return running({ api, token, supervisor, services, readiness, assembly });
}

function countWorkers({ role, ephemeral, workers, config }: ServerOptions) {
  const hasNone = role === 'api' || ephemeral === true;
  return { count: hasNone ? 0 : workers, laneCount: hasNone ? 0 : config.lane.workers };
}

function running(parts: {
  api: { url: string } | undefined;
  token: string;
  supervisor: WorkerSupervisor;
  services: readonly Service[];
  readiness: { isReady: boolean };
  assembly: Assembly;
}): RunningServer {
  const stopped = Promise.withResolvers<void>();
  let stopping: Promise<void> | undefined;
  return {
    url: parts.api?.url ?? '',
    token: parts.token,
    workerPids: () => parts.supervisor.pids(),
    runOnly: (jobId) => parts.supervisor.runOnly(jobId),
    async runServices() {
      for (const service of parts.services) await service.runOnce();
    },
    stop() {
      parts.readiness.isReady = false;
      stopping ??= closeAll(parts.assembly.closers, parts.assembly.log).then(stopped.resolve);
      return stopping;
    },
    whenStopped: stopped.promise,
  };
}
