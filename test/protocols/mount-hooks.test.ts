/** What whoever builds a server may put between requests and protocols. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppError } from '../../src/core/errors.ts';
import type { ProtocolCall } from '../../src/http/mount/mounted-protocol.ts';
import { RateCounters } from '../../src/http/mount/rate-counters.ts';
import { ACTIVITIES, BINDING as AVEPOINT } from './avepoint/fixture.ts';
import { CONTACTS, BINDING as EMARSYS, RESPONSES } from './emarsys/fixture.ts';
import { type ProtocolTestServer, startProtocols } from './support/protocol-server.ts';

const rateCounters = new RateCounters();
const calls: (ProtocolCall | undefined)[] = [];
let server: ProtocolTestServer;
before(async () => {
  server = await startProtocols({
    protocols: { avepoint: AVEPOINT, emarsys: { ...EMARSYS, requestsPerMinute: 1 } },
    collections: [ACTIVITIES, CONTACTS, RESPONSES],
    change: (deps) => ({
      ...deps,
      rateCounters,
      seenAs: (job, request) => (request.headers['x-see'] === 'failed' ? { ...job, state: 'failed' } : job),
      extend(app) {
        app.addHook('preHandler', async (request) => {
          calls.push(request.routeOptions.config.call);
          if (request.headers['x-refuse'] !== undefined) throw new AppError('request.forbidden', 'Not you.');
        });
        app.get('/further', async () => 'further');
      },
    }),
  });
});
after(() => server.close());

test('a hook knows the call, and what it throws is told in the words of the protocol', async () => {
  const answer = await server.call('GET', '/insights/job/1/exportstatus', { headers: { 'x-refuse': '1' } });
  assert.deepEqual(calls.at(-1), { protocol: 'avepoint', operationId: 'getExportStatus' });
  assert.equal(answer.statusCode, 403);
  assert.equal(answer.json<{ status: number }>().status, 403);
});

test('a route of the native API is no call', async () => {
  await server.call('GET', '/v1/collections');
  assert.equal(calls.at(-1), undefined);
});

test('further routes answer beside the others', async () => {
  assert.equal((await server.call('GET', '/further')).body, 'further');
});

test('a protocol tells of a job what it is shown, and the native API the truth', async () => {
  await server.call('GET', '/insights/users/ann@example.com/activities/export');
  const { number } = await server.runNext();
  const url = `/insights/job/${number}/exportstatus`;
  const status = async (headers: Record<string, string>) =>
    (await server.call('GET', url, { headers })).json<{ jobStatus: number }>().jobStatus;
  assert.equal(await status({ 'x-see': 'failed' }), 3);
  assert.equal(await status({}), 2);
  const native = await server.call('GET', `/v1/jobs/${number}`, { headers: { 'x-see': 'failed' } });
  assert.equal(native.json<{ state: string }>().state, 'succeeded');
});

test('when counters are advanced, their windows end', async () => {
  const status = async () => (await server.call('GET', '/api/v2/export/')).statusCode;
  await status();
  assert.equal(await status(), 429);
  rateCounters.advance(60_000);
  assert.notEqual(await status(), 429);
});
