import type { Config } from '../config.ts';
import { connectClient } from '../store/connect.ts';
import { startEmbeddedPostgres } from '../store/embedded/server.ts';
import { migrate, migrationStatus, printSql, STORE_MIGRATIONS } from '../store/migrate.ts';

export interface MigrationReport {
  /** Version of the database, after what was asked for. */
  readonly current: number;
  /** Version of this code. */
  readonly latest: number;
  /** File names. */
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** `print-sql`: what would be run. */
  readonly sql?: string;
}

/**
 * Brings Waybill's own tables up to date (a start does the same), only compares, or prints the SQL for a person who applies it. Ledgers
 * in target databases are migrated when they are first used.
 *
 * @throws AppError `database.*`, `embedded.*`
 */
export async function migrateDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
  action: 'apply' | 'check' | 'print-sql',
): Promise<MigrationReport> {
  const embedded =
    config.databaseUrl === undefined
      ? await startEmbeddedPostgres({ dataDir: config.dataDir, log: () => {} })
      : undefined;
  try {
    const url = config.databaseUrl ?? embedded?.url ?? '';
    const client = await connectClient(url, { applicationName: 'waybill/migrate' });
    try {
      const applied = action === 'apply' ? await migrate(client, STORE_MIGRATIONS) : [];
      const { current, latest, pending } = await migrationStatus(client, STORE_MIGRATIONS);
      return {
        current,
        latest,
        applied: applied.map(({ name }) => name),
        pending: pending.map(({ name }) => name),
        ...(action === 'print-sql' && {
          sql: pending.length === 0 ? '' : await printSql(STORE_MIGRATIONS, current),
        }),
      };
    } finally {
      await client.end();
    }
  } finally {
    await embedded?.stop();
  }
}
