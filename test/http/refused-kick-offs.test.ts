import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createPeople, startApi, type TestApi } from './support/api.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
  await createPeople(api);
});
after(() => api.close());

const post = (url: string, json: unknown) => api.call('POST', url, { json });

const refused: [string, string, unknown, string, RegExp][] = [
  [
    'an unknown member is named, with a suggestion',
    '/v1/imports',
    { collection: 'people', source: { upload: 'x' }, modus: 1, labls: [] },
    'request.invalid',
    /"labls" is not known \(did you mean "labels"\?\)/,
  ],
  [
    'a wrong mode lists what there is',
    '/v1/imports',
    { collection: 'people', source: { upload: randomUUID() }, mode: 'upsrt' },
    'request.invalid',
    /did you mean "upsert"/,
  ],
  ['no source', '/v1/imports', { collection: 'people' }, 'request.invalid', /"source" is missing/],
  [
    'two sources',
    '/v1/imports',
    { collection: 'people', source: { upload: randomUUID(), job: randomUUID() } },
    'request.invalid',
    /source/,
  ],
  [
    'no collection',
    '/v1/imports',
    { source: { upload: randomUUID() } },
    'request.invalid',
    /"collection" is missing/,
  ],
  [
    'an unknown collection',
    '/v1/imports',
    { collection: 'peeple', source: { upload: randomUUID() } },
    'collection.not_found',
    /people/,
  ],
  [
    'an unknown upload',
    '/v1/imports',
    { collection: 'people', source: { upload: randomUUID() } },
    'source.not_found',
    /Send the file again/,
  ],
  [
    'a scope that the collection has not',
    '/v1/exports',
    { collection: 'people', scope: { account_id: '1' } },
    'request.invalid',
    /no scope/,
  ],
  [
    'a field that is not there',
    '/v1/exports',
    { collection: 'people', fields: ['nam'] },
    'request.invalid',
    /did you mean "name"/,
  ],
  [
    'a filter with an unknown operator',
    '/v1/exports',
    { collection: 'people', filter: { field: 'id', op: 'eqq', value: '1' } },
    'request.invalid',
    /did you mean "eq"/,
  ],
  [
    'a filter value that is none of its field',
    '/v1/exports',
    { collection: 'people', filter: { not: { field: 'id', op: 'in', value: ['1', 'one'] } } },
    'request.invalid',
    /^filter\.not\.value\[1\] is not a value of field id \(integer\): expected a whole number\.$/,
  ],
  [
    'a date in another notation than that of filters',
    '/v1/exports',
    { collection: 'people', filter: { and: [{ field: 'born', op: 'ge', value: '31.12.1999' }] } },
    'request.invalid',
    /^filter\.and\[0\]\.value is not a value of field born \(date\): expected a date in the format yyyy-MM-dd\.$/,
  ],
  [
    'a filter of more values than an export takes',
    '/v1/exports',
    {
      collection: 'people',
      filter: { field: 'id', op: 'in', value: Array.from({ length: 10_001 }, () => 'no number') },
    },
    'request.invalid',
    /^filter has 10001 values; at most 10000 are allowed \(limit: filterValues\)\./,
  ],
  [
    'a filter number that JSON has changed',
    '/v1/exports',
    { collection: 'people', filter: { field: 'id', op: 'eq', value: 2 ** 60 } },
    'request.invalid',
    /2\^53/,
  ],
  [
    'a stop before the start',
    '/v1/exports',
    { collection: 'people', stopAt: '2020-01-01T00:00:00Z' },
    'request.invalid',
    /stopAt/,
  ],
  ['a body that is no object', '/v1/imports', [1], 'request.invalid', /must be object/],
];
for (const [what, url, body, code, message] of refused) {
  test(`refused: ${what}`, async () => {
    const answer = await post(url, body);
    assert.ok(answer.statusCode >= 400 && answer.statusCode < 500, answer.body);
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    assert.equal(answer.json().code, code, answer.body);
    assert.match(answer.json().detail, message);
  });
}

test('a body that is no JSON is refused', async () => {
  const answer = await api.call('POST', '/v1/imports', {
    body: '{"a":',
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(answer.statusCode, 400);
  assert.equal(answer.json().code, 'request.invalid');
});

test('JSON that is compressed is refused as such, and not as broken JSON', async () => {
  const json = JSON.stringify({ collection: 'people' });
  const announce = (encoding: string) => ({
    'content-type': 'application/json',
    'content-encoding': encoding,
  });
  for (const [method, address] of [
    ['POST', '/v1/exports'],
    ['POST', '/v1/imports'],
    ['PUT', '/v1/collections/people'],
  ] as const) {
    const answer = await api.call(method, address, { body: gzipSync(json), headers: announce('gzip') });
    assert.equal(answer.statusCode, 415, answer.body);
    assert.equal(answer.json().code, 'request.unsupported_media_type');
    assert.match(answer.json().detail, /encoded as "gzip" \(Content-Encoding\)/);
  }
  const plain = await api.call('POST', '/v1/exports', { body: json, headers: announce('identity') });
  assert.equal(plain.statusCode, 202, plain.body);
});

test('JSON that is announced as a form, as curl does with -d, is refused with what was expected', async () => {
  for (const [method, url] of [
    ['POST', '/v1/exports'],
    ['PUT', '/v1/collections/people'],
    ['POST', `/v1/uploads/${randomUUID()}/inspect`],
  ] as const) {
    const type = 'application/x-www-form-urlencoded';
    const answer = await api.call(method, url, { body: '{}', headers: { 'content-type': type } });
    assert.equal(answer.statusCode, 415, url);
    assert.equal(answer.json().code, 'request.unsupported_media_type');
    assert.match(
      answer.json().detail,
      /announced as "application\/x-www-form-urlencoded"; expected application\/json/,
    );
  }
});
