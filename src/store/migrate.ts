/**
 * Migrations: numbered files of plain SQL, forward only, one transaction each. Any number of processes may migrate at
 * once: each transaction takes the set's lock and writes the version row first, so that a second one finds it there.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClientBase } from 'pg';
import { AppError } from '../core/errors.ts';

export interface MigrationSet {
  /** Folder of the files `0001_name.sql`, numbered without gaps. */
  readonly directory: string;
  /** Made if missing, and the search path while the files run. Its table `migrations` keeps the versions. */
  readonly schema: string;
}

// This file is two folders below the package's root, as a source and as a compiled file.
const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** Waybill's own tables. */
export const STORE_MIGRATIONS: MigrationSet = { directory: MIGRATIONS_FOLDER, schema: 'waybill' };

/** Fence and ledger, in each database that has target tables. */
export const TARGET_MIGRATIONS: MigrationSet = {
  directory: join(MIGRATIONS_FOLDER, 'target'),
  schema: 'waybill_ledger',
};

export interface Migration {
  readonly version: number;
  /** File name, such as `0001_jobs.sql`. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the text, in hex; line ends do not count. */
  readonly checksum: string;
}

export interface MigrationStatus {
  /** Version of the database; 0 when nothing was applied. */
  readonly current: number;
  /** Version of this code. */
  readonly latest: number;
  readonly pending: readonly Migration[];
}

/** Majors that the tests run on, and those between them. */
export const SUPPORTED_MAJORS = { oldest: 15, newest: 18 } as const;

/**
 * Brings the database up to this code's version, and gives what this call has applied. `client` must be one session
 * outside a transaction.
 * @throws AppError `database.unsupported` for a server of another major; `database.migration` when a file fails, was
 *   changed after it had been applied, or the database is newer than this code
 */
export async function migrate(client: ClientBase, set: MigrationSet): Promise<readonly Migration[]> {
  await checkServerVersion(client);
  const applied: Migration[] = [];
  for (const migration of (await migrationStatus(client, set)).pending) {
    if (await applyMigration(client, set, migration)) applied.push(migration);
  }
  return applied;
}

/**
 * Compares the database with the files and changes nothing.
 * @throws AppError `database.migration` when an applied file was changed, or the database is newer than this code
 */
export async function migrationStatus(client: ClientBase, set: MigrationSet): Promise<MigrationStatus> {
  const migrations = await readMigrations(set.directory);
  const applied = await readApplied(client, set.schema);
  const latest = migrations.length;
  const current = Math.max(0, ...applied.map((row) => row.version));
  if (current > latest) throw newerDatabase(set, current, latest);
  for (const row of applied) {
    const migration = migrations[row.version - 1];
    if (migration?.checksum !== row.checksum) throw changedFile(set, row);
  }
  const versions = new Set(applied.map((row) => row.version));
  return { current, latest, pending: migrations.filter(({ version }) => !versions.has(version)) };
}

/** The SQL of the migrations after `fromVersion`, for a person who applies it by hand; ends with version rows. */
export async function printSql(set: MigrationSet, fromVersion = 0): Promise<string> {
  const pending = (await readMigrations(set.directory)).filter(({ version }) => version > fromVersion);
  const schema = quoteName(set.schema);
  const parts = pending.map(
    ({ version, name, sql, checksum }) =>
      `-- ${name}\nbegin;\nset local search_path = ${schema};\n` +
      `insert into ${schema}.migrations (version, name, checksum) values (${version}, '${name}', '${checksum}');\n` +
      `${sql.trimEnd()}\ncommit;\n`,
  );
  return [...(fromVersion === 0 ? [`${bookkeeping(set.schema).trim()}\n`] : []), ...parts].join('\n');
}

/** @throws AppError `database.unsupported` for a server of another major than 15 to 18 */
export async function checkServerVersion(client: ClientBase): Promise<void> {
  const result = await client.query<{ number: string; name: string }>(
    "select current_setting('server_version_num') as number, current_setting('server_version') as name",
  );
  const { number, name } = result.rows[0] ?? { number: '0', name: 'unknown' };
  const major = Math.floor(Number(number) / 10_000);
  if (major >= SUPPORTED_MAJORS.oldest && major <= SUPPORTED_MAJORS.newest) return;
  throw new AppError(
    'database.unsupported',
    `The server is PostgreSQL ${name}; waybill works with ${SUPPORTED_MAJORS.oldest} to ${SUPPORTED_MAJORS.newest}. ` +
      'Name another server in WAYBILL_DATABASE_URL, or leave it out to use the embedded one.',
    { details: { major } },
  );
}

/**
 * Reads the files of a folder, in order.
 * @throws Error when a number is missing or taken twice: a mistake in the package, not of its user
 */
export async function readMigrations(directory: string): Promise<readonly Migration[]> {
  const names = (await readdir(directory)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const version = Number(name.slice(0, 4));
      if (version !== index + 1)
        throw new Error(`${join(directory, name)} should have the number ${index + 1}`);
      const sql = (await readFile(join(directory, name), 'utf8')).replaceAll('\r\n', '\n');
      return { version, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

interface AppliedRow {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

async function readApplied(client: ClientBase, schema: string): Promise<AppliedRow[]> {
  const table = `${quoteName(schema)}.migrations`;
  const found = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [
    table,
  ]);
  if (found.rows[0]?.exists !== true) return [];
  const rows = await client.query<AppliedRow>(
    `select version, name, checksum from ${table} order by version`,
  );
  return rows.rows;
}

/** False when another process has applied it in the meantime. */
async function applyMigration(client: ClientBase, set: MigrationSet, migration: Migration): Promise<boolean> {
  const { version, name, sql, checksum } = migration;
  try {
    await client.query('begin');
    // Held to the end of the transaction; also covers `create schema if not exists`, which is not safe against races.
    await client.query('select pg_advisory_xact_lock(8020, hashtext($1))', [set.schema]);
    await client.query(bookkeeping(set.schema));
    await client.query(`set local search_path = ${quoteName(set.schema)}`);
    const claimed = await client.query(
      `insert into ${quoteName(set.schema)}.migrations (version, name, checksum) values ($1, $2, $3)
       on conflict (version) do nothing`,
      [version, name, checksum],
    );
    if (claimed.rowCount === 1) await client.query(sql);
    await client.query('commit');
    return claimed.rowCount === 1;
  } catch (error) {
    await client.query('rollback').catch(() => {
      // The connection is gone, and its transaction with it: the first error says more.
    });
    throw failedMigration(set, migration, error);
  }
}

function bookkeeping(schema: string): string {
  const name = quoteName(schema);
  return `
    create schema if not exists ${name};
    create table if not exists ${name}.migrations (
      version integer primary key check (version > 0),
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now()
    );
  `.replaceAll(/^ {4}/gm, '');
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function newerDatabase(set: MigrationSet, current: number, latest: number): AppError {
  return new AppError(
    'database.migration',
    `The schema ${set.schema} is at version ${current}; this release of Waybill knows versions up to ${latest}. ` +
      'Start the newer release that migrated it, or name another database.',
    { details: { schema: set.schema, current, latest } },
  );
}

function changedFile(set: MigrationSet, row: AppliedRow): AppError {
  return new AppError(
    'database.migration',
    `The schema ${set.schema} was migrated by a version of ${row.name} that differs from the one in this release. ` +
      'Install the release that migrated it; applied migrations never change between releases.',
    { details: { schema: set.schema, version: row.version } },
  );
}

function failedMigration(set: MigrationSet, { name, sql }: Migration, cause: unknown): AppError {
  const { message, position } = cause as { message?: string; position?: string };
  const line = position === undefined ? '' : `, line ${sql.slice(0, Number(position)).split('\n').length}`;
  return new AppError(
    'database.migration',
    `The migration ${name} of the schema ${set.schema} failed${line}: ${message ?? String(cause)}. ` +
      'It was rolled back. The role needs the CREATE privilege on the database, or must own the schema.',
    { cause, details: { schema: set.schema, migration: name } },
  );
}
