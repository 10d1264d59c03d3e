import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { patienceOf } from '../support/patience.ts';
import { createPeople, startApi, type TestApi, upload } from './support/api.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.close());

test('an inspection tells how a file is read and what a collection for it could be', async () => {
  const id = await upload(api, 'zip_code;city\n00501;Holtsville\n10001;New York\n', 'Zip Codes.csv');
  const answer = await api.call('POST', `/v1/uploads/${id}/inspect`, { json: {} });
  assert.equal(answer.statusCode, 200, answer.body);
  const { dialect, evidence, fields, sample, inferred } = answer.json();
  assert.equal(dialect.delimiter, ';');
  assert.match(evidence.delimiter, /100 %/);
  assert.deepEqual(fields, ['zip_code', 'city']);
  assert.deepEqual(sample[0], { zip_code: '00501', city: 'Holtsville' });
  assert.equal(inferred.definition.name, 'zip_codes');
  assert.equal(inferred.definition.schema.properties.zip_code.type, 'string');
});

test('an inspection takes the key that it is given, and refuses one that is no field', async () => {
  const id = await upload(api, 'a,b\n1,2\n3,4\n');
  const given = await api.call('POST', `/v1/uploads/${id}/inspect`, { json: { name: 'ab', key: ['b'] } });
  assert.deepEqual(given.json().inferred.definition.key, ['b']);
  const wrong = await api.call('POST', `/v1/uploads/${id}/inspect`, { json: { name: 'ab', key: ['c'] } });
  assert.equal(wrong.json().code, 'collection.invalid');
});

test('an inspection for a collection says how the fields map and what is missing', async () => {
  await createPeople(api);
  const id = await upload(api, 'ID,Full Name\n1,Ann\n');
  const answer = await api.call('POST', `/v1/uploads/${id}/inspect`, { json: { collection: 'people' } });
  const { mapping } = answer.json();
  assert.deepEqual(mapping.fields, [{ field: 'id', source: 'ID', by: 'similar' }]);
  assert.deepEqual(mapping.unknownFields, ['Full Name']);
  assert.match(mapping.problems.join(), /"name"/);
});

test('an inspection for a collection also says what the fields are, and suggests a mapping that a kick-off takes', async () => {
  await createPeople(api);
  const id = await upload(api, 'ID,name,Shoe size\n1,Ann,38\n');
  const answer = await api.call('POST', `/v1/uploads/${id}/inspect`, { json: { collection: 'people' } });
  const { inferred, mapping } = answer.json();
  assert.deepEqual(
    inferred.fields.map(({ name, type }: { name: string; type: string }) => [name, type]),
    [
      ['ID', 'integer'],
      ['name', 'text'],
      ['Shoe size', 'integer'],
    ],
  );
  assert.deepEqual(mapping.suggestion, {
    fields: [
      { field: 'id', source: 'ID' },
      { field: 'name', source: 'name' },
    ],
    ignore: ['Shoe size'],
  });
  const job = await api.call('POST', '/v1/imports', {
    json: { collection: 'people', source: { upload: id }, mapping: mapping.suggestion },
  });
  assert.equal(job.statusCode, 202, job.body);
});

test('an inspection for a collection answers for a file without records as well', async () => {
  await createPeople(api);
  const id = await upload(api, 'id,name\n');
  const answer = await api.call('POST', `/v1/uploads/${id}/inspect`, { json: { collection: 'people' } });
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(answer.json().inferred, undefined);
  assert.equal(answer.json().mapping.fields.length, 2);
});

test('what is said of the dialect is not doubted, and the evidence says so', async () => {
  const id = await upload(api, 'a,b;c\n1,2;3\n4,5;6\n');
  const inspect = async (dialect: object) =>
    (await api.call('POST', `/v1/uploads/${id}/inspect`, { json: { dialect } })).json();
  const byComma = await inspect({ delimiter: ',' });
  assert.deepEqual(byComma.fields, ['a', 'b;c']);
  assert.equal(byComma.evidence.delimiter, 'set by the user');
  const headless = await inspect({ delimiter: ';', header: false });
  assert.equal(headless.dialect.hasHeader, false);
  assert.equal(headless.sample.length, 3);
});

test('hostile files are looked at in bounded time, and answered in bounded size', async () => {
  const line = gzipSync(Buffer.alloc(200_000_000, 'a'), { level: 1 });
  const wide = `${names(1500)}\n${`${Array.from({ length: 1500 }, (_, i) => i).join(',')}\n`.repeat(100)}`;
  const long = `id,note\n1,${'x'.repeat(900_000)}\n`;
  for (const [content, status] of [
    [line, 413],
    [gzipSync(wide.repeat(40), { level: 1 }), 200],
    [long, 200],
  ] as const) {
    const id = await upload(api, content);
    const started = performance.now();
    const answer = await api.call('POST', `/v1/uploads/${id}/inspect`, { json: {} });
    assert.equal(answer.statusCode, status, answer.body.slice(0, 500));
    assert.ok(performance.now() - started < patienceOf(10_000));
    assert.ok(answer.body.length < 700_000, `${answer.body.length} characters`);
  }
});

const names = (count: number) => Array.from({ length: count }, (_, i) => `f${i}`).join(',');

test('an upload that is not there is named in the refusal', async () => {
  const answer = await api.call('POST', '/v1/uploads/8a3c1de2-4b8e-4f5f-9d53-6a5d7d1f0001/inspect', {
    json: {},
  });
  assert.equal(answer.statusCode, 404);
  assert.equal(answer.json().code, 'source.not_found');
});

for (const [what, sizeBytes, maxRecordBytes, code, message] of [
  [
    'is too long',
    2000,
    1000,
    'collection.cannot_infer',
    /On line 2, the record is longer than 1000 bytes \(limit: limits\.recordBytes\)\./,
  ],
  [
    'does not end',
    17 * 1024 * 1024,
    64 * 1024 * 1024,
    'format.limit_exceeded',
    /and a record may have up to 67108864 bytes \(limit: limits\.recordBytes\)/,
  ],
] as const) {
  test(`a sample whose only record ${what} names the limit`, async () => {
    const other = await startApi((deps) => ({
      ...deps,
      settings: {
        ...deps.settings,
        uploadBytes: 64 * 1024 * 1024,
        readLimits: { ...deps.settings.readLimits, maxRecordBytes },
      },
    }));
    try {
      const id = await upload(other, `id,name\n1,${'x'.repeat(sizeBytes)}\n`);
      const answer = await other.call('POST', `/v1/uploads/${id}/inspect`, { json: {} });
      assert.equal(answer.json().code, code);
      assert.match(answer.json().detail, message);
    } finally {
      await other.close();
    }
  });
}
