/** What becomes of uploads: they are listed, looked at and removed, but not while a job needs them. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { getUpload } from '../../src/store/uploads.ts';
import { createPeople, startApi, type TestApi, upload } from './support/api.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.close());

test('uploads are listed page by page, the newest first', async () => {
  const ids: string[] = [];
  for (const name of ['1', '2', '3']) ids.push(await upload(api, name, name));
  const first = (await api.call('GET', '/v1/uploads?limit=2')).json();
  assert.equal(first.links.next, `/v1/uploads?limit=2&before=${first.next}`);
  assert.deepEqual(
    first.uploads.map(({ id }: { id: string }) => id),
    [ids[2], ids[1]],
  );
  const second = (await api.call('GET', first.links.next)).json();
  assert.equal(second.uploads[0].id, ids[0]);
  // What fills a page to the last place is still the last.
  assert.deepEqual((await api.call('GET', '/v1/uploads?limit=3')).json().links, {});
  const one = await api.call('GET', `/v1/uploads/${ids[0]}`);
  assert.deepEqual(one.json(), second.uploads[0]);
});

test('an upload is removed with its file, and says so afterwards', async () => {
  const id = await upload(api, 'x');
  const { storageKey } = await getUpload(api.database.pool, id);
  assert.equal((await api.call('DELETE', `/v1/uploads/${id}`)).statusCode, 204);
  await assert.rejects(readFile(api.deps.files.path(storageKey)), { code: 'ENOENT' });
  for (const method of ['GET', 'DELETE'] as const) {
    const answer = await api.call(method, `/v1/uploads/${id}`);
    assert.equal(answer.statusCode, 410);
    assert.equal(answer.json().code, 'storage.expired');
  }
  const listed = (await api.call('GET', '/v1/uploads')).json().uploads;
  assert.ok(!listed.some((one: { id: string }) => one.id === id));
});

test('an upload is not removed while a job needs it', async () => {
  await createPeople(api);
  const id = await upload(api, 'id,name\n1,Ann\n');
  const job = (
    await api.call('POST', '/v1/imports', { json: { collection: 'people', source: { upload: id } } })
  ).json();
  const refused = await api.call('DELETE', `/v1/uploads/${id}`);
  assert.equal(refused.statusCode, 409);
  assert.match(refused.json().detail, new RegExp(`job ${job.number}, which is queued`));
  await api.call('POST', `/v1/jobs/${job.id}/cancel`);
  assert.equal((await api.call('DELETE', `/v1/uploads/${id}`)).statusCode, 204);
});

test('of a kick-off and a removal of its upload at the same time one is refused', async () => {
  await createPeople(api);
  for (let round = 0; round < 20; round += 1) {
    const id = await upload(api, 'id,name\n1,Ann\n');
    const json = { collection: 'people', source: { upload: id }, allowConcurrent: true };
    const [started, removed] = await Promise.all([
      api.call('POST', '/v1/imports', { json }),
      api.call('DELETE', `/v1/uploads/${id}`),
    ]);
    const statuses = `${started.statusCode} and ${removed.statusCode}`;
    assert.match(statuses, /^(202 and 409|410 and 204)$/);
  }
});
