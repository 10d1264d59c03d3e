/** `waybill keys` and `whoami`, on a server of their own. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { main } from '../../src/cli/main.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { recordTerminal } from '../support/record-terminal.ts';
import { ServerProcess } from '../support/server.ts';

let database: TestDatabase;
let server: ServerProcess;
before(async () => {
  database = await createTestDatabase();
  server = await ServerProcess.start({ databaseUrl: database.url, role: 'api' });
});
after(async () => {
  await server.stop();
  await database.drop();
});

async function call(args: readonly string[], key?: string) {
  const { terminal, out, err } = recordTerminal();
  const { url, token } = server.client.server;
  const env = { WAYBILL_URL: url, WAYBILL_TOKEN: key ?? token };
  const code = await main(args, { cwd: server.dataDir, env, terminal });
  return { code, out: out(), err: err() };
}

test('a key is made, used, listed and revoked', async () => {
  const made = await call(['keys', 'create', 'shop', '--role', 'reader', '--expires', '90d']);
  assert.equal(made.code, 0, made.err);
  const key = made.out.trim();
  assert.match(key, /^wbk_[0-9A-Za-z]{50}$/);
  const [, id = ''] = /key (\w+) for "shop" \(reader\), until \d{4}-/.exec(made.err) ?? [];
  assert.ok(key.includes(id) && id !== '');

  assert.match((await call(['whoami'])).out, /^You are the holder of the token, and may: .*keys\.create/);
  assert.match(
    (await call(['whoami'], key)).out,
    /^You are the key "shop" \(reader\), and may: collections\.list, /,
  );
  const jobs = await call(['jobs'], key);
  assert.equal(jobs.code, 0, jobs.err);
  const refused = await call(['keys', 'list'], key);
  assert.equal(refused.code, 1);
  assert.match(
    refused.err,
    /needs the permission keys\.list, which the key "shop" \(reader\) lacks\. \(request\.forbidden\)/,
  );

  const listed = await call(['keys', 'list']);
  assert.ok(listed.out.includes(id) && !listed.out.includes(key), listed.out);
  const revoked = await call(['keys', 'revoke', id]);
  assert.equal(revoked.out, `Key ${id} (shop) is revoked.\n`);
  assert.match((await call(['keys', 'list'])).out, /revoked \d{4}-/);
});

test('what is said of a key must be understood', async () => {
  for (const [args, says] of [
    [['keys', 'create', 'x'], /--role/],
    [
      ['keys', 'create', 'x', '--role', 'root'],
      /Allowed choices are reader, integrator, operator, administrator/,
    ],
    [['keys', 'create', 'x', '--role', 'reader', '--expires', 'soon'], /--expires must be days such as 90d/],
  ] as const) {
    const { code, err } = await call(args);
    assert.equal(code, 64, err);
    assert.match(err, says);
  }
  assert.equal((await call(['keys', 'revoke', 'none'])).code, 1);
});
