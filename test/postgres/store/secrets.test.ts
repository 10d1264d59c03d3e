/** Secrets in the database: sealed, opened, rotated while others work, and refused by name where the key is lost. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { listKeysInUse, rotateSecrets } from '../../../src/store/secrets/rotate-secrets.ts';
import { createKeyLine } from '../../../src/store/secrets/sealing-key.ts';
import { createSecrets, type Secrets } from '../../../src/store/secrets/secrets.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let folder: string;
let keyFile: string;

before(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    'create table waybill.trial_secrets (id text primary key, secret waybill.sealed)',
  );
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-secrets-'));
  keyFile = join(folder, 'secrets.key');
  await database.pool.query('truncate waybill.trial_secrets, waybill.sealing_keys');
});
after(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const open = (file = keyFile): Secrets => createSecrets({ pool: database.pool, keyFile: file });
const cellOf = (row: string) => ({ table: 'trial_secrets', row, column: 'secret' });

async function keep(secrets: Secrets, id: string, text: string): Promise<void> {
  await database.pool.query(
    'insert into waybill.trial_secrets values ($1, $2) on conflict (id) do update set secret = excluded.secret',
    [id, await secrets.seal(cellOf(id), text)],
  );
}

async function read(secrets: Secrets, id: string): Promise<string> {
  const { rows } = await database.pool.query<{ secret: string }>(
    'select secret from waybill.trial_secrets where id = $1',
    [id],
  );
  return secrets.open(cellOf(id), rows[0]?.secret ?? '');
}

/** What was registered just now is needed in any case; a minute later, only if something is sealed with it. */
async function letTimePass(): Promise<void> {
  await database.pool.query(`update waybill.sealing_keys set created_at = created_at - interval '1 hour'`);
}

test('the key file is made with the first secret, for its owner alone', async () => {
  const secrets = open();
  await secrets.check();
  await assert.rejects(stat(keyFile), { code: 'ENOENT' });
  await keep(secrets, 'a', 'hunter2');
  assert.equal((await stat(keyFile)).mode & 0o777, 0o600);
  assert.equal(await read(open(), 'a'), 'hunter2');
  const { rows } = await database.pool.query('select t::text from waybill.trial_secrets t');
  assert.ok(!JSON.stringify(rows).includes('hunter2'));
});

test('processes that seal their first secret at the same time use one key', async () => {
  await Promise.all(Array.from({ length: 8 }, (_, n) => keep(open(), `s${n}`, `text ${n}`)));
  assert.equal((await readFile(keyFile, 'utf8')).match(/^wsk_/gm)?.length, 1);
  for (let n = 0; n < 8; n += 1) assert.equal(await read(open(), `s${n}`), `text ${n}`);
});

test('a lost key file is refused by the name of the key, and no other key is made', async () => {
  await keep(open(), 'a', 'hunter2');
  const [key] = await open().keys();
  const text = await readFile(keyFile, 'utf8');
  await unlink(keyFile);
  const refusal = { code: 'secrets.key_missing', message: new RegExp(`${key?.id}.*${keyFile}.*Restore`) };
  await assert.rejects(open().check(), refusal);
  await assert.rejects(open().seal(cellOf('b'), 'x'), refusal);
  await assert.rejects(read(open(), 'a'), refusal);
  await assert.rejects(rotateSecrets(database.pool, open()), refusal);
  await assert.rejects(stat(keyFile), { code: 'ENOENT' });
  await writeFile(keyFile, text);
  await open().check();
  assert.equal(await read(open(), 'a'), 'hunter2');
});

test('another key file is refused as a lost one is, as long as something is sealed', async () => {
  await keep(open(), 'a', 'hunter2');
  await writeFile(keyFile, `${createKeyLine()}\n`);
  await assert.rejects(open().check(), { code: 'secrets.key_missing' });
  await database.pool.query('truncate waybill.trial_secrets');
  await assert.rejects(open().check(), { code: 'secrets.key_missing' }, 'it may be sealing something now');
  await letTimePass();
  await open().check();
  await keep(open(), 'a', 'anew');
  assert.equal(await read(open(), 'a'), 'anew');
});

test('a machine with a key file of its own is refused where another has sealed first', async () => {
  await keep(open(), 'a', 'hunter2');
  await assert.rejects(open(join(folder, 'other.key')).seal(cellOf('b'), 'x'), {
    code: 'secrets.key_missing',
  });
});

test('a damaged key file is refused without showing what is in it', async () => {
  await writeFile(keyFile, 'wsk_half-of-a-key\n');
  await assert.rejects(open().check(), (error: Error) => {
    assert.match(error.message, /^Line 1 of the key file/);
    assert.ok(!error.message.includes('half'));
    return true;
  });
});

test('a canary that was changed is found at the start', async () => {
  await keep(open(), 'a', 'hunter2');
  await database.pool.query('update waybill.sealing_keys set canary = reverse(canary)');
  await assert.rejects(open().check(), { code: 'secrets.unreadable' });
});

test('a secret that was copied into another row cannot be opened there', async () => {
  await keep(open(), 'a', 'hunter2');
  await database.pool.query(
    `insert into waybill.trial_secrets select 'b', secret from waybill.trial_secrets`,
  );
  await assert.rejects(read(open(), 'b'), {
    code: 'secrets.unreadable',
    message: /trial_secrets\.secret of b/,
  });
});

test('a rotation seals everything anew while others read and write', async () => {
  const running = open();
  for (let n = 0; n < 250; n += 1) await keep(running, `s${n}`, `text ${n}`);
  const [old] = await running.keys();
  let isOver = false;
  const others = (async () => {
    let n = 0;
    while (!isOver) {
      await keep(running, `s${n % 250}`, `text ${n % 250}`);
      assert.equal(await read(running, `s${(n * 7) % 250}`), `text ${(n * 7) % 250}`);
      n += 1;
    }
  })();
  const { resealed } = await rotateSecrets(database.pool, open());
  isOver = true;
  await others;
  assert.ok(resealed > 0 && resealed <= 250, String(resealed));
  const [writing, opening, ...more] = await listKeysInUse(database.pool, running);
  assert.deepEqual(more, []);
  assert.deepEqual([writing?.isWriting, writing?.id === old?.id], [true, false]);
  assert.equal(opening?.id, old?.id);
  assert.equal((writing?.secrets ?? 0) + (opening?.secrets ?? 0), 250);
  for (let n = 0; n < 250; n += 1) assert.equal(await read(open(), `s${n}`), `text ${n}`);
});

test('after a rotation the old key can be left out', async () => {
  await keep(open(), 'a', 'hunter2');
  await rotateSecrets(database.pool, open());
  const lines = (await readFile(keyFile, 'utf8')).split('\n').filter((line) => line.startsWith('wsk_'));
  assert.equal(lines.length, 2);
  await writeFile(keyFile, `${lines[0]}\n`);
  await open().check();
  assert.equal(await read(open(), 'a'), 'hunter2');
});

test('a key that an operator has put first is the one that a rotation uses', async () => {
  await keep(open(), 'a', 'hunter2');
  const line = createKeyLine();
  await writeFile(keyFile, `${line}\n${await readFile(keyFile, 'utf8')}`);
  const { keys } = await rotateSecrets(database.pool, open());
  assert.deepEqual(
    keys.map(({ secrets }) => secrets),
    [1, 0],
  );
  assert.ok((await readFile(keyFile, 'utf8')).startsWith(line));
});

test('one rotation at a time', async () => {
  for (let n = 0; n < 50; n += 1) await keep(open(), `s${n}`, 'text');
  const [a, b] = await Promise.allSettled([
    rotateSecrets(database.pool, open()),
    rotateSecrets(database.pool, open()),
  ]);
  const refused = [a, b].find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  // One may have ended before the other began.
  if (refused !== undefined) assert.equal((refused.reason as { code: string }).code, 'request.conflict');
  assert.equal(await read(open(), 's1'), 'text');
});

test('every sealed column is in a table with a primary key of one column', async () => {
  const { rows } = await database.pool.query(
    `select c.relname from pg_attribute a join pg_class c on c.oid = a.attrelid
     where a.atttypid = 'waybill.sealed'::regtype and c.relkind in ('r', 'p') and not exists (
       select from pg_index i where i.indrelid = c.oid and i.indisprimary and i.indnkeyatts = 1)`,
  );
  assert.deepEqual(rows, []);
});
