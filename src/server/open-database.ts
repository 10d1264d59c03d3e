import { isAppError } from '../core/errors.ts';
import { connectClient, refusePooler } from '../store/connect.ts';
import { type EmbeddedEvent, startEmbeddedPostgres } from '../store/embedded/server.ts';
import { migrate, STORE_MIGRATIONS } from '../store/migrate.ts';
import { type Ballast, createBallast } from './ballast.ts';

/** Waybill's own database, migrated: the configured server, or the embedded one, which ends with us. */
export interface OpenDatabase {
  readonly url: string;
  /** The server is ours: on the disk of the data folder. */
  readonly isEmbedded: boolean;
  stop(): Promise<void>;
}

export interface OpenDatabaseOptions {
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  /** Free space that is always left on the disk of the data folder. */
  readonly minFreeBytes: number;
  readonly log: (line: string) => void;
}

export async function openDatabase(options: OpenDatabaseOptions): Promise<OpenDatabase> {
  const database =
    options.databaseUrl === undefined
      ? await startEmbedded(options)
      : { url: options.databaseUrl, isEmbedded: false, stop: async () => {} };
  try {
    if (!database.isEmbedded) await refusePooler(database.url, { applicationName: 'waybill/start' });
    const client = await connectClient(database.url, { applicationName: 'waybill/migrate' });
    try {
      await migrate(client, STORE_MIGRATIONS);
    } finally {
      await client.end();
    }
    return database;
  } catch (error) {
    await database.stop();
    throw error;
  }
}

const TAKE_BALLAST_EVERY_MS = 60_000;

async function startEmbedded(options: OpenDatabaseOptions): Promise<OpenDatabase> {
  const ballast = createBallast(options.dataDir, options.minFreeBytes);
  const start = () =>
    startEmbeddedPostgres({
      dataDir: options.dataDir,
      log: options.log,
      onEvent: (event) => void react(event, ballast, options.log),
    });
  const embedded = await start().catch(async (error: unknown) => {
    // Whatever says so: on a full disk neither the lock can be taken nor a log be written.
    if (isAppError(error) && error.code !== 'embedded.failed') throw error;
    if (!(await ballast.drop())) throw error;
    options.log(
      'PostgreSQL did not start; the ballast was dropped, in case that the disk is full, to try again',
    );
    return start();
  });
  const take = () => void ballast.take().catch((error: Error) => options.log(`no ballast: ${error.message}`));
  // Not at once: most trials are over before, and need no such thing.
  const timer = setInterval(take, TAKE_BALLAST_EVERY_MS);
  timer.unref();
  return {
    url: embedded.url,
    isEmbedded: true,
    async stop() {
      clearInterval(timer);
      await embedded.stop();
    },
  };
}

async function react(event: EmbeddedEvent, ballast: Ballast, log: (line: string) => void): Promise<void> {
  if (event.kind === 'ready') {
    log(`PostgreSQL accepts connections (process ${event.pid})`);
  } else if (event.kind === 'start_failed') {
    if (await ballast.drop())
      log('PostgreSQL does not start; the ballast was dropped, in case that the disk is full');
  } else if (event.isDiskFull) {
    log(
      'PostgreSQL ended because the disk is full; dropping the ballast so that it can recover. Free some space.',
    );
    await ballast.drop();
  } else {
    log(`PostgreSQL has ended by itself; starting it again in ${event.restartInMs} ms`);
  }
}
