import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { claimJob } from '../../src/store/jobs/claims.ts';
import { moveJob } from '../../src/store/jobs/move-job.ts';
import { readPinnedPart } from '../../src/store/jobs/parts.ts';
import { getUpload } from '../../src/store/uploads.ts';
import { createPeople, type Named, startApi, type TestApi, upload } from './support/api.ts';

let api: TestApi;
let file: string;
before(async () => {
  api = await startApi();
  await createPeople(api);
  file = await upload(api, 'id,name\n1,Ann\n');
});
after(() => api.close());

const post = (url: string, json: unknown, headers: Record<string, string> = {}) =>
  api.call('POST', url, { json, headers });

/** Ends a job as a worker would. */
async function finish(job: Named, event: 'succeeded' | 'failed'): Promise<void> {
  const claimed = await claimJob(api.database.pool, { jobId: job.id, workerId: randomUUID() });
  assert.ok(claimed, 'the job is free');
  const failure = { code: 'job.too_many_errors', message: 'too many', retryable: false };
  await moveJob(api.database.pool, {
    jobId: job.id,
    event,
    epoch: claimed.epoch,
    ...(event === 'failed' && { failure }),
  });
}

async function cancel(job: Named): Promise<void> {
  assert.equal((await api.call('POST', `/v1/jobs/${job.id}/cancel`)).statusCode, 200);
}

test('an import is accepted with its defaults, a place to look at, and a message in the queue', async () => {
  const answer = await post('/v1/imports', {
    collection: 'people',
    source: { upload: file },
    labels: ['night'],
  });
  assert.equal(answer.statusCode, 202, answer.body);
  const job = answer.json();
  assert.equal(answer.headers['location'], `/v1/jobs/${job.id}`);
  assert.equal(answer.headers['retry-after'], '1');
  assert.equal(job.state, 'queued');
  assert.deepEqual(job.options, {
    mode: 'upsert',
    atomicity: 'chunk',
    duplicates: 'error',
    allowNothingAccepted: false,
    replaceDespiteErrors: false,
    replaceByNothing: false,
    lockTimeoutMs: 5000,
    allowConcurrent: false,
  });
  assert.deepEqual(job.labels, ['night']);
  const queued = await api.database.pool.query<{ n: number }>(
    'select count(*)::int as n from waybill.hints where job_id = $1',
    [job.id],
  );
  assert.equal(queued.rows[0]?.n, 1);
  await cancel(job);
});

test('a second writing job on a collection says what it waits for; a validation and an export do not wait', async () => {
  const first = (await post('/v1/imports', { collection: 'people', source: { upload: file } })).json();
  const second = (await post('/v1/imports', { collection: 'people', source: { upload: file } })).json();
  assert.deepEqual(second.waitingFor, { number: first.number });
  for (const [url, body] of [
    ['/v1/validations', { collection: 'people', source: { upload: file } }],
    ['/v1/exports', { collection: 'people' }],
    ['/v1/imports', { collection: 'people', source: { upload: file }, allowConcurrent: true }],
  ] as const) {
    const job = (await post(url, body)).json();
    assert.equal(job.waitingFor, undefined, url);
    await cancel(job);
  }
  await cancel(second);
  await cancel(first);
});

test('a job may come after another one, of any kind, which it names and waits for', async () => {
  const backup = (await post('/v1/exports', { collection: 'people' })).json();
  const body = { collection: 'people', source: { upload: file }, after: backup.id };
  const job = (await post('/v1/imports', body)).json();
  assert.deepEqual([job.after, job.waitingFor], [backup.id, { number: backup.number }]);
  const unknown = await post('/v1/exports', { collection: 'people', after: randomUUID() });
  assert.deepEqual([unknown.statusCode, unknown.json().code], [404, 'job.not_found']);
  await cancel(job);
  await cancel(backup);
});

test('the same idempotency key gives the same job, also to ten at once, and refuses another request', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const body = { collection: 'people', source: { upload: file } };
  const answers = await Promise.all(Array.from({ length: 10 }, () => post('/v1/imports', body, headers)));
  const ids = new Set(answers.map((answer) => answer.json().id));
  assert.equal(ids.size, 1, answers.map((answer) => answer.body).join('\n'));
  const other = await post('/v1/imports', { ...body, mode: 'insert' }, headers);
  assert.equal(other.statusCode, 422);
  assert.equal(other.json().code, 'request.idempotency_mismatch');
  for (const answer of answers.slice(0, 1)) await cancel(answer.json());
});

test('records in the request become a file, with every digit of their numbers', async () => {
  const body =
    '{"collection":"people","source":{"records":[{"id":12345678901234567890,"name":"Ann","x":1.10}]}}';
  const answer = await api.call('POST', '/v1/imports', {
    body,
    headers: { 'content-type': 'application/json' },
  });
  assert.equal(answer.statusCode, 202, answer.body);
  const kept = await getUpload(api.database.pool, answer.json().parts[0].source.upload);
  assert.equal(
    await readFile(api.deps.files.path(kept.storageKey), 'utf8'),
    '{"id":12345678901234567890,"name":"Ann","x":1.10}\n',
  );
  await cancel(answer.json());
});

test('more records than the limit are refused', async () => {
  const records = Array.from({ length: 4 }, (_, id) => ({ id, name: 'x' }));
  const answer = await post('/v1/imports', { collection: 'people', source: { records } });
  assert.equal(answer.statusCode, 413);
});

test('a job with a start in the future is scheduled and has no message yet', async () => {
  const startAt = new Date(Date.now() + 3_600_000).toISOString();
  const job = (await post('/v1/exports', { collection: 'people', startAt })).json();
  assert.equal(job.state, 'scheduled');
  assert.equal(job.startAt, startAt);
  await cancel(job);
});

test('an import of what a validation has checked repeats it, and is refused after the collection has changed', async () => {
  const validation = (
    await post('/v1/validations', {
      collection: 'people',
      source: { upload: file },
      mode: 'insert',
      dialect: { delimiter: ',', header: true },
    })
  ).json();
  const early = await post('/v1/imports', { source: { job: validation.id } });
  assert.match(early.json().detail, /no finished validation/);
  await finish(validation, 'succeeded');
  const job = (await post('/v1/imports', { source: { job: validation.id } })).json();
  assert.equal(job.options.mode, 'insert');
  assert.equal(job.parts[0].source.upload, file);
  assert.deepEqual(await readPinnedPart(api.database.pool, job.id, 0), {
    dialect: { delimiter: ',', hasHeader: true },
  });
  await cancel(job);
  await createPeople(api, { title: 'People' });
  const late = await post('/v1/imports', { source: { job: validation.id } });
  assert.equal(late.statusCode, 409);
  assert.equal(late.json().code, 'collection.version_changed');
});

test('a correction is a child with the same options; a replace becomes an upsert, since its rows are not all rows', async () => {
  const parent = (
    await post('/v1/imports', {
      collection: 'people',
      source: { upload: file },
      mode: 'replace',
      maxErrors: 0,
      labels: ['a'],
    })
  ).json();
  const early = await post(`/v1/jobs/${parent.id}/correct`, { upload: file });
  assert.equal(early.json().code, 'job.invalid_transition');
  await finish(parent, 'failed');
  const child = await post(`/v1/jobs/${parent.number}/correct`, { upload: file });
  assert.equal(child.statusCode, 202, child.body);
  assert.equal(child.json().parentId, parent.id);
  assert.equal(child.json().options.mode, 'upsert');
  assert.equal(child.json().options.maxErrors, undefined);
  assert.deepEqual(child.json().labels, ['a']);
  await cancel(child.json());
});

test('the same bytes again are pointed out, and accepted', async () => {
  const first = (await post('/v1/imports', { collection: 'people', source: { upload: file } })).json();
  assert.equal(first.sameContentAs, undefined);
  await finish(first, 'succeeded');
  const again = await upload(api, 'id,name\n1,Ann\n', 'copy.csv');
  const second = (await post('/v1/imports', { collection: 'people', source: { upload: again } })).json();
  assert.deepEqual(second.sameContentAs, { id: first.id, number: first.number });
  await cancel(second);
});

test('a collection without a key takes only insert', async () => {
  const { key: _, ...keyless } = {
    name: 'notes',
    key: [],
    schema: { type: 'object', properties: { text: { type: 'string' } } },
  };
  assert.equal((await api.call('PUT', '/v1/collections/notes', { json: keyless })).statusCode, 200);
  const job = (await post('/v1/imports', { collection: 'notes', source: { upload: file } })).json();
  assert.equal(job.options.mode, 'insert');
  const refusal = await post('/v1/imports', {
    collection: 'notes',
    source: { upload: file },
    mode: 'update',
  });
  assert.match(refusal.json().detail, /no key/);
  await cancel(job);
});
