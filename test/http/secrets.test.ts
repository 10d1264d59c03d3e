/** `/v1/secrets`: which keys seal, and a rotation, without ever showing a key. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { startApi, type TestApi } from './support/api.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.close());

interface Listed {
  readonly keys: readonly { id: string; isWriting: boolean; isInFile: boolean; secrets: number }[];
}

test('there is no key before there is a secret', async () => {
  assert.deepEqual((await api.call('GET', '/v1/secrets')).json(), { keys: [] });
});

test('a rotation seals anew, and no answer has a key in it', async () => {
  const { pool } = api.database;
  await pool.query('create table waybill.trial_secrets (id text primary key, secret waybill.sealed)');
  const cell = { table: 'trial_secrets', row: 'a', column: 'secret' };
  await pool.query('insert into waybill.trial_secrets values ($1, $2)', [
    'a',
    await api.deps.secrets.seal(cell, 'hunter2'),
  ]);
  const before = (await api.call('GET', '/v1/secrets')).json<Listed>().keys;
  assert.deepEqual(before, [{ id: before[0]?.id, isWriting: true, isInFile: true, secrets: 1 }]);
  const answer = await api.call('POST', '/v1/secrets/rotate');
  assert.equal(answer.statusCode, 200, answer.body);
  const { resealed, keys } = answer.json<Listed & { resealed: number }>();
  assert.equal(resealed, 1);
  assert.deepEqual(
    keys.map(({ secrets }) => secrets),
    [1, 0],
  );
  assert.equal(keys[1]?.id, before[0]?.id);
  for (const line of (await readFile(api.deps.secrets.keyFile, 'utf8')).match(/^wsk_.*$/gm) ?? [])
    assert.ok(!answer.body.includes(line.slice(4)));
});

test('who may not is told so', async () => {
  const made = await api.call('POST', '/v1/keys', { json: { name: 'o', role: 'operator' } });
  const headers = { authorization: `Bearer ${made.json<{ key: string }>().key}` };
  assert.equal((await api.call('GET', '/v1/secrets', { headers })).statusCode, 403);
  assert.equal((await api.call('POST', '/v1/secrets/rotate', { headers })).statusCode, 403);
});
