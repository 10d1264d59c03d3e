import { connectClient, refusePooler } from '../store/connect.ts';
import { startEmbeddedPostgres } from '../store/embedded/server.ts';
import { migrate, STORE_MIGRATIONS } from '../store/migrate.ts';

/** Waybill's own database, migrated: the configured server, or the embedded one, which ends with us. */
export interface OpenDatabase {
  readonly url: string;
  readonly isEmbedded: boolean;
  stop(): Promise<void>;
}

export async function openDatabase(options: {
  databaseUrl: string | undefined;
  dataDir: string;
  log: (line: string) => void;
}): Promise<OpenDatabase> {
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

async function startEmbedded(options: {
  dataDir: string;
  log: (line: string) => void;
}): Promise<OpenDatabase> {
  const embedded = await startEmbeddedPostgres({
    dataDir: options.dataDir,
    log: options.log,
    onEvent: (event) => {
      if (event.kind === 'ready') options.log(`PostgreSQL accepts connections (process ${event.pid})`);
      else if (event.isDiskFull)
        options.log('PostgreSQL stopped because the disk is full; free some space and it will go on');
      else options.log(`PostgreSQL has ended by itself; starting it again in ${event.restartInMs} ms`);
    },
  });
  return { url: embedded.url, isEmbedded: true, stop: () => embedded.stop() };
}
