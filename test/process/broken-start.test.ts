/** A server that loses its database while it starts says so, as something that passes, and leaves nothing behind. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadConfig } from '../../src/config.ts';
import { AppError } from '../../src/core/errors.ts';
import { startServer } from '../../src/server.ts';
import { connectClient } from '../../src/store/connect.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let folder: string;
let database: TestDatabase;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-broken-'));
  database = await createTestDatabase({ template: 'empty' });
});
after(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

test('sessions that are ended while a server starts make it fail with database.unavailable', async () => {
  const admin = await connectClient(database.adminUrl, { applicationName: 'attacker' });
  let isOver = false;
  const attack = async () => {
    while (!isOver) {
      await admin.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name <> 'attacker'",
      );
    }
  };
  const attacking = attack();
  const { config } = loadConfig({
    cwd: folder,
    env: { WAYBILL_DATABASE_URL: database.url, WAYBILL_PORT: '0', WAYBILL_STORAGE_MIN_FREE_BYTES: '0' },
  });
  const log = { takes: () => true, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  try {
    await assert.rejects(startServer({ config, role: 'api', workers: 0, log }), (error) => {
      assert.ok(error instanceof AppError, `${String(error)} says nothing to an operator`);
      assert.equal(error.code, 'database.unavailable');
      assert.equal(error.isRetryable, true);
      return true;
    });
  } finally {
    isOver = true;
    await attacking;
    await admin.end();
  }
});
