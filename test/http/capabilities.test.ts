/** What /v1/capabilities says, and that the limits that nobody can set are those that are enforced. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HTTP_LIMITS } from '../../src/http/limits.ts';
import { createPeople, startApi, type TestApi, upload } from './support/api.ts';

type LimitName = keyof typeof HTTP_LIMITS;
type Call = Parameters<TestApi['call']>;

let api: TestApi;
let uploadId: string;
before(async () => {
  api = await startApi((deps) => ({
    ...deps,
    settings: { ...deps.settings, uploadBytes: 64 * 1024 * 1024 },
    configuredLimits: { uploadBytes: { value: 7, description: 'Size.', setting: 'limits.uploadBytes' } },
  }));
  await createPeople(api);
  uploadId = await upload(api, 'id,name\n1,Ann\n');
});
after(() => api.close());

test('it says what this server can do', async () => {
  const answer = (await api.call('GET', '/v1/capabilities')).json();
  assert.deepEqual(answer.kinds, ['import', 'validation', 'export']);
  assert.deepEqual(
    answer.formats.map(({ name }: { name: string }) => name),
    ['csv', 'jsonl', 'json', 'xlsx'],
  );
  assert.ok(answer.states.some((state: object) => 'isFinal' in state && state.isFinal === true));
  assert.equal(answer.limits.uploadBytes.setting, 'limits.uploadBytes');
  for (const [name, limit] of Object.entries(HTTP_LIMITS)) assert.deepEqual(answer.limits[name], limit);
});

const chars = (count: number) => 'x'.repeat(count);
const importing = (more: object): Call[2] => ({
  json: { collection: 'people', source: { upload: uploadId }, ...more },
});
const validation = (more: object): Call => ['POST', '/v1/validations', importing(more)];
const nested = (levels: number): unknown =>
  Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 'inside');
/** JSON of exactly so many bytes. */
const bodyOf = (bytes: number): Call[2] => ({
  body: JSON.stringify({ x: chars(bytes - 8) }),
  headers: { 'content-type': 'application/json' },
});

/** A request that carries as much of the thing as it is given. */
const CARRYING: Readonly<Record<string, (size: number) => Call>> = {
  bodyBytes: (size) => ['PUT', '/v1/collections/people', bodyOf(size)],
  uploadsPerPage: (size) => ['GET', `/v1/uploads?limit=${size}`],
  jobsPerPage: (size) => ['GET', `/v1/jobs?limit=${size}`],
  issuesPerPage: (size) => ['GET', `/v1/jobs/1/issues?limit=${size}`],
  nameCharacters: (size) => ['GET', `/v1/collections/${chars(size)}`],
  fileNameCharacters: (size) => ['POST', `/v1/uploads?name=${chars(size)}`, { body: 'id\n1\n' }],
  descriptionCharacters: (size) => validation({ description: chars(size) }),
  createdByCharacters: (size) => validation({ createdBy: chars(size) }),
  notifyUrlCharacters: (size) =>
    validation({ notify: { url: 'https://hooks.example.com/'.padEnd(size, 'x') } }),
  locationCharacters: (size) => [
    'POST',
    '/v1/exports',
    { json: { collection: 'people', destination: { location: 's3://here/a/'.padEnd(size, 'b/') } } },
  ],
  // The body and the metadata are two.
  bodyLevels: (size) => validation({ metadata: { a: nested(size - 2) } }),
  labels: (size) => validation({ labels: Array.from({ length: size }, (_, index) => `label ${index}`) }),
  partsPerJob: (size) => [
    'POST',
    '/v1/exports',
    { json: { parts: Array.from({ length: size }, () => ({ collection: 'people' })) } },
  ],
  filterValues: (size) => [
    'POST',
    '/v1/exports',
    {
      json: {
        collection: 'people',
        filter: {
          or: [
            { not: { field: 'name', op: 'is_null' } },
            { and: [{ field: 'id', op: 'in', value: Array.from({ length: size - 1 }, (_, id) => id) }] },
          ],
        },
      },
    },
  ],
  scopes: (size) => [
    'POST',
    '/v1/clients',
    {
      json: {
        name: 'shop',
        role: 'reader',
        scopes: Array.from({ length: size }, (_, index) => `own.scope${index}`),
      },
    },
  ],
  labelCharacters: (size) => validation({ labels: [chars(size)] }),
  idempotencyKeyCharacters: (size) => [
    'POST',
    '/v1/exports',
    { json: { collection: 'people' }, headers: { 'idempotency-key': chars(size) } },
  ],
};

/** Held in another way, or by something else than a request; those of connections by limits.test.ts. */
const OTHERWISE: readonly LimitName[] = [
  'headerBytes',
  'headers',
  'urlCharacters',
  'headerSeconds',
  'idleSeconds',
  'slowSeconds',
  'graceSeconds',
  'formFieldBytes',
  'waitSeconds',
  'eventStreams',
];

test('every limit has its test', () => {
  assert.deepEqual(Object.keys(HTTP_LIMITS).toSorted(), [...Object.keys(CARRYING), ...OTHERWISE].toSorted());
});

for (const [name, carrying] of Object.entries(CARRYING)) {
  test(`${name}: so much is taken, one more is refused`, async () => {
    const { value } = HTTP_LIMITS[name as LimitName];
    const isRefused = async (size: number) => {
      const answer = await api.call(...carrying(size));
      return ['request.invalid', 'request.too_large'].includes(String(answer.body && answer.json().code));
    };
    assert.equal(await isRefused(value), false);
    assert.equal(await isRefused(value + 1), true);
  });
}

test('waitSeconds: a longer wait is taken for this one', async () => {
  const job = (await api.call(...validation({}))).json<{ id: string }>();
  await api.call('POST', `/v1/jobs/${job.id}/cancel`);
  const answer = await api.call('GET', `/v1/jobs/${job.id}`, { headers: { prefer: 'wait=9999' } });
  assert.equal(answer.headers['preference-applied'], `wait=${HTTP_LIMITS.waitSeconds.value}`);
});

test('eventStreams: one more is refused', async () => {
  const busy = await startApi((deps) => ({
    ...deps,
    status: Object.create(deps.status, { watchers: { value: HTTP_LIMITS.eventStreams.value } }),
  }));
  assert.equal((await busy.call('GET', '/v1/jobs/1/events')).json().code, 'server.busy');
  await busy.close();
});
