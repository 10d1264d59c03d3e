/**
 * The embedded PostgreSQL: the real server as a child process, for trials and single machines. It is reached through a
 * Unix socket only, ends with this process whatever ends it, and is started again when it exits by itself.
 */
import { join } from 'node:path';
import { type Binaries, copyBinaries, findBinaries, linkLibraries } from './binaries.ts';
import { DATABASE_NAME, prepareCluster } from './cluster.ts';
import { stopLeftovers } from './leftovers.ts';
import { lockFolder } from './lock.ts';
import { makeRunFolder, type Placement, placeCluster, removeRunFolder, SHARED_FOLDER } from './placement.ts';
import { startPostmaster } from './postmaster.ts';
import { canReach } from './run-as.ts';
import { type EmbeddedEvent, superviseServer } from './supervise.ts';

export type { EmbeddedEvent } from './supervise.ts';

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

/**
 * Starts the server, after making its data folder if there is none: about 1 s the first time, 0.1 s afterwards.
 * @throws AppError `embedded.unavailable`, `embedded.locked`, `embedded.foreign_version`, `embedded.failed`
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const sharedFolder = options.sharedFolder ?? SHARED_FOLDER;
  const found = await findBinaries();
  const { log } = options;
  const placement = await placeCluster({ dataDir: options.dataDir, major: found.major, sharedFolder, log });
  const lock = lockFolder(placement.home);
  try {
    const binaries = await reachableBinaries(found, placement, sharedFolder, log);
    await stopLeftovers(placement.data);
    const runFolder = await makeRunFolder(placement);
    await linkLibraries(binaries, join(runFolder, 'lib'));
    const environment = serverEnvironment(runFolder);
    const isDurable = options.isDurable ?? true;
    const credentials = await prepareCluster(placement, binaries, { environment, isDurable });
    const start = () => startPostmaster({ placement, binaries, runFolder, port: PORT, environment });
    const supervised = superviseServer(await start(), {
      start,
      data: placement.data,
      log,
      onEvent: options.onEvent ?? (() => {}),
      onEnd: async () => {
        await removeRunFolder(placement.home);
        lock.release();
      },
    });
    return {
      url: renderUrl(runFolder, credentials.waybill, DATABASE_NAME),
      adminUrl: renderUrl(runFolder, credentials.superuser, 'postgres'),
      major: binaries.major,
      folder: placement.home,
      ...supervised,
    };
  } catch (error) {
    lock.release();
    throw error;
  }
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

/** libpq's `host` parameter carries the socket's folder; `localhost` only makes it a URL that every parser takes. */
function renderUrl(
  runFolder: string,
  { name, password }: { name: string; password: string },
  database: string,
): string {
  return `postgres://${name}:${password}@localhost:${PORT}/${database}?host=${encodeURIComponent(runFolder)}`;
}
