import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type DialectTestServer, startDialects } from '../support/dialect-server.ts';
import { assertGolden } from '../support/golden.ts';
import { ACTIVITIES, BINDING } from './fixture.ts';

let server: DialectTestServer;

before(async () => {
  server = await startDialects({ collections: [ACTIVITIES], dialects: { avepoint: BINDING } });
  await server.engine.import({
    collection: 'activities',
    source: {
      records: [
        { id: '1', user: 'ann@example.com', url: 'https://a/1', event: 'View', at: '2026-05-01T10:00:00Z' },
        { id: '2', user: 'ann@example.com', url: 'https://a/2', event: 'Edit', at: '2026-05-02T10:00:00Z' },
        { id: '3', user: 'bob@example.com', url: 'https://a/1', event: 'View', at: '2026-05-03T10:00:00Z' },
      ],
    },
  });
});
after(() => server.close());

async function exportOf(query: string): Promise<number> {
  const answer = await server.call('GET', `/insights/${query}`);
  assert.equal(answer.statusCode, 200, answer.body);
  const job = await server.runNext();
  assert.equal(answer.json<{ jobId: string }>().jobId, String(job.number));
  assert.equal(job.state, 'succeeded', JSON.stringify(job.failure));
  return job.parts[0]?.total ?? -1;
}

test('each parameter changes what a report has', async () => {
  assert.equal(await exportOf('users/ann%40example.com/activities/export'), 2);
  assert.equal(await exportOf('users/ann%2540example.com/activities/export'), 2);
  assert.equal(await exportOf('activities/object/https%3A%2F%2Fa%2F1/export'), 2);
  assert.equal(await exportOf('users/ann%40example.com/activities/export?eventTypes=Edit'), 1);
  assert.equal(await exportOf('users/ann%40example.com/activities/export?startTime=2026-05-02T00:00:00'), 1);
  assert.equal(await exportOf('users/ann%40example.com/activities/export?finishTime=2026-04-02'), 0);
});

test('a job is seen from kick-off to end', async () => {
  const url = '/insights/users/ann%40example.com/activities/export';
  const started = await server.call('GET', url);
  const source = 'VENDORS.md 5.1, AV-DOC';
  assertGolden(new URL('golden/kick-off.txt', import.meta.url), {
    source,
    request: { method: 'GET', url },
    answer: { ...started, body: started.body.replace(/"jobId":"\d+"/, '"jobId":"4790"') },
  });
  const status = `/insights/job/${started.json<{ jobId: string }>().jobId}/exportstatus`;
  const shown = { method: 'GET', url: '/insights/job/169/exportstatus' };
  assertGolden(new URL('golden/status-in-progress.txt', import.meta.url), {
    source: 'SEED3',
    request: shown,
    answer: await server.call('GET', status),
  });
  await server.runNext();
  assertGolden(new URL('golden/status-finished.txt', import.meta.url), {
    source: 'SEED3',
    request: shown,
    answer: await server.call('GET', status),
  });
});

test('HEAD starts nothing', async () => {
  const answer = await server.call('HEAD', '/insights/users/ann%40example.com/activities/export');
  assert.equal(answer.statusCode, 405);
  await assert.rejects(server.runNext(), /no job waits/);
});

test("a request without the token is told so in the vendor's form", async () => {
  const answer = await server.call('GET', '/insights/job/1/exportstatus', { headers: { authorization: '' } });
  assert.deepEqual([answer.statusCode, answer.json()], [401, { status: 401, message: 'Unauthorized.' }]);
});

test('a method that a path has not is told from a path that is not there', async () => {
  const statusOf = async (method: 'POST' | 'PUT' | 'GET', url: string) =>
    (await server.call(method, url)).statusCode;
  assert.equal(await statusOf('POST', '/insights/sharingLinks/export'), 405);
  assert.equal(await statusOf('PUT', '/insights/job/1/exportstatus'), 405);
  assert.equal(await statusOf('GET', '/insights/job/1'), 404);
});
