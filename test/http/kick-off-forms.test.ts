/** Imports and validations in their three forms: a description, a form with the file, the file itself. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import type { WireJob } from '../../src/sdk/wire.ts';
import { readPinnedPart } from '../../src/store/jobs/parts.ts';
import { getUpload } from '../../src/store/uploads.ts';
import { createPeople, startApi, type TestApi, upload } from './support/api.ts';
import { type FormPart, renderForm } from './support/form.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
  await createPeople(api);
});
after(() => api.close());

const PEOPLE_CSV = 'id;name\n1;Ann\n';

type Options = Readonly<Record<string, unknown>>;
type Headers = Record<string, string>;

/** The same request in each form that brings its file. */
const FILE_FORMS: Record<
  string,
  (file: string, options: Options, headers?: Headers) => Promise<LightMyRequestResponse>
> = {
  form: (file, options, headers = {}) =>
    sendForm([job(options), { name: 'file', content: file, fileName: 'people.csv' }], headers),
  raw: (file, options, headers = {}) =>
    api.call('POST', `/v1/imports?name=people.csv&${renderQuery(options)}`, {
      body: file,
      headers: { 'content-type': 'text/csv', ...headers },
    }),
};

const job = (options: unknown): FormPart => ({ name: 'job', content: JSON.stringify(options) });

function sendForm(parts: readonly FormPart[], headers: Headers = {}, url = '/v1/imports') {
  const form = renderForm(parts);
  return api.call('POST', url, { body: form.body, headers: { ...form.headers, ...headers } });
}

function renderQuery(options: Options): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (name === 'labels') for (const label of value as string[]) query.append('label', label);
    else if (typeof value !== 'object') query.append(name, `${value as string | number | boolean}`);
    else
      for (const [member, one] of Object.entries(value ?? {})) query.append(`${name}.${member}`, String(one));
  }
  return query.toString();
}

async function accepted(answer: LightMyRequestResponse): Promise<WireJob> {
  assert.equal(answer.statusCode, 202, answer.body);
  const started = answer.json<WireJob>();
  await api.call('POST', `/v1/jobs/${started.id}/cancel`);
  return started;
}

/** Files on disk and uploads that are listed. */
async function keptFiles(): Promise<[number, number]> {
  const listed = (await api.call('GET', '/v1/uploads?limit=200')).json<{ uploads: unknown[] }>();
  return [(await api.deps.files.list('uploads')).length, listed.uploads.length];
}

const askedFor = ({
  kind,
  state,
  collection,
  options,
  description,
  labels,
  metadata,
  priority,
}: WireJob) => ({
  kind,
  state,
  collection,
  options,
  description,
  labels,
  metadata,
  priority,
});

const OPTIONS = {
  collection: 'people',
  mode: 'insert',
  maxErrors: 7,
  maxErrorShare: 0.5,
  allowConcurrent: true,
  description: 'Tonight',
  labels: ['a', 'b'],
  metadata: { ticket: '12' },
  priority: -3,
  dialect: { delimiter: ';', header: true },
};

for (const [form, send] of Object.entries(FILE_FORMS)) {
  test(`${form}: the job is the one that a description of the same would make`, async () => {
    const id = await upload(api, PEOPLE_CSV);
    const described = await accepted(
      await api.call('POST', '/v1/imports', { json: { ...OPTIONS, source: { upload: id } } }),
    );
    const started = await accepted(await send(PEOPLE_CSV, OPTIONS));
    assert.deepEqual(askedFor(started), askedFor(described));
    assert.deepEqual(
      await readPinnedPart(api.database.pool, started.id, 0),
      await readPinnedPart(api.database.pool, described.id, 0),
    );
  });

  test(`${form}: the file is kept as an upload`, async () => {
    const started = await accepted(await send(PEOPLE_CSV, { collection: 'people' }));
    const kept = await getUpload(api.database.pool, started.parts[0]?.source?.upload ?? '');
    assert.equal(kept.fileName, 'people.csv');
    assert.equal(await readFile(api.deps.files.path(kept.storageKey), 'utf8'), PEOPLE_CSV);
    const { uploads } = (await api.call('GET', '/v1/uploads?limit=1')).json();
    assert.equal(uploads[0].id, kept.id);
  });

  test(`${form}: whatever is refused leaves no file`, async () => {
    const before = await keptFiles();
    for (const [options, code, message] of [
      [{ collection: 'peeple' }, 'collection.not_found', /did you mean "people"|people/],
      [{ collection: 'people', mode: 'upsrt' }, 'request.invalid', /did you mean "upsert"/],
      [{ collection: 'people', scope: { account: '1' } }, 'request.invalid', /no scope/],
      [
        { collection: 'people', dialect: { delimitr: ';' } },
        'request.invalid',
        /did you mean "(dialect\.)?delimiter"/,
      ],
      [{ collection: 'people', stopAt: '2020-01-01T00:00:00Z' }, 'request.invalid', /stopAt/],
      [{ mode: 'insert' }, 'request.invalid', /"collection" is missing/],
    ] as const) {
      const answer = await send(PEOPLE_CSV, options);
      assert.equal(answer.json().code, code, answer.body);
      assert.match(answer.json().detail, message);
    }
    assert.deepEqual(await keptFiles(), before);
  });

  test(`${form}: ten clients with one idempotency key make one job and keep one file`, async () => {
    const before = await keptFiles();
    const headers = { 'idempotency-key': randomUUID() };
    const options = { collection: 'people', labels: ['once'] };
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(PEOPLE_CSV, options, headers)));
    const ids = new Set(answers.map((answer) => answer.json().id));
    assert.equal(ids.size, 1, answers.map((answer) => answer.body).join('\n'));
    assert.deepEqual(await keptFiles(), [before[0] + 1, before[1] + 1]);
    const later = await send(PEOPLE_CSV, options, headers);
    assert.ok(ids.has((await accepted(later)).id));
    assert.deepEqual(await keptFiles(), [before[0] + 1, before[1] + 1]);
  });

  test(`${form}: a key that is used for another file, or other options, is refused`, async () => {
    const headers = { 'idempotency-key': randomUUID() };
    await accepted(await send(PEOPLE_CSV, { collection: 'people' }, headers));
    const before = await keptFiles();
    for (const answer of [
      await send('id;name\n2;Bob\n', { collection: 'people' }, headers),
      await send(PEOPLE_CSV, { collection: 'people', mode: 'insert' }, headers),
      await api.call('POST', '/v1/exports', { json: { collection: 'people' }, headers }),
    ]) {
      assert.equal(answer.statusCode, 422);
      assert.equal(answer.json().code, 'request.idempotency_mismatch');
    }
    assert.deepEqual(await keptFiles(), before);
  });

  test(`${form}: the same bytes again are pointed out`, async () => {
    const file = `id;name\n${form};x\n`;
    const first = await accepted(await send(file, { collection: 'people' }));
    // Cancelled by the test; only what has succeeded is pointed out.
    await api.database.pool.query("update waybill.jobs set state = 'succeeded' where id = $1", [first.id]);
    const second = await accepted(await send(file, { collection: 'people' }));
    assert.deepEqual(second.sameContentAs, { id: first.id, number: first.number });
  });
}

test('the same file and options are one request, whether in a form or raw', async () => {
  const headers = { 'idempotency-key': randomUUID() };
  const [one, other] = await Promise.all(
    Object.values(FILE_FORMS).map(async (send) => send(PEOPLE_CSV, { collection: 'people' }, headers)),
  );
  assert.ok(one && other);
  assert.equal((await accepted(one)).id, (await accepted(other)).id);
});

test('records in the request are kept once for one idempotency key, and not at all when refused', async () => {
  const before = await keptFiles();
  const headers = { 'idempotency-key': randomUUID() };
  const json = { collection: 'people', source: { records: [{ id: 1, name: 'Ann' }] } };
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => api.call('POST', '/v1/imports', { json, headers })),
  );
  assert.equal(new Set(answers.map((answer) => answer.json().id)).size, 1);
  assert.equal(
    (await api.call('POST', '/v1/imports', { json: { ...json, scope: { a: '1' } } })).statusCode,
    400,
  );
  assert.deepEqual(await keptFiles(), [before[0] + 1, before[1] + 1]);
  for (const answer of answers.slice(0, 1)) await accepted(answer);
});

test('a repeated file whose hash is announced is not read', async () => {
  const headers = {
    'idempotency-key': randomUUID(),
    'content-digest': `sha-256=:${createHash('sha256').update(PEOPLE_CSV).digest('base64')}:`,
  };
  const first = await accepted(await FILE_FORMS['raw']!(PEOPLE_CSV, { collection: 'people' }, headers));
  // Had these bytes been read they would have been refused.
  const second = await FILE_FORMS['raw']!('something else', { collection: 'people' }, headers);
  assert.equal(second.json().id, first.id);
});

test('with a query the body is the file, also when it is JSON', async () => {
  const file = '[{"id": 1, "name": "Ann"}]';
  const answer = await api.call('POST', '/v1/validations?collection=people&label=only', {
    body: file,
    headers: { 'content-type': 'application/json' },
  });
  const started = await accepted(answer);
  assert.equal(started.kind, 'validation');
  assert.deepEqual(started.labels, ['only']);
  const kept = await getUpload(api.database.pool, started.parts[0]?.source?.upload ?? '');
  assert.equal(kept.sha256, createHash('sha256').update(file).digest('hex'));
});

test('a file without a query is refused, and told where its options belong', async () => {
  const answer = await api.call('POST', '/v1/imports', {
    body: PEOPLE_CSV,
    headers: { 'content-type': 'text/csv' },
  });
  assert.equal(answer.statusCode, 400);
  assert.match(answer.json().detail, /text\/csv.*\?collection=people/);
});

test('a query without a file is refused, and told what is missing', async () => {
  const answer = await api.call('POST', '/v1/imports?collection=people');
  assert.equal(answer.statusCode, 400);
  assert.match(answer.json().detail, /^The file is missing/);
});

const FILE: FormPart = { name: 'file', content: PEOPLE_CSV };
const DESCRIBED = job({ collection: 'people' });
const refusedForms: [string, readonly FormPart[], string, RegExp][] = [
  ['the description after the file', [FILE, DESCRIBED], '', /no part "job" before the file/],
  ['no description', [FILE], '', /no part "job" before the file/],
  ['no file', [DESCRIBED], '', /no part "file"/],
  ['two descriptions', [DESCRIBED, DESCRIBED, FILE], '', /"job" occurs twice/],
  [
    'another part',
    [DESCRIBED, { name: 'extra', content: '' }, FILE],
    '',
    /"extra" is not known; expected "job" and "file"/,
  ],
  [
    'a description that is no JSON',
    [{ name: 'job', content: '{' }, FILE],
    '',
    /part "job" of the form is not JSON/,
  ],
  [
    'a description that names a source',
    [job({ collection: 'people', source: {} }), FILE],
    '',
    /part "job".*"source" is not known/,
  ],
  ['options in the query as well', [DESCRIBED, FILE], '?collection=people', /part "job", not in the query/],
  [
    'a description that is too large',
    [{ name: 'job', content: ' '.repeat(1024 * 1024 + 1) }, FILE],
    '',
    /larger than 1048576 bytes/,
  ],
  ['a description that is not UTF-8', [{ name: 'job', content: Buffer.from([0xff]) }, FILE], '', /not UTF-8/],
  ['something behind the file', [DESCRIBED, FILE, FILE], '', /two files/],
];
for (const [what, parts, query, message] of refusedForms) {
  test(`a form is refused and leaves nothing: ${what}`, async () => {
    const before = await keptFiles();
    const answer = await sendForm(parts, {}, `/v1/imports${query}`);
    assert.ok(answer.statusCode === 400 || answer.statusCode === 413, answer.body);
    assert.match(answer.json().detail, message);
    assert.deepEqual(await keptFiles(), before);
  });
}

test('a source at a URL is refused by a code of its own', async () => {
  const json = { collection: 'people', source: { url: 'https://example.org/people.csv' } };
  const answer = await api.call('POST', '/v1/imports', { json });
  assert.equal(answer.statusCode, 422);
  assert.equal(answer.json().code, 'source.unsupported');
});
