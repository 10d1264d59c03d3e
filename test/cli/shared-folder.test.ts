/** Commands and servers that want one data folder, with its embedded PostgreSQL, at the same time. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PLAIN_ENVIRONMENT } from '../support/plain-environment.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { collect, waitForOutput } from './run-waybill.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/waybill.mjs', import.meta.url));
/** A job is under way, so the folder is taken. */
const STARTED = /indexing|writing/;
const slowly = (name: string, rowsPerSecond: number) =>
  `import things.csv --into ${name} --key id --rows-per-second ${rowsPerSecond}`.split(' ');

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-shared-'));
  // Started by root, the embedded server runs as another user, who has to pass through.
  await chmod(folder, 0o711);
  const rows = Array.from({ length: 20_000 }, (_, id) => `${id},name ${id}\n`).join('');
  await writeFile(join(folder, 'things.csv'), `id,name\n${rows}`);
});
after(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

function start(args: readonly string[], environment: Record<string, string> = {}): ChildProcess {
  const env = { ...PLAIN_ENVIRONMENT, WAYBILL_STORAGE_MIN_FREE_BYTES: '0', ...environment };
  return spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, env });
}

test('two imports on one folder without a server are done one after the other, and the second says so', async () => {
  const first = start(slowly('first', 5000));
  const firstEnd = collect(first);
  await waitForOutput(first, STARTED);
  const second = await collect(start(['import', 'things.csv', '--into', 'second', '--key', 'id']));
  assert.match((await firstEnd).stdout, /20,000 records: 20,000 created/);
  assert.match(second.stderr, new RegExp(`waiting for process ${first.pid}, which uses the data folder`));
  assert.match(second.stdout, /20,000 records: 20,000 created/);
});

test('a command that waits uses the server once that answers', { timeout: 120_000 }, async (context) => {
  const server = start(['serve', '--port', '0']);
  context.after(() => server.kill('SIGKILL'));
  const serverEnd = collect(server);
  await waitForOutput(server, /waybill listens on/);
  // As good as one that has taken the folder and is not ready yet.
  server.kill('SIGSTOP');
  const command = start(['import', 'things.csv', '--into', 'fifth', '--key', 'id']);
  const commandEnd = collect(command);
  await waitForOutput(command, new RegExp(`waiting for process ${server.pid}`));
  server.kill('SIGCONT');
  assert.match((await commandEnd).stdout, /20,000 records: 20,000 created/);
  server.kill('SIGTERM');
  assert.equal((await serverEnd).code, 0);
});

// From here on slow jobs are left in the queue, which a server would run first.
test('a server waits for a command that is about to end, and says so', {
  timeout: 120_000,
}, async (context) => {
  const command = start(slowly('third', 1000));
  const commandEnd = collect(command);
  await waitForOutput(command, STARTED);
  const server = start(['serve', '--port', '0']);
  context.after(() => server.kill('SIGKILL'));
  const serverEnd = collect(server);
  await waitForOutput(server, new RegExp(`waiting for process ${command.pid}`));
  const listens = waitForOutput(server, /waybill listens on/);
  command.kill('SIGTERM');
  assert.equal((await commandEnd).code, 1);
  await listens;
  server.kill('SIGTERM');
  assert.equal((await serverEnd).code, 0);
});

test('a server gives up when a command takes longer', { timeout: 120_000 }, async (context) => {
  const command = start(slowly('fourth', 200));
  const commandEnd = collect(command);
  context.after(() => command.kill('SIGKILL'));
  await waitForOutput(command, STARTED);
  const refused = await collect(start(['serve', '--port', '0', '--wait-seconds', '2']));
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, new RegExp(`waiting for process ${command.pid}`));
  const inUse = `in use by another process \\(pid ${command.pid}\\).*embedded.locked`;
  assert.match(refused.stderr, new RegExp(inUse));
  command.kill('SIGTERM');
  await commandEnd;
});

test('beside each other on a database of their own, imports into one collection take turns', async () => {
  const database = await createTestDatabase({ template: 'empty' });
  try {
    const environment = { WAYBILL_DATABASE_URL: database.url };
    const args = ['import', 'things.csv', '--into', 'things', '--key', 'id'];
    const once = ['collections', 'create', 'things', '--from', 'things.csv', '--key', 'id'];
    assert.equal((await collect(start(once, environment))).code, 0);
    const ended = await Promise.all([1, 2, 3].map(() => collect(start(args, environment))));
    for (const { code, stderr } of ended) assert.equal(code, 0, stderr);
    const results = ended.map(({ stdout }) => /20,000 records: 20,000 (\w+)/.exec(stdout)?.[1]);
    assert.deepEqual(
      results.toSorted((one = '', other = '') => one.localeCompare(other)),
      ['created', 'unchanged', 'unchanged'],
    );
  } finally {
    await database.drop();
  }
});
