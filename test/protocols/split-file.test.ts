/** A document that comes with a request and is taken apart before the job is made, over a real connection. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import type { Protocol, ProtocolRoute } from '../../src/protocols/protocol.ts';
import { TINY, TINY_BINDING } from './conformance/tiny-protocol.ts';
import { type ProtocolTestServer, startProtocols, TOKEN } from './support/protocol-server.ts';

const IDLE_MS = 60_000;

let server: ProtocolTestServer;
let url: string;
let socket: Socket | undefined;
/** The idle limit of the connection, at each element. */
let limitsSeen: (number | undefined)[] = [];

const SPLITTING: ProtocolRoute = {
  method: 'POST',
  path: '/documents',
  body: 'form',
  formFiles: ['data'],
  limits: { permission: 'things' },
  operation: {
    operationId: 'splitDocument',
    summary: 'Count',
    answers: { 200: { description: 'Counted.' } },
  },
  handle: ({ files }) => {
    const file = files['data'];
    assert.ok(file);
    return {
      do: 'split',
      file,
      member: 'things',
      place: (element) => {
        limitsSeen.push(socket?.timeout);
        return { part: 'all', line: JSON.stringify(element.get('id')) };
      },
      next: ({ parts }) => ({ do: 'answer', answer: { status: 200, body: { records: parts[0]?.records } } }),
    };
  },
};

const PROTOCOL: Protocol = {
  ...TINY,
  bind: (raw) => ({ ...TINY.bind(raw), routes: [SPLITTING] }),
};

before(async () => {
  server = await startProtocols({
    protocols: { tiny: TINY_BINDING },
    collections: [
      { name: 'things', key: ['id'], schema: { type: 'object', properties: { id: { type: 'integer' } } } },
    ],
    known: [PROTOCOL],
    change: (deps) => ({ ...deps, connectionLimits: { idleMs: IDLE_MS } }),
  });
  server.app.server.on('connection', (opened: Socket) => {
    socket = opened;
  });
  url = await server.app.listen({ host: '127.0.0.1', port: 0 });
});
after(() => server.close());

async function send(document: string): Promise<Response> {
  const body = new FormData();
  body.append('data', new Blob([document]), 'document.json');
  limitsSeen = [];
  return fetch(`${url}/tiny/documents`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}` },
    body,
  });
}

test('a connection may be silent while its document is taken apart, and only then', async () => {
  const opened = once(server.app.server, 'connection');
  const answered = await send('{"things": [{"id": 1}, {"id": 2}]}');
  const [connection] = (await opened) as [Socket];
  assert.deepEqual(await answered.json(), { records: 2 });
  assert.deepEqual(limitsSeen, [0, 0]);
  assert.ok((connection.timeout ?? 0) > 0, 'the connection has a limit again');
});

test('after a document that cannot be read the connection has its limit again', async () => {
  const answered = await send('{"things": [{"id": 1}, nonsense]}');
  assert.equal(answered.status, 400, await answered.text());
  assert.ok((socket?.timeout ?? 0) > 0);
});
