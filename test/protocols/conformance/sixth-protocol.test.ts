import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { TINY, TINY_BINDING } from './tiny-protocol.ts';

const THINGS = {
  name: 'things',
  key: ['id'],
  schema: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
};

let server: ProtocolTestServer;
before(async () => {
  server = await startProtocols({
    known: [TINY],
    collections: [THINGS],
    protocols: { tiny: { ...TINY_BINDING, mount: { prefix: '/sixth' } } },
  });
});
after(() => server.close());

test('a protocol that is one folder and one line runs a job from kick-off to end', async () => {
  const started = await server.call('POST', '/sixth/tiny/things');
  assert.equal(started.statusCode, 201);
  const { go } = started.json<{ go: string }>();
  assert.equal((await server.call('GET', `/sixth/tiny/things/${go}`)).json(), 'waiting');
  const native = await server.call('GET', `/v1/jobs/${go}`);
  const { state, protocol } = native.json<{ state: string; protocol: string }>();
  assert.deepEqual({ state, protocol }, { state: 'queued', protocol: 'tiny' });
  await server.runNext();
  assert.equal((await server.call('GET', `/sixth/tiny/things/${go}`)).json(), 'good');
});

test('what goes wrong is told in its own words', async () => {
  const unknown = await server.call('GET', '/sixth/tiny/things/0b2c7f60-9a5e-4f3c-8d21-6f1b2f7f9a11');
  assert.equal(unknown.statusCode, 400);
  assert.match(unknown.json<{ oops: string }>().oops, /There is no job/);
  const nowhere = await server.call('GET', '/sixth/tiny/nowhere');
  assert.match(nowhere.json<{ oops: string }>().oops, /nothing at GET/);
});

test('it has a document, which the server lists', async () => {
  const { protocols } = (await server.call('GET', '/protocols')).json<{
    protocols: { document: string; paths: string[] }[];
  }>();
  assert.deepEqual(
    protocols.map(({ paths }) => paths),
    [['/sixth/tiny']],
  );
  const document = await server.call('GET', protocols[0]?.document ?? '');
  assert.deepEqual(Object.keys(document.json<{ paths: object }>().paths), ['/things', '/things/{id}']);
});
