/** An address that is there says which methods it takes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startApi, type TestApi } from './support/api.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.close());

const METHODS = ['DELETE', 'GET', 'OPTIONS', 'PATCH', 'POST', 'PUT'] as const;

test('every documented address refuses other methods with 405, and names those that it takes', async () => {
  const { paths } = (await api.call('GET', '/openapi.json')).json<{ paths: Record<string, object> }>();
  let refused = 0;
  for (const [path, operations] of Object.entries(paths)) {
    const taken = Object.keys(operations).map((method) => method.toUpperCase());
    const allowed = [...taken, 'OPTIONS', ...(taken.includes('GET') ? ['HEAD'] : [])].toSorted().join(', ');
    for (const method of METHODS.filter((one) => !taken.includes(one))) {
      const answer = await api.call(method, path.replaceAll(/\{\w+\}/g, 'x'));
      if (method === 'OPTIONS') {
        assert.deepEqual([answer.statusCode, answer.headers['allow']], [204, allowed], path);
        continue;
      }
      assert.deepEqual([answer.statusCode, answer.headers['allow']], [405, allowed], `${method} ${path}`);
      assert.equal(answer.json().code, 'request.method_not_allowed');
      refused += 1;
    }
  }
  assert.ok(refused > 100, `${refused} were asked`);
});

test('an address that is not there is 404 for every method', async () => {
  for (const path of ['/v1/nothing', '/v1/jobs/1/nothing', '/v1/jobs//1/', '/v1']) {
    for (const method of METHODS) {
      const answer = await api.call(method, path);
      assert.deepEqual([answer.statusCode, answer.headers['allow']], [404, undefined], `${method} ${path}`);
      assert.equal(answer.json().code, 'request.not_found');
    }
  }
});

test('a slash too much between host and path does not hide what is there', async () => {
  const answer = await api.call('DELETE', '//v1/jobs');
  assert.deepEqual([answer.statusCode, answer.headers['allow']], [405, 'GET, HEAD, OPTIONS']);
});
