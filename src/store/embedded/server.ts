/**
 * The embedded PostgreSQL: the real server as a child process, for trials and single machines. It is reached through a
 * Unix socket only, ends with this process whatever ends it, and is started again when it exits by itself.
 */
import { mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Binaries, copyBinaries, findBinaries, linkLibraries } from './binaries.ts';
import { type Credentials, DATABASE_NAME, prepareCluster } from './cluster.ts';
import { stopLeftovers } from './leftovers.ts';
import { type FolderLock, lockFolder } from './lock.ts';
import { makeRunFolder, type Placement, placeCluster, SHARED_FOLDER } from './placement.ts';
import { type Postmaster, type PostmasterExit, startPostmaster } from './postmaster.ts';
import { canReach } from './run-as.ts';

export interface EmbeddedOptions {
  /** Waybill's data folder; the server's lies in `pg<major>/` below it. Made if missing. */
  readonly dataDir: string;
  /** One line for a person about something out of the ordinary; no records, no secrets. */
  readonly log: (line: string) => void;
  /** Called whenever the server has exited by itself, and whenever it accepts connections again. */
  readonly onEvent?: (event: EmbeddedEvent) => void;
  /** False leaves out fsync: faster, and the data may be lost with the machine. Only for tests. Default true. */
  readonly isDurable?: boolean;
  /** Where root puts what the server's user cannot reach otherwise. Default `/var/lib/waybill`. */
  readonly sharedFolder?: string;
}

export type EmbeddedEvent =
  | {
      readonly kind: 'exited';
      readonly code: number | undefined;
      /** The log says "No space left on device": it will stay down until there is space. */
      readonly isDiskFull: boolean;
      readonly restartInMs: number;
    }
  | { readonly kind: 'ready'; readonly pid: number };

export interface EmbeddedPostgres {
  /** For the role `waybill`, owner of the database `waybill` and no superuser. Stays the same across restarts. */
  readonly url: string;
  /** For the superuser, database `postgres`: backups, upgrades and tests. */
  readonly adminUrl: string;
  readonly major: number;
  /** The folder that holds the server's data, log and passwords, resolved. */
  readonly folder: string;
  /** Process id of the running server; undefined between an exit and the restart. */
  pid(): number | undefined;
  /** Ends the server and frees the folder. Idempotent. */
  stop(): Promise<void>;
  /** Resolves when the server has ended for good, which only `stop` brings about. */
  readonly whenExited: Promise<void>;
  /** Lets this process end although the server runs; the server then ends too. */
  unref(): void;
}

/** Only the socket's name depends on it. */
const PORT = 5432;
const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 10_000;
/** A server that has run for so long is not in a loop of crashes. */
const STABLE_AFTER_MS = 60_000;

/**
 * Starts the server, after making its data folder if there is none: about 1 s the first time, 0.1 s afterwards.
 * @throws AppError `embedded.unavailable`, `embedded.locked`, `embedded.foreign_version`, `embedded.failed`
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const sharedFolder = options.sharedFolder ?? SHARED_FOLDER;
  const found = await findBinaries();
  const dataDir = await resolveFolder(options.dataDir);
  const placement = await placeCluster({ dataDir, major: found.major, sharedFolder, log: options.log });
  const lock = lockFolder(placement.home);
  try {
    const binaries = await reachableBinaries(found, placement, sharedFolder, options.log);
    await stopLeftovers(placement.data);
    const runFolder = await makeRunFolder(placement);
    await linkLibraries(binaries, join(runFolder, 'lib'));
    const environment = serverEnvironment(runFolder);
    const isDurable = options.isDurable ?? true;
    const credentials = await prepareCluster(placement, binaries, { environment, isDurable });
    const start = () => startPostmaster({ placement, binaries, runFolder, port: PORT, environment });
    return supervise(await start(), { start, placement, runFolder, credentials, binaries, lock, ...options });
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function resolveFolder(path: string): Promise<string> {
  const folder = resolve(path);
  await mkdir(folder, { recursive: true, mode: 0o711 });
  return realpath(folder);
}

async function reachableBinaries(
  binaries: Binaries,
  { user }: Placement,
  sharedFolder: string,
  log: (line: string) => void,
): Promise<Binaries> {
  if (await canReach(user, binaries.postgres)) return binaries;
  const copy = await copyBinaries(binaries, sharedFolder);
  log(
    `PostgreSQL runs as ${user.name}, who cannot reach ${binaries.packageFolder}: using the copy in ${copy.packageFolder}`,
  );
  return copy;
}

/** Nothing is inherited: LANG, PGDATA or PGOPTIONS of the caller must not change what the server does. */
function serverEnvironment(runFolder: string): NodeJS.ProcessEnv {
  const libraries = process.platform === 'linux' ? { LD_LIBRARY_PATH: join(runFolder, 'lib') } : {};
  return { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC', ...libraries };
}

interface Supervised extends EmbeddedOptions {
  readonly start: () => Promise<Postmaster>;
  readonly placement: Placement;
  readonly runFolder: string;
  readonly credentials: Credentials;
  readonly binaries: Binaries;
  readonly lock: FolderLock;
}

function supervise(first: Postmaster, options: Supervised): EmbeddedPostgres {
  const { runFolder, credentials, placement, binaries, lock } = options;
  const stopping = new AbortController();
  const state = { current: first as Postmaster | undefined, isUnref: false };
  const whenExited = keepRunning(first, { ...options, stopping: stopping.signal, state }).finally(() =>
    lock.release(),
  );
  return {
    url: renderUrl(runFolder, credentials.waybill, DATABASE_NAME),
    adminUrl: renderUrl(runFolder, credentials.superuser, 'postgres'),
    major: binaries.major,
    folder: placement.home,
    pid: () => state.current?.pid,
    stop: () => {
      stopping.abort();
      return whenExited;
    },
    whenExited,
    unref: () => {
      state.isUnref = true;
      state.current?.unref();
    },
  };
}

interface Running extends Supervised {
  readonly stopping: AbortSignal;
  readonly state: { current: Postmaster | undefined; isUnref: boolean };
}

/** Runs until asked to stop: wait for the exit, report it, wait a little, start again. */
async function keepRunning(first: Postmaster, running: Running): Promise<void> {
  const { stopping, state } = running;
  let backoffMs = FIRST_BACKOFF_MS;
  let startedAt = performance.now();
  state.current = first;
  for (;;) {
    const exit = await exitOrStop(state.current, stopping);
    state.current = undefined;
    if (exit === undefined) return;
    if (performance.now() - startedAt > STABLE_AFTER_MS) backoffMs = FIRST_BACKOFF_MS;
    reportExit(exit, backoffMs, running);
    const next = await startAgain(backoffMs, running);
    if (next === undefined) return;
    startedAt = performance.now();
    state.current = next.postmaster;
    backoffMs = Math.min(next.backoffMs * 2, MAX_BACKOFF_MS);
    if (state.isUnref) next.postmaster.unref();
    running.log('PostgreSQL accepts connections again');
    running.onEvent?.({ kind: 'ready', pid: next.postmaster.pid });
  }
}

/** The exit of a server that nobody asked to stop, or undefined once it was stopped. */
async function exitOrStop(current: Postmaster, stopping: AbortSignal): Promise<PostmasterExit | undefined> {
  const asked = abortOf(stopping);
  const exit = await Promise.race([current.exited, asked.promise]);
  asked.forget();
  if (!stopping.aborted) return exit;
  await current.stop();
  return undefined;
}

/** Tries until a start succeeds, waiting longer each time; undefined when asked to stop. */
async function startAgain(
  backoffMs: number,
  running: Running,
): Promise<{ postmaster: Postmaster; backoffMs: number } | undefined> {
  for (let waitMs = backoffMs; ; waitMs = Math.min(waitMs * 2, MAX_BACKOFF_MS)) {
    const options = { signal: running.stopping, ref: !running.state.isUnref };
    await delay(waitMs, undefined, options).catch(() => undefined);
    if (running.stopping.aborted) return undefined;
    try {
      await stopLeftovers(running.placement.data);
      return { postmaster: await running.start(), backoffMs: waitMs };
    } catch (error) {
      running.log(error instanceof Error ? error.message : String(error));
    }
  }
}

function reportExit(exit: PostmasterExit, restartInMs: number, { log, onEvent }: Running): void {
  const isDiskFull = exit.logTail.includes('No space left on device');
  const why = isDiskFull ? ': the disk is full' : '';
  log(`PostgreSQL has exited (code ${exit.code ?? 'unknown'})${why}; starting it again in ${restartInMs} ms`);
  onEvent?.({ kind: 'exited', code: exit.code, isDiskFull, restartInMs });
}

function abortOf(signal: AbortSignal): { promise: Promise<undefined>; forget: () => void } {
  let listener = () => {};
  const promise = new Promise<undefined>((resolve) => {
    listener = () => resolve(undefined);
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
  });
  return { promise, forget: () => signal.removeEventListener('abort', listener) };
}

/** libpq's `host` parameter carries the socket's folder; `localhost` only makes it a URL that every parser takes. */
function renderUrl(
  runFolder: string,
  { name, password }: { name: string; password: string },
  database: string,
): string {
  return `postgres://${name}:${password}@localhost:${PORT}/${database}?host=${encodeURIComponent(runFolder)}`;
}
