/** Clients that ask before they send a large body. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { createPeople, startApi, type TestApi, TOKEN } from './support/api.ts';

let api: TestApi;
let url: string;
before(async () => {
  api = await startApi();
  await createPeople(api);
  url = (await api.connect()).server.url;
});
after(() => api.close());

const CSV = 'id,name\n1,Ann\n';

/** Sends the body only when it is asked for. */
async function ask(
  path: string,
  headers: Record<string, string> = {},
  body = CSV,
): Promise<{ status: number | undefined; wasAsked: boolean; answer: Record<string, unknown> }> {
  const request = httpRequest(new URL(path, url), {
    method: 'POST',
    agent: false,
    headers: {
      authorization: `Bearer ${TOKEN}`,
      expect: '100-continue',
      'content-type': 'text/csv',
      'content-length': Buffer.byteLength(body),
      ...headers,
    },
  });
  let wasAsked = false;
  request.once('continue', () => {
    wasAsked = true;
    request.end(body);
  });
  request.flushHeaders();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const answer = (await json(response)) as Record<string, unknown>;
  request.destroy();
  return { status: response.statusCode, wasAsked, answer };
}

test('a body that is wanted is asked for, whoever reads it', async () => {
  for (const [path, headers, body] of [
    ['/v1/uploads', {}, CSV],
    ['/v1/imports?collection=people', {}, CSV],
    ['/v1/exports', { 'content-type': 'application/json' }, '{"collection":"people"}'],
  ] as const) {
    const { status, wasAsked, answer } = await ask(path, headers, body);
    assert.ok(status === 201 || status === 202, JSON.stringify(answer));
    assert.ok(wasAsked, path);
  }
});

test('a request that is refused is not asked for its body', async () => {
  for (const [path, headers, expected] of [
    ['/v1/uploads', { authorization: 'Bearer wrong' }, 401],
    ['/v1/uploads', { digest: 'md5=AAAA' }, 400],
    ['/v1/uploads', { 'content-length': '100000000' }, 413],
    ['/v1/imports?collection=peeple', {}, 404],
    ['/v1/imports?collection=people&mode=upsrt', {}, 400],
    ['/v1/imports', {}, 400],
    ['/v1/nothing', {}, 404],
  ] as const) {
    const { status, wasAsked } = await ask(path, headers);
    assert.deepEqual({ status, wasAsked }, { status: expected, wasAsked: false }, path);
  }
});

test('a repeated request whose file is announced by its hash has its answer without sending the file', async () => {
  const headers = {
    'idempotency-key': randomUUID(),
    'content-digest': `sha-256=:${createHash('sha256').update(CSV).digest('base64')}:`,
  };
  const path = '/v1/imports?collection=people&allowConcurrent=true';
  const first = await ask(path, headers);
  const second = await ask(path, headers);
  assert.deepEqual([first.wasAsked, second.wasAsked], [true, false]);
  assert.equal(second.answer['id'], first.answer['id']);
  const other = await ask(`${path}&mode=insert`, headers);
  assert.deepEqual([other.status, other.wasAsked], [422, false]);
});
