import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { refusePooler } from '../../../src/store/connect.ts';
import { waitForLine } from '../../support/debian-postgres.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

const PGBOUNCER = '/usr/sbin/pgbouncer';
const skip = existsSync(PGBOUNCER) ? false : 'needs the Debian package pgbouncer';
const APPLICATION = { applicationName: 'pooler test' };

describe('PgBouncer', { skip }, () => {
  let database: TestDatabase;
  before(async () => {
    database = await createTestDatabase({ template: 'empty' });
  });
  after(() => database.drop());

  test('in transaction mode is refused, with words that say what to do', async () => {
    await using bouncer = await startPgBouncer(database.url, 'transaction');
    await assert.rejects(refusePooler(bouncer.url, APPLICATION), {
      code: 'database.pooler',
      message: /transaction mode.*WAYBILL_DATABASE_URL/,
    });
  });

  test('in session mode is accepted', async () => {
    await using bouncer = await startPgBouncer(database.url, 'session');
    await refusePooler(bouncer.url, APPLICATION);
  });
});

/** In front of the test server, on a socket of its own; runs as the user who may use the server's socket. */
async function startPgBouncer(
  url: string,
  mode: 'transaction' | 'session',
): Promise<AsyncDisposable & { url: string }> {
  const server = new URL(url);
  const host = server.searchParams.get('host') ?? server.hostname;
  const folder = await mkdtemp(join(tmpdir(), 'waybill-pooler-'));
  await chmod(folder, 0o777);
  const config = join(folder, 'pgbouncer.ini');
  const [user, password] = [server.username, server.password];
  await writeFile(
    config,
    `[databases]
* = host=${host} port=${server.port} user=${user} password=${password}
[pgbouncer]
pool_mode = ${mode}
unix_socket_dir = ${folder}
listen_addr =
listen_port = 6432
auth_type = any
ignore_startup_parameters = extra_float_digits
`,
  );
  const isRoot = process.getuid?.() === 0;
  const owner = isRoot ? await stat(host.startsWith('/') ? host : '/var/lib/postgresql') : undefined;
  const child = spawn(PGBOUNCER, [config], {
    ...(owner && { uid: owner.uid, gid: owner.gid }),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  await waitForLine(child.stderr, 'process up');
  return {
    url: `postgres://${user}@localhost:6432${server.pathname}?host=${encodeURIComponent(folder)}`,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
