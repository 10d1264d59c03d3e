/**
 * Databases for tests: one per test file, cloned from a template in about 50 ms.
 *
 *     const database = await createTestDatabase();              // Waybill's tables are there; or { template: 'empty' }
 *     after(() => database.drop());
 *     await database.pool.query('…');                           // or connectClient(database.url, …)
 *
 * The server is the one that WAYBILL_TEST_DATABASE_URL names (`npm test` sets it), else an embedded one that is started
 * when first needed and ends with the process, so that `node --test test/postgres/x.test.ts` works by itself.
 * Tests connect as a role that is no superuser and owns the database, as Waybill does; `adminUrl` leads to the same
 * database as the superuser, for what needs one (roles, `pg_read_file`).
 */
import { createHash, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client, Pool } from 'pg';
import { connectClient, createPool } from '../../src/store/connect.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded/server.ts';
import { migrate, readMigrations, STORE_MIGRATIONS, TARGET_MIGRATIONS } from '../../src/store/migrate.ts';

export interface TestDatabase {
  readonly name: string;
  /** As the owner, who is no superuser. */
  readonly url: string;
  /** The same database as the superuser. */
  readonly adminUrl: string;
  /** As the owner; ended by `drop`. */
  readonly pool: Pool;
  /** Ends the pool and removes the database, whoever is still connected. */
  drop(): Promise<void>;
}

const OWNER = 'waybill_test';
const APPLICATION = { applicationName: 'waybill-test' };

/** Creates a database of its own for the calling test file. `migrated` has Waybill's tables, `empty` nothing. */
export async function createTestDatabase(
  options: { template?: 'empty' | 'migrated' } = {},
): Promise<TestDatabase> {
  const serverUrl = await findServer();
  const name = `waybill_test_${randomUUID().replaceAll('-', '')}`;
  await withAdmin(serverUrl, async (admin) => {
    const template = await oneAtATime(admin, async () => {
      await ensureOwner(admin);
      return options.template === 'empty' ? 'template0' : ensureTemplate(admin, serverUrl);
    });
    await admin.query(`create database ${name} template ${template} owner ${OWNER}`);
  });
  const url = ownerUrl(serverUrl, name);
  const pool = createPool(url, APPLICATION);
  return {
    name,
    url,
    adminUrl: databaseUrl(serverUrl, name),
    pool,
    drop: async () => {
      await pool.end();
      await withAdmin(serverUrl, (admin) => admin.query(`drop database if exists ${name} with (force)`));
    },
  };
}

let embedded: Promise<EmbeddedPostgres> | undefined;

async function findServer(): Promise<string> {
  const url = process.env['WAYBILL_TEST_DATABASE_URL'];
  if (url !== undefined && url !== '') return url;
  embedded ??= startForThisProcess();
  return (await embedded).adminUrl;
}

async function startForThisProcess(): Promise<EmbeddedPostgres> {
  const { server, remove, folder } = await startTestServer();
  server.unref();
  const removeAtOnce = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeAtOnce);
  // Nothing but the server is left: the tests are over.
  process.once('beforeExit', () => {
    process.off('exit', removeAtOnce);
    void remove();
  });
  return server;
}

/** What no test asks of the server of a whole run is not done for it: to outlive a crash, and to be copied. */
const UNSAFE_SETTINGS: Readonly<Record<string, string>> = {
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_compression: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
};

/**
 * Starts an embedded server in a temporary folder, without fsync; `remove` stops it and removes the folder.
 *
 * @param options.maxConnections for the server of a whole run, which nothing kills; default: as Waybill has it, and what is committed outlives
 *   the server's death
 */
export async function startTestServer({
  maxConnections,
}: {
  readonly maxConnections?: number;
} = {}): Promise<{
  server: EmbeddedPostgres;
  folder: string;
  remove: () => Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-test-'));
  // Started by root, the server runs as another user, who has to pass through.
  await chmod(folder, 0o711);
  const log = (line: string) => process.stderr.write(`test server: ${line}\n`);
  const start = () => startEmbeddedPostgres({ dataDir: folder, log, isDurable: false });
  let server = await start();
  if (maxConnections !== undefined) {
    const settings = { ...UNSAFE_SETTINGS, max_connections: String(maxConnections) };
    await withAdmin(server.adminUrl, async (admin) => {
      for (const [name, value] of Object.entries(settings))
        await admin.query(`alter system set ${name} = '${value}'`);
    });
    await server.stop();
    server = await start();
  }
  const remove = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { server, folder, remove };
}

async function withAdmin<T>(serverUrl: string, work: (admin: Client) => Promise<T>): Promise<T> {
  const admin = await connectClient(serverUrl, APPLICATION);
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/** The template's name says which migrations it has; it appears under that name only when it is whole. */
async function ensureTemplate(admin: Client, serverUrl: string): Promise<string> {
  const sets = [STORE_MIGRATIONS, TARGET_MIGRATIONS];
  const migrations = (await Promise.all(sets.map((set) => readMigrations(set.directory)))).flat();
  const hash = createHash('sha256').update(migrations.map(({ checksum }) => checksum).join());
  const name = `waybill_template_${hash.digest('hex').slice(0, 16)}`;
  const found = await admin.query('select 1 from pg_database where datname = $1', [name]);
  if (found.rowCount !== 0) return name;
  const unfinished = `${name}_new`;
  await admin.query(`drop database if exists ${unfinished} with (force)`);
  await admin.query(`create database ${unfinished} template template0 owner ${OWNER}`);
  const client = await connectClient(ownerUrl(serverUrl, unfinished), APPLICATION);
  for (const set of sets) await migrate(client, set);
  await client.end();
  await renameDatabase(admin, unfinished, name);
  return name;
}

/** Test files run side by side, in processes of their own. */
async function oneAtATime<T>(admin: Client, work: () => Promise<T>): Promise<T> {
  await admin.query('select pg_advisory_lock(8022)');
  try {
    return await work();
  } finally {
    await admin.query('select pg_advisory_unlock(8022)');
  }
}

/** A session that has just ended may be counted for a moment; PostgreSQL then refuses to rename. */
async function renameDatabase(admin: Client, from: string, to: string): Promise<void> {
  await admin.query(
    'select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
    [from],
  );
  await admin.query(`alter database ${from} rename to ${to}`);
}

async function ensureOwner(admin: Client): Promise<void> {
  const found = await admin.query('select 1 from pg_roles where rolname = $1', [OWNER]);
  if (found.rowCount === 0) await admin.query(`create role ${OWNER} login nosuperuser password '${OWNER}'`);
}

function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

function ownerUrl(serverUrl: string, database: string): string {
  const url = new URL(databaseUrl(serverUrl, database));
  url.username = OWNER;
  url.password = OWNER;
  return url.href;
}
