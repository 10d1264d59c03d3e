/** Where protocols answer: below a prefix, at a host, beside each other, and what they leave to the native API. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PROTOCOLS } from '../../src/protocols/all-protocols.ts';
import type { Protocol } from '../../src/protocols/protocol.ts';
import { ACTIVITIES, BINDING as AVEPOINT } from './avepoint/fixture.ts';
import { TINY, TINY_BINDING } from './conformance/tiny-protocol.ts';
import { BINDING as EGAIN_IMPORT } from './egain-import/fixture.ts';
import { type ProtocolTestServer, startProtocols, TOKEN } from './support/protocol-server.ts';

const ARTICLES = {
  name: 'articles',
  key: ['title'],
  schema: {
    type: 'object',
    properties: {
      title: { type: 'string' },
      path: { type: 'string' },
      html: { type: 'string' },
      available: { type: 'string', format: 'date-time' },
    },
    required: ['title'],
  },
};
const THINGS = {
  name: 'things',
  key: ['id'],
  schema: { type: 'object', properties: { id: { type: 'integer' } } },
};
const EGAIN_EXPORT = { portals: { 'PROD-1000': { articles: { collection: 'articles' } } } };

/** Another protocol on the paths of the first. */
const OTHER: Protocol = { ...TINY, name: 'other', basePaths: ['/insights'] };

let server: ProtocolTestServer;
before(async () => {
  server = await startProtocols({
    known: [...PROTOCOLS, OTHER],
    collections: [ACTIVITIES, ARTICLES, THINGS],
    protocols: {
      avepoint: { ...AVEPOINT, mount: { host: 'graph.example.com' } },
      other: { ...TINY_BINDING, mount: { host: 'other.example.com' } },
      'egain-export': { ...EGAIN_EXPORT, mount: { prefix: '/egain' } },
      'egain-import': { ...EGAIN_IMPORT, mount: { prefix: '/egain' } },
    },
  });
});
after(() => server.close());

interface Asked {
  readonly status: number;
  /** Whose form the body has. */
  readonly form: 'native' | 'avepoint' | 'other' | 'egain' | undefined;
}

const FORMS = {
  native: '"type":"urn:waybill',
  avepoint: '"message":',
  other: '"oops":',
  egain: '"developerMessage":',
};

async function ask(host: string, url: string): Promise<Asked> {
  const headers = { host, authorization: `Bearer ${TOKEN}` };
  const { statusCode: status, body } = await server.app.inject({ url, headers });
  const form = Object.entries(FORMS).find(([, member]) => body.includes(member))?.[0];
  return { status, form: form as Asked['form'] };
}

test('two protocols on the same paths are told apart by host, with a port and in any case', async () => {
  for (const host of ['graph.example.com', 'Graph.Example.com', 'graph.example.com:8080']) {
    assert.deepEqual(await ask(host, '/insights/job/1/exportstatus'), { status: 404, form: 'avepoint' });
    assert.deepEqual(await ask(host, '/insights/things/x'), { status: 404, form: 'avepoint' });
  }
  assert.deepEqual(await ask('other.example.com', '/insights/things/x'), { status: 400, form: 'other' });
  assert.deepEqual(await ask('other.example.com:1', '/insights/job/1/exportstatus'), {
    status: 400,
    form: 'other',
  });
});

test('at another host there is no protocol', async () => {
  for (const host of ['third.example.com', 'graph.example.com.evil', 'graphXexample.com']) {
    for (const url of ['/insights/job/1/exportstatus', '/insights/nowhere', '/insights/%zz']) {
      assert.equal((await ask(host, url)).form, 'native', url);
    }
  }
});

test('protocols share a prefix, and one of them answers for what neither has', async () => {
  const id = '7A84B875-6F75-4C7B-B137-0632B62DB0BD';
  for (const url of [
    `/egain/content/export/${id}/status`,
    `/egain/import/content/${id}/status`,
    `/egain/knowledge/portalmgr/v4/content/export/${id}/status`,
    `/egain/knowledge/contentmgr/v4/import/content/${id}/status`,
    '/egain/nowhere',
    '/egain//content/nowhere',
    '/egain/knowledge/portalmgr/v4/nowhere',
  ]) {
    assert.deepEqual(await ask('any.example.com', url), { status: 404, form: 'egain' }, url);
  }
});

test('what a protocol has not, where it is not alone, is told by the native API', async () => {
  for (const url of ['/nowhere', '/v1/nowhere', '/egainer', '/insightsful', '/content/export/x/status']) {
    assert.deepEqual(await ask('graph.example.com', url), { status: 404, form: 'native' }, url);
  }
});

test('both protocols at the root leave the native API alone', async () => {
  const rooted = await startProtocols({
    collections: [ARTICLES],
    protocols: { 'egain-export': EGAIN_EXPORT, 'egain-import': EGAIN_IMPORT },
  });
  const formOf = async (url: string) => {
    const { statusCode, headers } = await rooted.app.inject({ url });
    return [statusCode, headers['content-type']];
  };
  const problem = 'application/problem+json; charset=utf-8';
  assert.deepEqual(await formOf('/nowhere'), [404, problem]);
  assert.deepEqual(await formOf('/content/nowhere'), [404, problem]);
  assert.deepEqual(await formOf('/v1/jobs'), [401, problem]);
  assert.deepEqual(await formOf('/knowledge/portalmgr/v4/nowhere'), [401, 'application/json']);
  for (const url of [
    '/content/export/x/status',
    '/content/export/x/status/',
    '/content/export/%zz',
    '/import/content/',
    '/import/content/x/y/z',
  ]) {
    assert.deepEqual(await formOf(url), [401, 'application/json'], url);
  }
  await rooted.close();
});

test('OPTIONS names what an address takes, to everybody, and starts nothing', async () => {
  const allowOf = async (host: string, url: string) => {
    const { statusCode, headers } = await server.app.inject({ method: 'OPTIONS', url, headers: { host } });
    return [statusCode, headers['allow']];
  };
  const got = [204, 'GET, HEAD, OPTIONS'];
  const posted = [204, 'OPTIONS, POST'];
  assert.deepEqual(await allowOf('graph.example.com', '/insights/job/1/exportstatus'), got);
  // HEAD would start one.
  for (const url of ['/insights/users/a@example.com/activities/export', '/insights/groups/access/export'])
    assert.deepEqual(await allowOf('graph.example.com', url), [204, 'GET, OPTIONS'], url);
  assert.deepEqual(await allowOf('x.example.com', '/egain/knowledge/portalmgr/v4/content/export'), posted);
  assert.deepEqual(await allowOf('x.example.com', '/egain/content/export'), posted);
  assert.deepEqual(await allowOf('x.example.com', '/v1/imports'), posted);
  assert.deepEqual(await allowOf('x.example.com', '/v1/jobs/1'), [204, 'DELETE, GET, HEAD, OPTIONS']);
  for (const [host, url] of [
    ['x.example.com', '/insights/job/1/exportstatus'],
    ['graph.example.com', '/insights/nowhere'],
    ['x.example.com', '/nowhere'],
  ] as const) {
    assert.notEqual((await allowOf(host, url))[0], 204, url);
  }
});
