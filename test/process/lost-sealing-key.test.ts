/** A server whose database has secrets that its key file does not open refuses to start, and says which key is missing. */
import assert from 'node:assert/strict';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadConfig } from '../../src/config.ts';
import { startServer } from '../../src/server.ts';
import { createSecrets } from '../../src/store/secrets/secrets.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';

let folder: string;
let database: TestDatabase;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-lost-key-'));
  database = await createTestDatabase();
});
after(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function start() {
  const { config } = loadConfig({
    cwd: folder,
    env: {
      WAYBILL_DATABASE_URL: database.url,
      WAYBILL_PORT: '0',
      WAYBILL_STORAGE_MIN_FREE_BYTES: '0',
      WAYBILL_SECRETS_KEY_FILE: 'keys/waybill.key',
    },
  });
  const log = { takes: () => true, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  return startServer({ config, role: 'api', workers: 0, log });
}

test('without the key file the server does not start; with it again, it does', async () => {
  const keyFile = join(folder, 'keys', 'waybill.key');
  await database.pool.query(
    'create table waybill.trial_secrets (id text primary key, secret waybill.sealed)',
  );
  const secrets = createSecrets({ pool: database.pool, keyFile });
  await database.pool.query('insert into waybill.trial_secrets values ($1, $2)', [
    'a',
    await secrets.seal({ table: 'trial_secrets', row: 'a', column: 'secret' }, 'hunter2'),
  ]);
  const [key] = await secrets.keys();
  await rename(keyFile, `${keyFile}.away`);
  await assert.rejects(start(), { code: 'secrets.key_missing', message: new RegExp(`the key ${key?.id},`) });
  await rename(`${keyFile}.away`, keyFile);
  await (await start()).stop();
});
