/** The check that stands between server and tests: it has to notice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWireCheck } from '../../support/wire/check-exchange.ts';
import type { Exchange } from '../../support/wire/exchange.ts';

const PROBLEM = {
  type: 'object',
  additionalProperties: false,
  required: ['code'],
  properties: { code: { type: 'string' } },
};

const DOCUMENT = {
  paths: {
    '/things/{id}': {
      get: {
        responses: {
          '200': {
            headers: {
              ETag: { required: true, schema: { type: 'string' } },
              'Retry-After': { required: false, schema: { type: 'integer' } },
            },
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  additionalProperties: false,
                  required: ['id'],
                  properties: { id: { type: 'string', format: 'uuid' } },
                },
              },
            },
          },
          '304': {},
          '404': { $ref: '#/components/responses/Missing' },
        },
      },
    },
    '/things/latest': { get: { responses: { '204': {} } } },
  },
  components: {
    schemas: { Problem: PROBLEM },
    responses: { Missing: { content: { 'application/problem+json': { schema: PROBLEM } } } },
  },
};

const check = createWireCheck(DOCUMENT);

function exchange(
  change: Partial<Omit<Exchange, 'json'>> & { json?: unknown; text?: string } = {},
): Exchange {
  const { json = { id: '018f0c3e-0000-4000-8000-000000000000' }, text, ...rest } = change;
  const body = text ?? JSON.stringify(json);
  return {
    method: 'GET',
    url: '/things/7?x=1',
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8', etag: '"1"' },
    sizeBytes: Buffer.byteLength(body),
    json: body,
    ...rest,
  };
}

const problem = { 'content-type': 'application/problem+json' };

test('what the document says passes', () => {
  assert.deepEqual(check(exchange()), []);
  assert.deepEqual(check(exchange({ method: 'HEAD', text: '' })), []);
  assert.deepEqual(check(exchange({ status: 304, headers: {}, text: '' })), []);
  assert.deepEqual(check(exchange({ status: 404, headers: problem, json: { code: 'x' } })), []);
  assert.deepEqual(check(exchange({ url: '/things/latest', status: 204, headers: {}, text: '' })), []);
  assert.deepEqual(
    check(exchange({ url: '/nowhere', status: 404, headers: problem, json: { code: 'x' } })),
    [],
  );
});

const DIFFERENCES: Readonly<Record<string, { readonly exchange: Exchange; readonly expected: RegExp }>> = {
  'a member that is not documented': {
    exchange: exchange({ json: { id: '018f0c3e-0000-4000-8000-000000000000', more: 1 } }),
    expected: /must NOT have additional properties .*more/,
  },
  'a member that is missing': {
    exchange: exchange({ json: {} }),
    expected: /must have required property 'id'/,
  },
  'a member in another format': {
    exchange: exchange({ json: { id: '7' } }),
    expected: /body\/id must match format/,
  },
  'a body that is no JSON': { exchange: exchange({ text: '{' }), expected: /not JSON/ },
  'a status that is not documented': {
    exchange: exchange({ status: 409, json: { code: 'a.b' } }),
    expected: /status 409 \(a\.b\) is not documented; it has 200, 304, 404/,
  },
  'a header that is not documented': {
    exchange: exchange({ headers: { ...exchange().headers, 'x-more': '1' } }),
    expected: /header x-more is not documented/,
  },
  'a header that is missing': {
    exchange: exchange({ headers: { 'content-type': 'application/json' } }),
    expected: /header etag is documented as always there/,
  },
  'a header of another type': {
    exchange: exchange({ headers: { ...exchange().headers, 'retry-after': 'soon' } }),
    expected: /retry-after is no integer/,
  },
  'another media type': {
    exchange: exchange({ headers: { ...exchange().headers, 'content-type': 'text/html' } }),
    expected: /media type is text\/html, documented: application\/json/,
  },
  'a length that is not that of the body': {
    exchange: exchange({ headers: { ...exchange().headers, 'content-length': '3' } }),
    expected: /content-length is 3/,
  },
  'a body where there should be none': {
    exchange: exchange({ status: 304, headers: {}, text: 'x' }),
    expected: /there should be no body/,
  },
  'a body behind HEAD': { exchange: exchange({ method: 'HEAD' }), expected: /HEAD has a body/ },
  'a problem of another form': {
    exchange: exchange({ status: 404, headers: problem, json: { code: 7 } }),
    expected: /body\/code must be string/,
  },
  'a method that is not documented': { exchange: exchange({ method: 'PUT' }), expected: /no such operation/ },
  'a path that is not documented': { exchange: exchange({ url: '/others' }), expected: /no such operation/ },
};

for (const [name, { exchange: seen, expected }] of Object.entries(DIFFERENCES)) {
  test(`${name} is noticed`, () => {
    const differences = check(seen);
    assert.equal(differences.length, 1, differences.join('\n'));
    assert.match(differences[0] ?? '', expected);
    assert.ok(differences[0]?.startsWith(`${seen.method} ${seen.url} -> ${seen.status}: `));
  });
}
