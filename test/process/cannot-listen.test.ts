/** A port or host that the server cannot listen on: one sentence that says what to do, and nothing is left behind. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fastify } from 'fastify';
import { main } from '../../src/cli/main.ts';
import { AppError } from '../../src/core/errors.ts';
import { explainListenError, listen } from '../../src/server/listen.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { recordTerminal } from '../support/record-terminal.ts';

let folder: string;
let database: TestDatabase;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-listen-'));
  database = await createTestDatabase({ template: 'empty' });
});
after(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

test('a port in use: `waybill serve` ends with a sentence that names the port and --port', async (context) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  context.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const { terminal, err } = recordTerminal();
  const env = {
    WAYBILL_DATABASE_URL: database.url,
    WAYBILL_STORAGE_MIN_FREE_BYTES: '0',
    WAYBILL_LOG_LEVEL: 'error',
  };
  const args = ['serve', '--role', 'api', '--port', String(port), '--data', join(folder, 'data')];
  assert.equal(await main(args, { cwd: folder, env, terminal }), 1);
  assert.equal(
    err(),
    `waybill: Port ${port} on 127.0.0.1 is already in use by another process, perhaps another Waybill server. ` +
      'Stop that process, or choose another port with --port (setting port, WAYBILL_PORT); 0 takes any free port. (server.cannot_listen)\n',
  );
});

/** What `listen` throws for an endpoint. */
async function refusal(host: string, port: number): Promise<AppError> {
  const app = fastify();
  try {
    await listen(app, { host, port, portOption: '--port' });
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    assert.equal(error.code, 'server.cannot_listen');
    return error;
  } finally {
    await app.close();
  }
  throw new Error(`it listens on ${host}:${port}`);
}

test('an address that this machine does not have', async () => {
  // Reserved for documents (RFC 5737).
  const { message } = await refusal('192.0.2.1', 0);
  assert.equal(
    message,
    '192.0.2.1 is not an address of this machine. Choose one that is, such as 127.0.0.1, with --host (setting host, WAYBILL_HOST).',
  );
});

test('a host name that leads nowhere', async () => {
  // Reserved for names that never exist (RFC 6761).
  const { message } = await refusal('nowhere.invalid', 0);
  assert.match(message, /^The host name "nowhere\.invalid" cannot be resolved .* --host/);
});

test('a port that this user may not open', {
  skip: canBeRefused() ? false : 'needs ports that are reserved',
}, async () => {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    const { message } = await refusal('127.0.0.1', 1);
    assert.match(
      message,
      /^This user is not permitted to listen on port 1 of 127\.0\.0\.1.*higher port with --port/,
    );
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

/** Only Linux reserves ports of the loopback address, and containers may switch that off. */
function canBeRefused(): boolean {
  if (process.platform !== 'linux') return false;
  return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')) > 1;
}

test('each cause has a sentence of its own, with its system code in the details; anything else stays what it is', () => {
  const endpoint = { host: 'here', port: 80, portOption: 'the setting protocols.avepoint.mount.port' };
  const explain = (code: string) => explainListenError(Object.assign(new Error(code), { code }), endpoint);
  const codes = ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'EAFNOSUPPORT', 'ENOTFOUND', 'EAI_AGAIN'];
  for (const code of codes) {
    const error = explain(code);
    assert.ok(error instanceof AppError);
    assert.deepEqual(error.details, { host: 'here', port: 80, reason: code });
    assert.match(error.message, /here.*\. (Stop|Choose|Correct) /);
    if (code === 'EADDRINUSE' || code === 'EACCES')
      assert.match(error.message, /protocols\.avepoint\.mount\.port/);
  }
  const bug = explain('EMFILE');
  assert.ok(bug instanceof Error && !(bug instanceof AppError));
});
