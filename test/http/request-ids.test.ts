import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseTraceparent } from '../../src/http/kick-off/origin.ts';
import { findJob } from '../../src/store/jobs/find-jobs.ts';
import { createPeople, startApi, type TestApi } from './support/api.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
  await createPeople(api);
});
after(() => api.close());

test('every answer has the id of its request: the one that came, or a new one', async () => {
  for (const url of ['/healthz', '/v1/jobs', '/v1/nothing', '/v1/jobs/0']) {
    const given = await api.call('GET', url, { headers: { 'x-request-id': 'proxy-7:a/b' } });
    assert.equal(given.headers['x-request-id'], 'proxy-7:a/b', url);
    const made = await api.call('GET', url);
    assert.match(String(made.headers['x-request-id']), /^[0-9a-f-]{36}$/);
  }
});

test('the id in a problem is the one in the header; an id that could break a log line is replaced', async () => {
  for (const id of ['with space', 'ä', 'x'.repeat(129), '']) {
    const answer = await api.call('GET', '/v1/jobs/0', { headers: { 'x-request-id': id } });
    assert.notEqual(answer.headers['x-request-id'], id);
    assert.equal(answer.json().requestId, answer.headers['x-request-id']);
  }
});

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

test('the trace context of a kick-off is kept with its job', async () => {
  const start = async (traceparent: string) => {
    const answer = await api.call('POST', '/v1/exports', {
      json: { collection: 'people' },
      headers: { traceparent },
    });
    assert.equal(answer.statusCode, 202, answer.body);
    return (await findJob(api.database.pool, answer.json().id))?.traceparent;
  };
  assert.equal(await start(TRACE), TRACE);
  assert.equal(await start('not a trace'), undefined);
});

const parents: [string, string | undefined][] = [
  [TRACE, TRACE],
  [TRACE.toUpperCase(), undefined],
  [`${TRACE}-more`, undefined],
  [`01${TRACE.slice(2)}-more`, `01${TRACE.slice(2)}`],
  [`ff${TRACE.slice(2)}`, undefined],
  [`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, undefined],
  [`00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`, undefined],
  [TRACE.slice(0, -1), undefined],
  ['', undefined],
];
test('a trace context that is not valid is ignored, one of a later version is cut to what is known', () => {
  for (const [header, expected] of parents) assert.equal(parseTraceparent(header), expected, header);
});
