import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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

test('an upload that is not there is named in the refusal', async () => {
  const answer = await api.call('POST', '/v1/uploads/8a3c1de2-4b8e-4f5f-9d53-6a5d7d1f0001/inspect', {
    json: {},
  });
  assert.equal(answer.statusCode, 404);
  assert.equal(answer.json().code, 'source.not_found');
});
