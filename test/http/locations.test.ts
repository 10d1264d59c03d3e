/** Kick-offs that name places, and how the API tells what became of them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createPeople, startApi, type TestApi } from './support/api.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
  await createPeople(api);
});
after(() => api.close());

test('an export says where its result goes, and how that stands', async () => {
  const destination = { location: 's3://here/daily/', retryEveryMs: 1000, folderPerJob: true };
  const answer = await api.call('POST', '/v1/exports', { json: { collection: 'people', destination } });
  assert.equal(answer.statusCode, 202, answer.body);
  assert.deepEqual(answer.json().destination, destination);
  assert.deepEqual(answer.json().delivery, { state: 'pending', attempts: 0 });
});

test('a destination that is mapped nowhere is refused, and makes no job', async () => {
  for (const location of ['s3://elsewhere/x', 's3://here/%2e%2e/x']) {
    const answer = await api.call('POST', '/v1/exports', {
      json: { collection: 'people', destination: { location } },
    });
    assert.deepEqual([answer.statusCode, answer.json().code], [422, 'destination.unknown_location']);
    assert.deepEqual(answer.json().details, { address: location });
  }
  const { jobs } = (await api.call('GET', '/v1/jobs')).json();
  assert.equal(jobs.length, 1);
});

test('an import may read what lies at a place, and says so', async () => {
  const source = { location: 's3://here/in/people.csv' };
  const answer = await api.call('POST', '/v1/imports', {
    json: { collection: 'people', source, maxRecords: 10 },
  });
  assert.equal(answer.statusCode, 202, answer.body);
  const { parts, options } = answer.json();
  assert.deepEqual([parts[0].source, options.maxRecords], [source, 10]);
});

test('a source that is mapped nowhere is refused, and nobody names a fetcher', async () => {
  const post = (source: object) =>
    api.call('POST', '/v1/validations', { json: { collection: 'people', source } });
  const refused = await post({ location: 'file:///etc/passwd' });
  assert.deepEqual([refused.statusCode, refused.json().code], [422, 'source.unknown_location']);
  assert.equal((await post({ location: 's3://here/x', unpack: 'package' })).json().code, 'request.invalid');
});

test('a job keeps a log where it is told, which is a file', async () => {
  const log = { location: 's3://here/logs/run.txt' };
  const answer = await api.call('POST', '/v1/exports', { json: { collection: 'people', log } });
  assert.deepEqual([answer.statusCode, answer.json().log], [202, log]);
  const folder = await api.call('POST', '/v1/exports', {
    json: { collection: 'people', log: { location: 's3://here/logs/' } },
  });
  assert.equal(folder.json().code, 'request.invalid');
});
