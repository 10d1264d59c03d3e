import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startApi, type TestApi } from './support/api.ts';

let api: TestApi;
before(async () => {
  api = await startApi((deps) => ({ ...deps, isReady: () => false }));
});
after(() => api.close());

for (const authorization of [
  '',
  'Bearer',
  'Bearer another-token',
  'Basic YTpi',
  'Bearer a-token-of-the-test2',
]) {
  test(`"${authorization}" opens nothing`, async () => {
    const answer = await api.call('GET', '/v1/jobs', { headers: { authorization } });
    assert.equal(answer.statusCode, 401);
    assert.equal(answer.json().code, 'request.unauthorized');
    assert.match(String(answer.headers['www-authenticate']), /^Bearer/);
  });
}

test('health is open to everybody, and readiness ends with a shutdown', async () => {
  const headers = { authorization: '' };
  assert.deepEqual((await api.call('GET', '/healthz', { headers })).json(), { status: 'ok' });
  const ready = await api.call('GET', '/readyz', { headers });
  assert.equal(ready.statusCode, 503);
  assert.ok(ready.headers['retry-after']);
});

test('an unknown path is a problem too', async () => {
  const answer = await api.call('GET', '/v2/jobs?x=1');
  assert.equal(answer.statusCode, 404);
  assert.equal(answer.json().code, 'request.not_found');
  assert.doesNotMatch(answer.json().detail, /x=1/);
});
