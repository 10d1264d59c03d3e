import assert from 'node:assert/strict';
import { truncate, unlink } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { RESULT_COMPRESSIONS } from '../../src/formats/format.ts';
import { RESULT_FORMATS } from '../../src/formats/formats.ts';
import type { WireJob } from '../../src/sdk/wire.ts';
import { resultMediaType } from '../../src/worker/export/result-name.ts';
import { createPeople, startApi, type TestApi } from './support/api.ts';
import { addFile } from './support/artifacts.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
  await createPeople(api);
});
after(() => api.close());

async function startJob(): Promise<WireJob> {
  const json = {
    collection: 'people',
    source: { records: [{ id: 1, name: 'Ann' }] },
    allowConcurrent: true,
  };
  return (await api.call('POST', '/v1/imports', { json })).json<WireJob>();
}

const cancel = (job: WireJob) => api.call('POST', `/v1/jobs/${job.id}/cancel`);

test('a result of any format and compression is sent as what it is, whole and by range', async () => {
  const { id } = await startJob();
  for (const compression of RESULT_COMPRESSIONS) {
    for (const format of Object.values(RESULT_FORMATS)) {
      const mediaType = resultMediaType({ format: format.name, compression }, format);
      const name = `result.${format.extension}.${compression}`;
      await addFile(api, id, { name, content: '1234567890', kind: 'result', mediaType });
      // Every answer is held against the document, which lists the media types.
      const url = `/v1/jobs/${id}/artifacts/${name}`;
      const whole = await api.call('GET', url);
      assert.deepEqual([whole.headers['content-type']?.split(';')[0], whole.body], [mediaType, '1234567890']);
      const part = await api.call('GET', url, { headers: { range: 'bytes=2-4' } });
      assert.deepEqual([part.statusCode, part.headers['content-length'], part.body], [206, '3', '345']);
    }
  }
});

test('a file is sent whole, by range, and not again to who has it', async () => {
  const job = await startJob();
  const { sha256 } = await addFile(api, job.id, { name: 'failed rows.csv', content: '0123456789' });
  const url = `/v1/jobs/${job.id}/artifacts/failed%20rows.csv`;
  const get = (headers: Record<string, string> = {}) => api.call('GET', url, { headers });
  const digest = `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
  const whole = await get();
  assert.equal(whole.body, '0123456789');
  assert.equal(whole.headers['content-length'], '10');
  assert.equal(whole.headers['accept-ranges'], 'bytes');
  assert.equal(whole.headers['etag'], `"${sha256}"`);
  assert.deepEqual([whole.headers['content-digest'], whole.headers['repr-digest']], [digest, digest]);
  for (const known of [`"${sha256}"`, `W/"${sha256}"`, `"x", "${sha256}"`, '*']) {
    const answer = await get({ 'if-none-match': known });
    assert.deepEqual([answer.statusCode, answer.body, answer.headers['etag']], [304, '', `"${sha256}"`]);
  }
  assert.equal((await get({ 'if-none-match': '"x"' })).statusCode, 200);

  const ranges: [string, number, string | undefined, string | undefined][] = [
    ['bytes=2-4', 206, 'bytes 2-4/10', '234'],
    ['Bytes=7-', 206, 'bytes 7-9/10', '789'],
    ['bytes=-3', 206, 'bytes 7-9/10', '789'],
    ['bytes=8-100', 206, 'bytes 8-9/10', '89'],
    ['bytes=10-', 416, 'bytes */10', undefined],
    ['bytes=-0', 416, 'bytes */10', undefined],
    ['bytes=5-2', 200, undefined, '0123456789'],
    ['bytes=0-1,3-4', 200, undefined, '0123456789'],
    ['records=1-2', 200, undefined, '0123456789'],
  ];
  for (const [range, status, contentRange, body] of ranges) {
    const answer = await get({ range });
    assert.deepEqual([answer.statusCode, answer.headers['content-range']], [status, contentRange], range);
    if (body !== undefined) assert.equal(answer.body, body, range);
    else assert.equal(answer.json().code, 'request.range_not_satisfiable');
  }
  const part = await get({ range: 'bytes=2-4' });
  assert.deepEqual([part.headers['repr-digest'], part.headers['content-digest']], [digest, undefined]);
  assert.equal((await get({ range: 'bytes=2-4', 'if-range': `"${sha256}"` })).body, '234');
  for (const other of ['"another"', `W/"${sha256}"`, 'Sun, 22 Nov 2026 00:00:00 GMT']) {
    assert.equal((await get({ range: 'bytes=2-4', 'if-range': other })).body, '0123456789', other);
  }
});

test('HEAD gives the headers of the whole file and no byte of it', async () => {
  const job = await startJob();
  await addFile(api, job.id, { name: 'a.csv', content: '0123456789' });
  const url = `/v1/jobs/${job.id}/artifacts/a.csv`;
  const head = await api.call('HEAD', url, { headers: { range: 'bytes=2-4' } });
  const { headers } = await api.call('GET', url);
  assert.deepEqual([head.statusCode, head.body], [200, '']);
  for (const name of ['content-length', 'content-type', 'etag', 'repr-digest', 'content-disposition']) {
    assert.equal(head.headers[name], headers[name], name);
  }
});

for (const [name, disposition] of [
  ['rows.csv', `attachment; filename="rows.csv"; filename*=UTF-8''rows.csv`],
  ['a "b" (1)*.csv', `attachment; filename="a _b_ (1)*.csv"; filename*=UTF-8''a%20%22b%22%20%281%29%2A.csv`],
  ['Ärger 100%\\.csv', `attachment; filename="_rger 100__.csv"; filename*=UTF-8''%C3%84rger%20100%25%5C.csv`],
] as const) {
  test(`a file called ${name} keeps its name`, async () => {
    const job = await startJob();
    await addFile(api, job.id, { name, content: 'x' });
    const answer = await api.call('GET', `/v1/jobs/${job.id}/artifacts/${encodeURIComponent(name)}`);
    assert.equal(answer.headers['content-disposition'], disposition);
  });
}

test('a file that is gone, damaged or unknown is an error that says so', async () => {
  const job = await startJob();
  await addFile(api, job.id, { name: 'old.csv', content: 'x' });
  await api.database.pool.query("update waybill.artifacts set deleted_at = now() where name = 'old.csv'");
  const { artifacts } = (await api.call('GET', `/v1/jobs/${job.id}/artifacts`)).json();
  assert.ok(artifacts[0].removedAt);
  assert.equal(artifacts[0].storageKey, undefined);
  const lost = await addFile(api, job.id, { name: 'lost.csv', content: 'x' });
  await unlink(lost.path);
  const cut = await addFile(api, job.id, { name: 'cut.csv', content: '0123456789' });
  await truncate(cut.path, 4);
  for (const [name, status, code] of [
    ['old.csv', 410, 'storage.expired'],
    ['lost.csv', 410, 'storage.expired'],
    ['cut.csv', 500, 'storage.corrupt'],
    ['never.csv', 404, 'storage.not_found'],
  ] as const) {
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await api.call(method, `/v1/jobs/${job.id}/artifacts/${name}`);
      assert.equal(answer.statusCode, status, `${method} ${name}`);
      if (method === 'GET') assert.equal(answer.json().code, code);
    }
  }
  const missing = await api.call('GET', `/v1/jobs/${job.id}/artifacts/never.csv`);
  assert.match(missing.json().detail, /old\.csv/);
});

test('a job that rejected a record and left no file of it says so', async () => {
  const job = await startJob();
  await cancel(job);
  await api.database.pool.query('update waybill.parts set rejected = 1 where job_id = $1', [job.id]);
  const { detail } = (await api.call('GET', `/v1/jobs/${job.id}/failed-rows`)).json();
  assert.match(detail, /it rejected 1 record and left no such file \(it ended as cancelled\)/);
});

test('failed rows have an address of their own; where there are none, the answer says why', async () => {
  const job = await startJob();
  const get = (path: string) => api.call('GET', `/v1/jobs/${job.id}/${path}`);
  const early = await get('failed-rows');
  assert.deepEqual([early.statusCode, early.json().retryable], [404, true]);
  assert.match(early.json().detail, /is queued, and they are written when it ends/);
  await addFile(api, job.id, { name: 'failed.csv', content: 'id,name\n' });
  await cancel(job);
  const failed = await get('failed-rows');
  assert.deepEqual([failed.statusCode, failed.body], [200, 'id,name\n']);
  assert.equal(failed.headers['accept-ranges'], 'bytes');
  const none = await get('unreadable-rows');
  assert.deepEqual([none.statusCode, none.json().retryable], [404, false]);
  assert.match(none.json().detail, /no unreadable rows: no record was rejected/);
  await api.database.pool.query('update waybill.parts set rejected = 3 where job_id = $1', [job.id]);
  assert.match(
    (await get('unreadable-rows')).json().detail,
    /all that it rejected are failed rows \(\S+\/failed-rows\)/,
  );
  await api.database.pool.query('update waybill.artifacts set deleted_at = now() where job_id = $1', [
    job.id,
  ]);
  const expired = await get('failed-rows');
  assert.deepEqual([expired.statusCode, expired.json().code], [410, 'storage.expired']);
  const shown = (await api.call('GET', `/v1/jobs/${job.id}`)).json<WireJob>();
  assert.equal(shown.links['failedRows'], `/v1/jobs/${job.id}/failed-rows`);
});

test('of a job with several parts, the part is named', async () => {
  const job = await startJob();
  for (const part of [0, 2]) {
    await addFile(api, job.id, { name: `part-${part + 1}-failed.csv`, content: `part ${part}`, part });
  }
  await cancel(job);
  const url = `/v1/jobs/${job.id}/failed-rows`;
  const unclear = await api.call('GET', url);
  assert.equal(unclear.statusCode, 400);
  assert.match(unclear.json().detail, /failed-rows\?part=N, with N one of 0, 2/);
  assert.equal((await api.call('GET', `${url}?part=2`)).body, 'part 2');
  assert.match((await api.call('GET', `${url}?part=1`)).json().detail, /only other parts/);
});

test('an export has no failed rows', async () => {
  const job = (await api.call('POST', '/v1/exports', { json: { collection: 'people' } })).json<WireJob>();
  const answer = await api.call('GET', `/v1/jobs/${job.id}/failed-rows`);
  assert.deepEqual([answer.statusCode, answer.json().code], [404, 'storage.not_found']);
  assert.match(answer.json().detail, /an export, which rejects nothing/);
});
