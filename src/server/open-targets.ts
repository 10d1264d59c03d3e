import type { Collection } from '../collections/collection.ts';
import type { Config } from '../config.ts';
import { AppError } from '../core/errors.ts';
import { migrate, TARGET_MIGRATIONS } from '../store/migrate.ts';
import { createPostgresTarget, type PostgresTarget } from '../targets/postgres/create-postgres-target.ts';

/** The targets that collections are bound to: one for each database, opened when first asked for. */
export interface Targets {
  /** @throws AppError `target.not_found` when the configuration does not name the collection's database */
  targetOf(collection: Collection): PostgresTarget;
  close(): Promise<void>;
}

export function openTargets(config: Pick<Config, 'databases'>, databaseUrl: string): Targets {
  const open = new Map<string, PostgresTarget>();

  function urlOf(collection: Collection): string {
    const name = 'database' in collection.target ? collection.target.database : undefined;
    if (name === undefined) return databaseUrl;
    const url = config.databases[name]?.url;
    if (url !== undefined) return url;
    throw new AppError(
      'target.not_found',
      `Collection "${collection.name}" is bound to the database "${name}", which the configuration does not have under "databases". It has: ${Object.keys(config.databases).join(', ') || 'none'}.`,
    );
  }

  return {
    targetOf(collection) {
      const url = urlOf(collection);
      const known = open.get(url);
      if (known !== undefined) return known;
      const target = createPostgresTarget({
        connection: { connectionString: url },
        migrateLedger: (client, schema) => migrate(client, { ...TARGET_MIGRATIONS, schema }),
      });
      open.set(url, target);
      return target;
    },
    async close() {
      await Promise.all([...open.values()].map((target) => target.close()));
    },
  };
}
