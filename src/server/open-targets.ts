import type pg from 'pg';
import type { Collection } from '../collections/collection.ts';
import { parseStoredCollection } from '../collections/parse-stored.ts';
import type { Config } from '../config.ts';
import { AppError } from '../core/errors.ts';
import { CopyTextReader } from '../formats/copy-text/copy-text-reader.ts';
import { getCollection } from '../store/collections.ts';
import type { Queryable } from '../store/database.ts';
import { migrate, TARGET_MIGRATIONS } from '../store/migrate.ts';
import { createModuleTarget } from '../targets/module/create-module-target.ts';
import { createPostgresTarget, type PostgresTarget } from '../targets/postgres/create-postgres-target.ts';
import type { Target } from '../targets/target.ts';

/** The targets that collections are bound to: one for each database and each module, opened when first asked for. */
export interface Targets {
  /** @throws AppError `target.not_found` when the configuration does not name the collection's database or module */
  targetOf(collection: Collection): Target;
  /** The database that holds the collection; undefined when its target is a module. */
  postgresOf(collection: Collection): PostgresTarget | undefined;
  close(): Promise<void>;
}

export function openTargets(
  config: Pick<Config, 'databases' | 'modules'> & {
    readonly limits: Pick<Config['limits'], 'statementSeconds'>;
  },
  databaseUrl: string,
  db: Queryable,
): Targets {
  const databases = new Map<string, PostgresTarget>();
  const modules = new Map<string, Target>();
  const migrateLedger = (client: pg.Client, schema: string) =>
    migrate(client, { ...TARGET_MIGRATIONS, schema });

  function postgresOf(collection: Collection): PostgresTarget | undefined {
    if (collection.target.kind === 'module') return undefined;
    const name = 'database' in collection.target ? collection.target.database : undefined;
    const url =
      name === undefined ? databaseUrl : lookUp('databases', name, config.databases, collection).url;
    return provide(databases, url, () =>
      createPostgresTarget({
        connection: { connectionString: url },
        migrateLedger,
        findCollection: async (name) => parseStoredCollection((await getCollection(db, name)).definition),
        statementTimeoutMs: config.limits.statementSeconds * 1000,
      }),
    );
  }

  function moduleOf(collection: Collection, name: string): Target {
    const path = lookUp('modules.targets', name, config.modules.targets, collection);
    return provide(modules, path, () =>
      createModuleTarget({
        path,
        connection: { connectionString: databaseUrl },
        ledgerSchema: TARGET_MIGRATIONS.schema,
        migrateLedger,
        decodeRows,
      }),
    );
  }

  return {
    postgresOf,
    targetOf(collection) {
      const { target } = collection;
      if (target.kind === 'module') return moduleOf(collection, target.module);
      return postgresOf(collection) as PostgresTarget;
    },
    async close() {
      await Promise.all([...databases.values(), ...modules.values()].map((target) => target.close()));
    },
  };
}

function provide<T>(known: Map<string, T>, key: string, create: () => T): T {
  const existing = known.get(key);
  if (existing !== undefined) return existing;
  const created = create();
  known.set(key, created);
  return created;
}

function lookUp<T>(
  setting: string,
  name: string,
  known: Readonly<Record<string, T>>,
  collection: Collection,
): T {
  const found = known[name];
  if (found !== undefined) return found;
  throw new AppError(
    'target.not_found',
    `Collection "${collection.name}" is bound to "${name}", which the configuration does not have under "${setting}". It has: ${Object.keys(known).join(', ') || 'none'}.`,
  );
}

function decodeRows(pieces: readonly Uint8Array[]) {
  const reader = new CopyTextReader();
  const rows = pieces.flatMap((piece) => reader.push(piece));
  reader.end();
  return rows;
}
