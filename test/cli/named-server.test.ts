/** Commands that are told where their server is: they use it, whatever lies in the folder, and start none of their own. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Command } from 'commander';
import { createProgram, main } from '../../src/cli/main.ts';
import { processTerminal } from '../../src/cli/terminal.ts';
import type { ServerAddress } from '../../src/sdk/request.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { recordTerminal } from '../support/record-terminal.ts';
import { ServerProcess } from '../support/server.ts';

const NOBODY = 'http://127.0.0.1:9';

const terminal = processTerminal();
let cwd: string;
let database: TestDatabase;
let server: ServerProcess;
let address: ServerAddress;
before(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'waybill-named-'));
  await writeFile(join(cwd, 'people.csv'), 'id,name\n007,Ann\n008,Bo\n');
  await writeFile(join(cwd, 'people.json'), '{"name": "people"}');
  database = await createTestDatabase({ template: 'empty' });
  server = await ServerProcess.start({ databaseUrl: database.url });
  address = server.client.server;
});
after(async () => {
  await server.stop();
  await database.drop();
  await rm(cwd, { recursive: true, force: true });
});

async function call(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const recorded = recordTerminal();
  const code = await main(args, { cwd, env, terminal: recorded.terminal });
  return { code, out: recorded.out(), err: recorded.err() };
}

test('a file goes to the named server and comes back, and no data folder is made', async () => {
  const { url, token } = address;
  const named = ['--url', url, '--token', token];
  const imported = await call(['import', 'people.csv', '--into', 'people', ...named]);
  assert.equal(imported.code, 0, imported.err);
  assert.match(imported.out, /2 records: 2 created/);
  // Before the command's name, and from the environment.
  const listed = await call([...named, 'collections', 'list']);
  assert.match(listed.out, /^people +1 +id +managed/m);
  const env = { WAYBILL_URL: url, WAYBILL_TOKEN: token };
  assert.equal((await call(['export', 'people', '--out', 'out.csv'], env)).code, 0);
  assert.equal((await readFile(join(cwd, 'out.csv'), 'utf8')).split('\r\n')[1], '007,Ann');
  await writeFile(join(cwd, 'token'), `${token}\n`);
  const byFile = { WAYBILL_URL: url, WAYBILL_TOKEN_FILE: join(cwd, 'token') };
  assert.match((await call(['jobs'], byFile)).out, /export +succeeded/);
  assert.deepEqual((await readdir(cwd)).sort(), ['out.csv', 'people.csv', 'people.json', 'token']);
});

test('a wrong token is refused by the server, in its words', async () => {
  const { code, err } = await call(['jobs', '--url', address.url, '--token', 'wrong']);
  assert.equal(code, 1);
  assert.match(
    err,
    /token of the request is neither the one of this server nor one of its API keys.*request\.unauthorized/,
  );
});

const OTHERS: [string, { status: number; type: string; body: string }][] = [
  ['a page', { status: 200, type: 'text/html', body: '<html></html>' }],
  ['another API', { status: 404, type: 'application/json', body: '{"error":"no such route"}' }],
  ['a proxy', { status: 502, type: 'text/html', body: 'Bad Gateway' }],
];
for (const [name, { status, type, body }] of OTHERS) {
  test(`${name} at the address is no Waybill server`, async () => {
    const other: Server = createServer((_request, response) =>
      response.writeHead(status, { 'content-type': type }).end(body),
    );
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    try {
      const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
      const { code, err } = await call(['jobs', '--url', url, '--token', 'x']);
      assert.equal(code, 1);
      assert.match(err, new RegExp(`is not a Waybill server: it answered ${status} .*server\\.unreachable`));
      assert.equal(err.split('\n').length, 2, err);
    } finally {
      other.close();
    }
  });
}

/** What commands need beside their arguments. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  import: ['--into', 'people'],
  validate: ['--into', 'people'],
  'collections create': ['--from', 'people.json'],
  'keys create': ['--role', 'reader'],
  'clients create': ['--role', 'reader'],
};

function leavesOf(command: Command, path: readonly string[] = []): { path: string[]; command: Command }[] {
  if (command.commands.length === 0) return [{ path: [...path], command }];
  return command.commands.flatMap((child) => leavesOf(child, [...path, child.name()]));
}

const program = createProgram({ terminal, env: {}, cwd: '/', exitCode: 0 });
for (const { path, command } of leavesOf(program)) {
  const given = command.registeredArguments.map(() => 'people.json');
  const args = [...path, ...given, ...(NEEDED[path.join(' ')] ?? [])];
  const isLocal = ['serve', 'migrate', 'config', 'demo', 'sandbox'].includes(path[0] ?? '');
  test(`${path.join(' ')} ${isLocal ? 'works here alone' : 'obeys --url'}`, async () => {
    const { code, err } = await call(['--url', NOBODY, '--token', 'x', ...args]);
    if (isLocal) assert.deepEqual([code, /has no option --url/.test(err)], [64, true], err);
    else assert.match(err, /does not answer \(.+\)\. \(server\.unreachable\)/);
    assert.equal(err.trimEnd().split('\n').length, 1, err);
  });
}
