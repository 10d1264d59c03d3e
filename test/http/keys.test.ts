/** API keys: made, used, refused; each role may do what it says and nothing else, by whichever route. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApiKey } from '../../src/access/api-key.ts';
import { KEY_TRUST_MS } from '../../src/access/key-cache.ts';
import { ROLE_NAMES, ROLES, type RoleName } from '../../src/actions/roles.ts';
import { waitUntil } from '../support/wait-until.ts';
import { startApi, type TestApi } from './support/api.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.close());

interface Made {
  readonly id: string;
  readonly key: string;
}

async function make(role: RoleName, more: object = {}): Promise<Made> {
  const answer = await api.call('POST', '/v1/keys', { json: { name: `a ${role}`, role, ...more } });
  assert.equal(answer.statusCode, 201, answer.body);
  return answer.json<Made>();
}

function as({ key }: Pick<Made, 'key'>) {
  const headers = { authorization: `Bearer ${key}` };
  return (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, json?: unknown) =>
    api.call(method, url, { headers, ...(json !== undefined && { json }) });
}

test('a key is shown once, and only its hash is kept', async () => {
  const made = await make('reader');
  const listed = await api.call('GET', '/v1/keys');
  assert.ok(!listed.body.includes(made.key.slice(-20)));
  const { rows } = await api.database.pool.query<{ text: string }>(
    'select k::text as text from waybill.api_keys k',
  );
  for (const { text } of rows) assert.ok(!text.includes(made.key.slice(-20)), text);
});

test('a key of each role may do what the role may', async () => {
  for (const role of ROLE_NAMES) {
    const answer = await as(await make(role))('GET', '/v1/access');
    assert.deepEqual(answer.json(), {
      name: `the key "a ${role}" (${role})`,
      permissions: [...ROLES[role]].toSorted(),
    });
  }
});

/** One call for each step that a role goes further, and the role that may do it first. */
const CALLS: readonly (readonly [
  role: RoleName,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  json?: object,
])[] = [
  ['reader', 'GET', '/v1/jobs'],
  ['reader', 'GET', '/v1/uploads'],
  ['reader', 'GET', '/v1/collections'],
  ['reader', 'GET', '/metrics'],
  ['integrator', 'POST', '/v1/imports', { collection: 'none', source: { records: [{ a: 1 }] } }],
  ['integrator', 'POST', '/v1/exports', { collection: 'none' }],
  ['integrator', 'POST', '/v1/jobs/1/cancel'],
  ['integrator', 'POST', '/v1/jobs/1/correct', { upload: '7a1f0f5e-9d0a-4a53-8f5e-0d4c3b2a1f00' }],
  ['operator', 'DELETE', '/v1/jobs/1'],
  [
    'operator',
    'PUT',
    '/v1/collections/c',
    { name: 'c', schema: { type: 'object', properties: { a: { type: 'string' } } } },
  ],
  ['operator', 'DELETE', '/v1/collections/none'],
  ['administrator', 'GET', '/v1/keys'],
  ['administrator', 'POST', '/v1/keys', { name: 'x', role: 'reader' }],
  ['administrator', 'DELETE', '/v1/keys/none'],
];

for (const [role, method, url, json] of CALLS) {
  test(`${method} ${url} is for ${role}s and whoever may do more`, async () => {
    for (const own of ROLE_NAMES) {
      const answer = await as(await make(own))(method, url, json);
      const mayCall = ROLE_NAMES.indexOf(own) >= ROLE_NAMES.indexOf(role);
      assert.equal(answer.statusCode === 403, !mayCall, `${own}: ${answer.statusCode} ${answer.body}`);
      if (mayCall) continue;
      assert.equal(answer.json<{ code: string }>().code, 'request.forbidden');
      assert.match(answer.body, /needs the permission/);
    }
  });
}

test('a key that nobody made, one that is over and one that was revoked are refused, each with its reason', async () => {
  const unknown = await as({ key: createApiKey().text })('GET', '/v1/jobs');
  assert.equal(unknown.statusCode, 401);
  assert.match(unknown.body, /neither the one of this server nor one of its API keys/);

  const expired = await make('reader');
  await api.database.pool.query('update waybill.api_keys set expires_at = now() where id = $1', [expired.id]);
  const late = await as(expired)('GET', '/v1/jobs');
  assert.equal(late.statusCode, 401);
  assert.match(late.body, /has expired/);
  assert.match(String(late.headers['www-authenticate']), /^Bearer/);

  const revoked = await make('reader');
  assert.equal((await as(revoked)('GET', '/v1/jobs')).statusCode, 200);
  const answer = await api.call('DELETE', `/v1/keys/${revoked.id}`);
  assert.ok(answer.json<{ revokedAt?: string }>().revokedAt);
  const started = performance.now();
  await waitUntil(
    'the key is refused',
    async () => (await as(revoked)('GET', '/v1/jobs')).statusCode === 401,
    30_000,
  );
  assert.ok(performance.now() - started < KEY_TRUST_MS + 5000);
  assert.match((await as(revoked)('GET', '/v1/jobs')).body, /was revoked/);
});

test('when a key ends is said, or left to the server, or never', async () => {
  const year = await api.call('POST', '/v1/keys', { json: { name: 'k', role: 'reader' } });
  const days = (Date.parse(year.json<{ expiresAt: string }>().expiresAt) - Date.now()) / 86_400_000;
  assert.ok(days > 364 && days <= 365, String(days));
  const never = await api.call('POST', '/v1/keys', { json: { name: 'k', role: 'reader', expiresAt: null } });
  assert.equal(never.json<{ expiresAt?: string }>().expiresAt, undefined);
  const past = await api.call('POST', '/v1/keys', {
    json: { name: 'k', role: 'reader', expiresAt: '2020-01-01T00:00:00Z' },
  });
  assert.equal(past.statusCode, 400);
  assert.match(past.body, /a time to come/);
});

test('that a key is used is noted, and whoever made it', async () => {
  const made = await make('reader');
  await as(made)('GET', '/v1/jobs');
  const { keys } = (await api.call('GET', '/v1/keys')).json<{ keys: Record<string, string>[] }>();
  const key = keys.find(({ id }) => id === made.id);
  assert.ok(key?.['lastUsedAt']);
  assert.equal(key['createdBy'], 'the holder of the token');
});

test('a key in a query string is none', async () => {
  const made = await make('administrator');
  const answer = await api.call('GET', `/v1/jobs?token=${made.key}`, { headers: { authorization: '' } });
  assert.equal(answer.statusCode, 401);
});

test('a key works over a real connection, by the client of the SDK', async () => {
  const client = await api.connect();
  const made = await client.createKey({ name: 'script', role: 'integrator' });
  assert.equal((await client.listKeys())[0]?.id, made.id);
  assert.equal((await client.readAccess()).name, 'the holder of the token');
  await client.revokeKey(made.id);
  await assert.rejects(client.revokeKey('none'), { code: 'key.not_found' });
});
