import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { Client } from 'pg';
import { connectClient } from '../../../src/store/connect.ts';
import {
  type MigrationSet,
  migrate,
  migrationStatus,
  printSql,
  STORE_MIGRATIONS,
  TARGET_MIGRATIONS,
} from '../../../src/store/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let client: Client;
let root: string;
let set: MigrationSet;
let number = 0;

before(async () => {
  database = await createTestDatabase({ template: 'empty' });
  client = await connect();
  root = await mkdtemp(join(tmpdir(), 'waybill-migrations-'));
});
after(async () => {
  await client.end();
  await database.drop();
  await rm(root, { recursive: true });
});

beforeEach(async () => {
  number += 1;
  set = { directory: join(root, String(number)), schema: `set_${number}` };
  await mkdir(set.directory);
  await file('0001_animals.sql', 'create table animals (name text);\ninsert into animals values ($$ox$$);\n');
  await file('0002_weights.sql', 'alter table animals add weight integer;\n');
});

const connect = () => connectClient(database.url, { applicationName: 'migrate test' });
const file = (name: string, sql: string) => writeFile(join(set.directory, name), sql);
const names = (migrations: readonly { name: string }[]) => migrations.map(({ name }) => name);

test('an empty database gets all migrations in order, and a second run has nothing to do', async () => {
  assert.deepEqual(names(await migrate(client, set)), ['0001_animals.sql', '0002_weights.sql']);
  assert.deepEqual(await migrate(client, set), []);
  const rows = await client.query(`select name, weight from ${set.schema}.animals`);
  assert.deepEqual(rows.rows, [{ name: 'ox', weight: null }]);
});

test('the status tells what is pending and changes nothing', async () => {
  const before = await migrationStatus(client, set);
  assert.deepEqual([before.current, before.latest], [0, 2]);
  assert.equal(before.pending.length, 2);
  const schemas = await client.query('select 1 from pg_namespace where nspname = $1', [set.schema]);
  assert.equal(schemas.rowCount, 0);
  await migrate(client, set);
  assert.deepEqual(await migrationStatus(client, set), { current: 2, latest: 2, pending: [] });
});

test('eight processes that migrate at once apply each file once', async () => {
  const clients = await Promise.all(Array.from({ length: 8 }, connect));
  const applied = await Promise.all(clients.map((one) => migrate(one, set)));
  await Promise.all(clients.map((one) => one.end()));
  assert.deepEqual(names(applied.flat()).toSorted(), ['0001_animals.sql', '0002_weights.sql']);
  const rows = await client.query(`select name from ${set.schema}.animals`);
  assert.equal(rows.rowCount, 1);
});

test('a migration that fails leaves nothing of itself and names its line', async () => {
  await file('0003_broken.sql', 'create table kept_nothing ();\nselect 1 from\n  nowhere;\n');
  await assert.rejects(migrate(client, set), {
    code: 'database.migration',
    message: /0003_broken\.sql of the schema set_\d+ failed, line 3: .*nowhere/,
  });
  assert.equal((await migrationStatus(client, { ...set })).current, 2);
  const table = await client.query('select to_regclass($1) as found', [`${set.schema}.kept_nothing`]);
  assert.equal(table.rows[0].found, null);
});

test('a file changed after it was applied is refused', async () => {
  await migrate(client, set);
  await file('0001_animals.sql', 'create table animals (name text, legs integer);\n');
  await assert.rejects(migrate(client, set), { code: 'database.migration', message: /a version of 0001/ });
});

test('line ends that a checkout has changed are no change', async () => {
  await migrate(client, set);
  await file('0002_weights.sql', 'alter table animals add weight integer;\r\n');
  assert.deepEqual(await migrate(client, set), []);
});

test('a database that is newer than the code is refused', async () => {
  await migrate(client, set);
  await rm(join(set.directory, '0002_weights.sql'));
  await assert.rejects(migrate(client, set), {
    code: 'database.migration',
    message: /is at version 2; this release of Waybill knows versions up to 1/,
  });
});

test('a gap in the numbers is a mistake in the package', async () => {
  await file('0004_gap.sql', 'select 1;');
  await assert.rejects(migrate(client, set), /0004_gap\.sql should have the number 3/);
});

test('the printed SQL, run by hand, is what migrating would have done', async () => {
  await client.query(await printSql(set));
  assert.deepEqual(await migrationStatus(client, set), { current: 2, latest: 2, pending: [] });
  await file('0003_more.sql', 'create table more ();\n');
  await client.query(await printSql(set, 2));
  assert.deepEqual(await migrate(client, set), []);
});

test("Waybill's own migrations apply side by side in one database", async () => {
  for (const own of [STORE_MIGRATIONS, TARGET_MIGRATIONS]) {
    assert.notEqual((await migrate(client, own)).length, 0);
    assert.deepEqual((await migrationStatus(client, own)).pending, []);
  }
});

test('a migrated database comes from the template with everything in it', async () => {
  const migrated = await createTestDatabase();
  try {
    const other = await connectClient(migrated.url, { applicationName: 'migrate test' });
    assert.deepEqual(await migrate(other, STORE_MIGRATIONS), []);
    assert.deepEqual(await migrate(other, TARGET_MIGRATIONS), []);
    const role = await other.query('select rolsuper from pg_roles where rolname = current_user');
    assert.deepEqual(role.rows, [{ rolsuper: false }]);
    await other.end();
  } finally {
    await migrated.drop();
  }
});
