/** NUL and halves of surrogate pairs may stand in any text of a request; PostgreSQL takes neither. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { createPeople, startApi, type TestApi } from './support/api.ts';

let api: TestApi;
let jobId: string;
before(async () => {
  api = await startApi();
  await createPeople(api);
  const json = { collection: 'people', source: { records: [{ id: 1, name: 'Ann' }] } };
  jobId = (await api.call('POST', '/v1/imports', { json })).json<{ id: string }>().id;
});
after(() => api.close());

const NUL = 'a\0b';
const kickOff = { collection: 'people', source: { records: [{ id: 1, name: 'Ann' }] } };
const exporting = { collection: 'people' };
const definition = {
  name: 'made',
  key: ['id'],
  schema: { type: 'object', properties: { id: { type: 'integer' } } },
};

const BODIES: readonly [method: 'POST' | 'PUT', url: string, json: object, place: string][] = [
  ['POST', '/v1/imports', { ...kickOff, description: NUL }, 'body.description'],
  ['POST', '/v1/imports', { ...kickOff, labels: ['a', NUL] }, 'body.labels[1]'],
  ['POST', '/v1/imports', { ...kickOff, metadata: { list: [{ deep: NUL }] } }, 'body.metadata.list[0].deep'],
  ['POST', '/v1/imports', { ...kickOff, metadata: { [NUL]: 1 } }, 'a name in body.metadata'],
  ['POST', '/v1/imports', { ...kickOff, metadata: { half: '\ud83d' } }, 'body.metadata.half'],
  ['POST', '/v1/imports', { ...kickOff, createdBy: NUL }, 'body.createdBy'],
  ['POST', '/v1/imports', { ...kickOff, collection: NUL }, 'body.collection'],
  ['POST', '/v1/imports', { ...kickOff, scope: { account: NUL } }, 'body.scope.account'],
  ['POST', '/v1/validations', { ...kickOff, dialect: { quote: '\0' } }, 'body.dialect.quote'],
  [
    'POST',
    '/v1/validations',
    { ...kickOff, mapping: { fields: [{ field: 'id', source: NUL }] } },
    'body.mapping.fields[0].source',
  ],
  ['POST', '/v1/exports', { ...exporting, collection: NUL }, 'body.collection'],
  ['POST', '/v1/exports', { ...exporting, fields: [NUL] }, 'body.fields[0]'],
  [
    'POST',
    '/v1/exports',
    { ...exporting, filter: { field: 'name', op: 'eq', value: NUL } },
    'body.filter.value',
  ],
  [
    'POST',
    '/v1/exports',
    { ...exporting, filter: { field: 'name', op: 'in', value: ['a', NUL] } },
    'body.filter.value[1]',
  ],
  ['POST', '/v1/exports', { ...exporting, scope: { account: NUL } }, 'body.scope.account'],
  ['PUT', '/v1/collections/made', { ...definition, title: NUL }, 'body.title'],
  ['PUT', '/v1/collections/made', { ...definition, name: NUL }, 'body.name'],
];

const URLS: readonly [url: string, place: string][] = [
  ['/v1/collections/%00', 'path.name'],
  ['/v1/jobs?label=a%00b', 'query.label'],
  ['/v1/jobs?collection=%00', 'query.collection'],
];

describe('text that cannot be stored', () => {
  for (const [method, url, json, place] of BODIES) {
    test(`is refused at ${place} of ${method} ${url}`, async () => {
      const answer = await api.call(method, url, { json });
      const { code, detail } = answer.json<{ code: string; detail: string }>();
      assert.deepEqual([answer.statusCode, code], [400, 'request.invalid'], answer.body);
      assert.ok(detail.startsWith(`${place} contains`), detail);
    });
  }

  for (const [url, place] of URLS) {
    test(`is refused at ${place} of GET ${url}`, async () => {
      const answer = await api.call('GET', url);
      assert.equal(answer.statusCode, 400, answer.body);
      assert.ok(answer.json<{ detail: string }>().detail.startsWith(place), answer.body);
    });
  }

  test('is refused in the idempotency key', async () => {
    const answer = await api.call('POST', '/v1/imports', {
      json: kickOff,
      headers: { 'idempotency-key': NUL },
    });
    assert.equal(answer.statusCode, 400, answer.body);
    assert.match(answer.body, /idempotency-key contains/);
  });

  test('never gives an internal error in any path', async () => {
    for (const url of [
      `/v1/jobs/${jobId}/artifacts/%00`,
      '/v1/jobs/%00',
      '/v1/uploads/%00',
      `/v1/jobs/${jobId}/issues?code=%00`,
      `/v1/jobs/${jobId}/issues?field=%00`,
      `/v1/collections/people/count?scope=%00`,
    ]) {
      const answer = await api.call('GET', url);
      assert.ok(
        answer.statusCode >= 400 && answer.statusCode < 500,
        `${url}: ${answer.statusCode} ${answer.body}`,
      );
    }
    assert.equal((await api.call('POST', `/v1/jobs/${jobId}/%00`)).statusCode, 400);
    assert.equal((await api.call('DELETE', `/v1/jobs/${randomUUID()}%00`)).statusCode, 400);
  });

  test('is an issue, not an error, in a record that the request carries', async () => {
    const json = { ...kickOff, source: { records: [{ id: 2, name: NUL, ['b\0']: 'x' }] } };
    assert.equal((await api.call('POST', '/v1/imports', { json })).statusCode, 202);
  });
});

test('what is nested too deeply to be read is refused, in a record too', async () => {
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const post = (body: string) =>
    api.call('POST', '/v1/imports', { body, headers: { 'content-type': 'application/json' } });
  for (const levels of [300, 100_000]) {
    for (const body of [
      `{"collection":"people","source":{"records":[{"id":1}]},"metadata":{"a":${deep(levels)}}}`,
      `{"collection":"people","source":{"records":[{"id":${deep(levels)}}]}}`,
    ]) {
      const answer = await post(body);
      assert.equal(answer.statusCode, 400, answer.body.slice(0, 300));
      assert.match(answer.body, /nested (deeper than 200 levels|too deeply)/);
    }
  }
});
