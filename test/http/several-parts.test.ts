/** Jobs of several parts, as the native API takes and shows them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { HTTP_LIMITS } from '../../src/http/limits.ts';
import type { WireJob } from '../../src/sdk/wire.ts';
import { createPeople, PEOPLE, startApi, type TestApi, upload } from './support/api.ts';

let api: TestApi;
let people: string;
let places: string;
before(async () => {
  api = await startApi();
  await createPeople(api);
  await define('places', ['id']);
  await define('notes', []);
  people = await upload(api, 'id,name\n1,Ann\n');
  places = await upload(api, 'id,name\n7,Rome\n');
});
after(() => api.close());

async function define(name: string, key: readonly string[]): Promise<void> {
  const json = { ...PEOPLE, name, key };
  assert.equal((await api.call('PUT', `/v1/collections/${name}`, { json })).statusCode, 200);
}

const post = (url: string, json: unknown) => api.call('POST', url, { json });
const two = () => [
  { collection: 'people', source: { upload: people } },
  {
    collection: 'places',
    source: { upload: places },
    mapping: { fields: [{ field: 'name', source: 'name', trim: true }] },
  },
];

async function accept(url: string, json: unknown): Promise<WireJob> {
  const answer = await post(url, json);
  assert.equal(answer.statusCode, 202, answer.body);
  return answer.json();
}

async function cancel(...jobs: readonly WireJob[]): Promise<void> {
  for (const { id } of jobs) assert.equal((await api.call('POST', `/v1/jobs/${id}/cancel`)).statusCode, 200);
}

test('an import of two parts has both, the options for all, and all of their collections for itself', async () => {
  const job = await accept('/v1/imports', { parts: two(), maxErrors: 5 });
  assert.deepEqual(
    job.parts.map(({ part, collection, source, isComplete }) => [
      part,
      collection,
      source?.upload,
      isComplete,
    ]),
    [
      [0, 'people', people, false],
      [1, 'places', places, false],
    ],
  );
  assert.equal(job.collection, undefined);
  assert.deepEqual([(job.options as { mode?: string }).mode, job.progress.percentage], ['upsert', 0]);
  const one = await accept('/v1/imports', { collection: 'places', source: { upload: places } });
  assert.deepEqual(one.waitingFor, { number: job.number });
  const validation = await accept('/v1/validations', { parts: two() });
  assert.equal(validation.waitingFor, undefined);
  const listed = await api.call('GET', '/v1/jobs?collection=places&kind=import');
  assert.deepEqual(
    listed.json().jobs.map(({ number }: WireJob) => number),
    [one.number, job.number],
  );
  await cancel(validation, one, job);
});

test('records are inserted where a collection of one of the parts has no key', async () => {
  const parts = [...two(), { collection: 'notes', source: { upload: people } }];
  const job = await accept('/v1/imports', { parts });
  assert.equal((job.options as { mode?: string }).mode, 'insert');
  await cancel(job);
  const refused = await post('/v1/imports', { parts, mode: 'replace' });
  assert.match(refused.json().detail, /"notes" has no key/);
});

test('the same key with the same parts gives the same job', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const ask = (parts: unknown) => api.call('POST', '/v1/imports', { json: { parts }, headers });
  const first = (await ask(two())).json();
  assert.equal((await ask(two())).json().id, first.id);
  assert.equal((await ask(two().toReversed())).json().code, 'request.idempotency_mismatch');
  await cancel(first);
});

test('an export of two parts takes from each what it names', async () => {
  const filter = { field: 'name', op: 'eq', value: 'Rome' };
  const parts = [
    { collection: 'people', fields: ['name'] },
    { collection: 'places', filter },
  ];
  const job = await accept('/v1/exports', { parts, format: 'jsonl' });
  assert.deepEqual(
    job.parts.map(({ collection, fields, filter: taken }) => [collection, fields, taken !== undefined]),
    [
      ['people', ['name'], false],
      ['places', undefined, true],
    ],
  );
  await cancel(job);
});

const refusals: readonly [string, string, () => object, RegExp][] = [
  [
    'a collection beside the parts',
    '/v1/imports',
    () => ({ parts: two(), collection: 'people' }),
    /"collection" belongs in each/,
  ],
  [
    'a mapping beside the parts',
    '/v1/imports',
    () => ({ parts: two(), mapping: { fields: [] } }),
    /"mapping" belongs/,
  ],
  [
    'a filter beside the parts',
    '/v1/exports',
    () => ({ parts: [{ collection: 'people' }], filter: {} }),
    /"filter" belongs/,
  ],
  [
    'a part without a source',
    '/v1/imports',
    () => ({ parts: [{ collection: 'people' }] }),
    /parts.0: "source" is missing/,
  ],
  [
    'an unknown field of a part',
    '/v1/exports',
    () => ({ parts: [{ collection: 'people', fields: ['nam'] }] }),
    /no field "nam"/,
  ],
  ['no parts', '/v1/imports', () => ({ parts: [] }), /parts/],
  ['neither parts nor a source', '/v1/imports', () => ({ collection: 'people' }), /"source" is missing/],
  ['neither parts nor a collection', '/v1/exports', () => ({}), /"collection" is missing/],
  [
    'too many parts',
    '/v1/exports',
    () => ({
      parts: Array.from({ length: HTTP_LIMITS.partsPerJob.value + 1 }, () => ({ collection: 'people' })),
    }),
    /parts/,
  ],
];

for (const [name, url, body, message] of refusals) {
  test(`refused: ${name}`, async () => {
    const answer = await post(url, body());
    assert.deepEqual([answer.statusCode, answer.json().code], [400, 'request.invalid'], answer.body);
    assert.match(answer.json().detail, message);
  });
}

test('a correction of a job with several parts says which of them', async () => {
  const job = await accept('/v1/imports', { parts: two() });
  await cancel(job);
  const refused = await post(`/v1/jobs/${job.id}/correct`, { upload: places });
  assert.match(refused.json().detail, /has the parts 0 to 1/);
  assert.equal((await post(`/v1/jobs/${job.id}/correct`, { upload: places, part: 2 })).statusCode, 400);
  const correction = await accept(`/v1/jobs/${job.id}/correct`, { upload: places, part: 1 });
  assert.deepEqual([correction.collection, correction.parentId], ['places', job.id]);
  await cancel(correction);
});
