/** Calls to servers of other people: real ones on loopback, which the setting allows here. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { createAddressGuard } from '../../src/transfer/http/guard-address.ts';
import { postJson } from '../../src/transfer/http/post-json.ts';

const guard = createAddressGuard({ allow: ['127.0.0.0/8'] });
const settings = { guard, version: '1.2.3', timeoutMs: 5000 };

const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close().closeAllConnections());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of request.setEncoding('utf8')) body += String(piece);
  return body;
}

test('the body arrives as JSON from a sender that says who it is, on a connection of its own', async () => {
  const seen: { request: IncomingMessage; body: string; socket: Socket }[] = [];
  const url = await serve((request, response) => {
    void readBody(request).then((body) => {
      seen.push({ request, body, socket: request.socket });
      response.writeHead(204).end();
    });
  });
  const body = '{"name":"Ädam"}';
  for (const _ of [1, 2]) {
    assert.deepEqual(await postJson(settings, { url, body, headers: { 'idempotency-key': 'x' } }), {
      status: 204,
    });
  }
  const [first, second] = seen;
  assert.equal(first?.body, body);
  assert.equal(first?.request.method, 'POST');
  assert.equal(first?.request.headers['user-agent'], 'Waybill/1.2.3');
  assert.equal(first?.request.headers['content-type'], 'application/json; charset=utf-8');
  assert.equal(first?.request.headers['idempotency-key'], 'x');
  assert.equal(first?.request.headers['connection'], 'close');
  assert.notEqual(first?.socket, second?.socket);
});

test('a redirect is an answer, and leads nowhere', async () => {
  let calls = 0;
  const inner = await serve((_request, response) => {
    calls += 1;
    response.end();
  });
  const url = await serve((_request, response) => response.writeHead(307, { location: inner }).end());
  assert.deepEqual(await postJson(settings, { url, body: '{}' }), { status: 307 });
  assert.equal(calls, 0);
});

test('an answer without an end is read as far as 64 KiB, and counts', { timeout: 10_000 }, async () => {
  let sent = 0;
  const url = await serve((_request, response) => {
    const piece = Buffer.alloc(16_384);
    const more = () => {
      if (response.destroyed) return;
      sent += piece.length;
      response.write(piece, more);
    };
    more();
  });
  assert.deepEqual(await postJson({ ...settings, timeoutMs: 60_000 }, { url, body: '{}' }), { status: 200 });
  assert.ok(sent < 32 * 1024 * 1024, `${sent} bytes were sent`);
});

test('an answer that is cut behind its status counts', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('some', () => response.destroy());
  });
  assert.deepEqual(await postJson(settings, { url, body: '{}' }), { status: 200 });
});

test('a server that says nothing is given up', async () => {
  const url = await serve(() => {});
  const outcome = await postJson({ ...settings, timeoutMs: 100 }, { url, body: '{}' });
  assert.deepEqual(outcome, { failure: 'there was no answer within 0.1 s' });
});

test('the time to resolve a name counts', async () => {
  const slow = createAddressGuard({ allow: [], lookup: () => new Promise(() => {}) });
  const outcome = await postJson(
    { ...settings, guard: slow, timeoutMs: 50 },
    { url: 'http://a.example/', body: '' },
  );
  assert.deepEqual(outcome, { failure: 'there was no answer within 0.05 s' });
});

test('nobody listening, a connection that is cut, an unknown name: said in words without addresses', async () => {
  const cutter = createTcpServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(cutter, 'listening');
  const { port } = cutter.address() as AddressInfo;
  const cut = await postJson(settings, { url: `http://127.0.0.1:${port}/`, body: '{}' });
  assert.deepEqual(cut, { failure: 'the connection was cut' });
  cutter.close();
  await once(cutter, 'close');
  const refused = await postJson(settings, { url: `http://127.0.0.1:${port}/`, body: '{}' });
  assert.deepEqual(refused, { failure: 'the connection was refused' });
  const lost = createAddressGuard({
    allow: [],
    lookup: () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })),
  });
  const unknown = await postJson({ ...settings, guard: lost }, { url: 'http://a.example/', body: '{}' });
  assert.deepEqual(unknown, { failure: 'the name of the host is not known' });
});

test('a name that leads to this machine is not called', async () => {
  let calls = 0;
  const url = new URL(
    await serve((_request, response) => {
      calls += 1;
      response.end();
    }),
  );
  const strict = createAddressGuard({ allow: [] });
  const hidden = createAddressGuard({ allow: [], lookup: async () => [{ address: '127.0.0.1', family: 4 }] });
  for (const [one, host] of [
    [strict, 'localhost'],
    [strict, '127.0.0.1'],
    [hidden, 'hooks.example.com'],
  ] as const) {
    url.hostname = host;
    const outcome = await postJson({ ...settings, guard: one }, { url: url.href, body: '{}' });
    assert.match('failure' in outcome ? outcome.failure : '', /may not be called/);
  }
  assert.equal(calls, 0);
});

test('the connection is made to the address that was judged, not to one that the name leads to later', async () => {
  const url = new URL(
    await serve((request, response) =>
      response.writeHead(request.headers.host === url.host ? 200 : 400).end(),
    ),
  );
  let lookups = 0;
  const rebinding = createAddressGuard({
    allow: ['127.0.0.0/8'],
    lookup: async () => [{ address: (lookups += 1) === 1 ? '127.0.0.1' : '127.0.0.99', family: 4 }],
  });
  url.hostname = 'hooks.example.com';
  assert.deepEqual(await postJson({ ...settings, guard: rebinding }, { url: url.href, body: '{}' }), {
    status: 200,
  });
  assert.equal(lookups, 1);
});

test('a caller that goes away cuts the call, and is told', async () => {
  const url = await serve(() => {});
  const leaving = new AbortController();
  const call = postJson(settings, { url, body: '{}', signal: leaving.signal });
  leaving.abort(new Error('leaving'));
  await assert.rejects(call, /leaving/);
});
