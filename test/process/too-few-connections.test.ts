/** A PostgreSQL that takes fewer connections than a server needs: it waits, says so, and then starts whole or not at all. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Client } from 'pg';
import { loadConfig } from '../../src/config.ts';
import { AppError } from '../../src/core/errors.ts';
import { awaitConnections } from '../../src/server/await-connections.ts';
import { startServer } from '../../src/server.ts';
import { connectClient } from '../../src/store/connect.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

const ROLE = `waybill_few_${process.pid}`;

let folder: string;
let database: TestDatabase;
let admin: Client;
let url: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-few-'));
  database = await createTestDatabase({ template: 'empty' });
  admin = await connectClient(database.adminUrl, { applicationName: 'limits' });
  await admin.query(`create role ${ROLE} login password 'few'`);
  const { rows } = await admin.query<{ name: string }>('select current_database() as name');
  await admin.query(`grant create on database "${rows[0]?.name}" to ${ROLE}`);
  const changed = new URL(database.url);
  changed.username = ROLE;
  changed.password = 'few';
  url = changed.href;
});
after(async () => {
  await admin.query(`drop owned by ${ROLE} cascade; drop role ${ROLE}`);
  await admin.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const limitTo = (connections: number) => admin.query(`alter role ${ROLE} connection limit ${connections}`);

for (const [limit, workers, needed, share] of [
  [0, 0, 5, ''],
  [4, 0, 5, ''],
  [11, 1, 12, ': 5, and 7 for each worker (1)'],
  [11, 2, 19, ': 5, and 7 for each worker (2)'],
] as const) {
  test(`${limit} connections are too few for a server with ${workers} workers`, async () => {
    await limitTo(limit);
    const lines: string[] = [];
    const options = { url, workers, waitMs: 0, log: (line: string) => lines.push(line) };
    await assert.rejects(awaitConnections(options), (error: AppError) => {
      assert.equal(error.code, 'database.too_few_connections');
      assert.ok(error.message.includes(`takes only ${limit} more connections (`), error.message);
      assert.ok(error.message.includes(`needs ${needed} to start${share}. `), error.message);
      assert.deepEqual(error.details, { available: limit, needed });
      return true;
    });
    await limitTo(needed);
    await awaitConnections({ ...options, waitMs: 10_000 });
  });
}

test('a server waits for connections, says so once, and starts when there are enough', async () => {
  await limitTo(3);
  const { config } = loadConfig({
    cwd: folder,
    env: { WAYBILL_DATABASE_URL: url, WAYBILL_PORT: '0', WAYBILL_STORAGE_MIN_FREE_BYTES: '0' },
  });
  const warnings: string[] = [];
  const errors: unknown[] = [];
  const log = {
    takes: () => true,
    debug: () => {},
    info: () => {},
    warn(line: string) {
      warnings.push(line);
      void limitTo(-1);
    },
    error: (error: unknown) => errors.push(error),
  };
  const server = await startServer({ config, role: 'api', workers: 0, log });
  await server.stop();
  assert.equal(warnings.length, 1);
  assert.match(
    String(warnings[0]),
    /^PostgreSQL takes 3 more connections, and 5 are needed to start \(.*\); waiting up to 10 s/,
  );
  assert.deepEqual(errors, []);
});
