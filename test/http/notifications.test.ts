/** Kick-offs that name an address to tell: taken in every form, refused at once where its own form says no, shown with the job. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { moveJob } from '../../src/store/jobs/move-job.ts';
import { createPeople, type Named, startApi, type TestApi } from './support/api.ts';
import { renderForm } from './support/form.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
  await createPeople(api);
});
after(() => api.close());

const URL_TO_TELL = 'https://hooks.example.com/services/secret?x=1';

interface Shown extends Named {
  readonly notification?: unknown;
  readonly code?: string;
  readonly detail?: string;
}

const WAITING = { to: 'https://hooks.example.com', state: 'waiting', attempts: 0 };

test('an export, an import and a validation take an address to tell', async () => {
  const notify = { url: URL_TO_TELL };
  const source = { records: [{ id: 1, name: 'Ann' }] };
  for (const [path, json] of [
    ['exports', { collection: 'people', notify }],
    ['imports', { collection: 'people', source, notify }],
    ['validations', { collection: 'people', source, notify }],
  ] as const) {
    const answer = await api.call('POST', `/v1/${path}`, { json });
    assert.equal(answer.statusCode, 202, answer.body);
    assert.deepEqual(answer.json<Shown>().notification, WAITING);
    const shown = await api.call('GET', `/v1/jobs/${answer.json<Shown>().id}`);
    assert.deepEqual(shown.json<Shown>().notification, WAITING);
    assert.doesNotMatch(shown.body, /secret/);
  }
});

test('a form and a file with its options in the query take one as well', async () => {
  const form = renderForm([
    { name: 'job', content: JSON.stringify({ collection: 'people', notify: { url: URL_TO_TELL } }) },
    { name: 'file', content: 'id,name\n1,Ann\n', fileName: 'people.csv' },
  ]);
  const ofForm = await api.call('POST', '/v1/imports', form);
  assert.deepEqual(ofForm.json<Shown>().notification, WAITING, ofForm.body);
  const query = new URLSearchParams({ collection: 'people', 'notify.url': URL_TO_TELL });
  const ofFile = await api.call('POST', `/v1/imports?${query.toString()}`, {
    body: 'id,name\n1,Ann\n',
    headers: { 'content-type': 'text/csv' },
  });
  assert.deepEqual(ofFile.json<Shown>().notification, WAITING, ofFile.body);
});

test('a job that tells nobody shows nothing of it', async () => {
  const answer = await api.call('POST', '/v1/exports', { json: { collection: 'people' } });
  assert.equal('notification' in answer.json<object>(), false);
});

test('an address that its form gives away is refused before there is a job, and named in the answer', async () => {
  for (const url of [
    'http://127.0.0.1/',
    'http://localhost:3000/x',
    'http://0x7f.1/',
    'http://[::1]/',
    'http://169.254.169.254/latest/meta-data/',
    'https://hooks.example.com:25/',
  ]) {
    const answer = await api.call('POST', '/v1/exports', { json: { collection: 'people', notify: { url } } });
    assert.equal(answer.statusCode, 422, url);
    assert.equal(answer.json<Shown>().code, 'outgoing.refused_address');
    assert.ok(answer.json<Shown>().detail?.startsWith(new URL(url).host), answer.body);
  }
  for (const url of [
    '',
    'not a url',
    'ftp://example.com/',
    'https://user:pass@example.com/',
    `https://example.com/${'x'.repeat(2000)}`,
  ]) {
    const answer = await api.call('POST', '/v1/exports', { json: { collection: 'people', notify: { url } } });
    assert.equal(answer.statusCode, 400, url);
    assert.equal(answer.json<Shown>().code, 'request.invalid');
  }
});

test('only the address may be said: when, how often and in whose words is not for this API', async () => {
  for (const more of [{ on: 'ready' }, { form: 'vendor' }, { retries: 9 }, { everyMs: 1 }]) {
    const json = { collection: 'people', notify: { url: URL_TO_TELL, ...more } };
    const answer = await api.call('POST', '/v1/exports', { json });
    assert.equal(answer.statusCode, 400, answer.body);
  }
});

test('who is told counts for an idempotency key', async () => {
  const headers = { 'idempotency-key': 'told' };
  const json = { collection: 'people', notify: { url: URL_TO_TELL } };
  const first = await api.call('POST', '/v1/exports', { json, headers });
  const again = await api.call('POST', '/v1/exports', { json, headers });
  assert.equal(again.json<Named>().id, first.json<Named>().id);
  const other = await api.call('POST', '/v1/exports', { json: { collection: 'people' }, headers });
  assert.equal(other.statusCode, 422);
});

test('a job that has ended shows that it is about to tell', async () => {
  const kickOff = await api.call('POST', '/v1/exports', {
    json: { collection: 'people', notify: { url: URL_TO_TELL } },
  });
  const { id } = kickOff.json<Named>();
  await moveJob(api.deps.pool, { jobId: id, event: 'cancelled' });
  const shown = await api.call('GET', `/v1/jobs/${id}`);
  assert.deepEqual(shown.json<Shown>().notification, { ...WAITING, state: 'pending' });
});
