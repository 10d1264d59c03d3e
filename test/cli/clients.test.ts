/** `waybill clients`, on a server of their own; the secrets that it prints open the token endpoint. */
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

async function call(args: readonly string[]) {
  const { terminal, out, err } = recordTerminal();
  const { url, token } = server.client.server;
  const env = { WAYBILL_URL: url, WAYBILL_TOKEN: token };
  const code = await main(args, { cwd: server.dataDir, env, terminal });
  return { code, out: out(), err: err() };
}

interface Printed {
  readonly id: string;
  readonly secret: string;
}

function read(out: string): Printed {
  const [, id, secret] = /^client_id=(wbc_\w{16})\nclient_secret=(wbs_\w{38})\n$/.exec(out) ?? [];
  assert.ok(id !== undefined && secret !== undefined, out);
  return { id, secret };
}

async function statusOfToken({ id, secret }: Printed): Promise<number> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: id,
    client_secret: secret,
  });
  const answer = await fetch(`${server.client.server.url}/oauth/token`, { method: 'POST', body });
  await answer.text();
  return answer.status;
}

test('a client is made, gets tokens, is given another secret, and ends', async () => {
  const made = await call(['clients', 'create', 'shop', '--role', 'reader', '--expires', '90d']);
  assert.equal(made.code, 0, made.err);
  assert.match(made.err, /client "shop" \(reader\), secret until \d{4}-/);
  const first = read(made.out);
  assert.equal(await statusOfToken(first), 200);

  const rotated = await call(['clients', 'rotate', first.id, '--keep-old', '1h']);
  const second = read(rotated.out);
  assert.deepEqual([await statusOfToken(first), await statusOfToken(second)], [200, 200]);
  const shown = await call(['clients', 'show', first.id]);
  assert.equal(shown.out.match(/secret of .* last used at \d{4}-/g)?.length, 2, shown.out);

  // Never more than two, and none of the old ones where that is asked for.
  const third = read((await call(['clients', 'rotate', first.id, '--keep-old', '0'])).out);
  assert.deepEqual(await Promise.all([first, second, third].map(statusOfToken)), [401, 401, 200]);

  const listed = await call(['clients', 'list']);
  assert.ok(listed.out.includes(first.id) && !listed.out.includes('wbs_'), listed.out);
  assert.equal((await call(['clients', 'revoke', first.id])).out, `Client ${first.id} (shop) is revoked.\n`);
  assert.equal(await statusOfToken(third), 401);
  assert.match((await call(['clients', 'list'])).out, /revoked \d{4}-/);
  const late = await call(['clients', 'rotate', first.id]);
  assert.match(late.err, /was revoked.*request\.conflict/);
});

test('what is said of a client must be understood', async () => {
  for (const [args, says] of [
    [['clients', 'create', 'x'], /--role/],
    [
      ['clients', 'create', 'x', '--role', 'reader', '--expires', 'soon'],
      /--expires must be days such as 90d/,
    ],
    [['clients', 'rotate', 'x', '--keep-old', 'long'], /--keep-old must be a time such as 30m/],
  ] as const) {
    const { code, err } = await call(args);
    assert.equal(code, 64, err);
    assert.match(err, says);
  }
  assert.match((await call(['clients', 'show', 'none'])).err, /client\.not_found/);
});
