import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createPeople, startApi, type TestApi, upload } from './support/api.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.close());

const send = (body: string | Buffer, headers: Record<string, string> = {}, query = '') =>
  api.call('POST', `/v1/uploads${query}`, { body, headers: { 'content-type': 'text/csv', ...headers } });

test('an upload is hashed, kept under its name, and expires', async () => {
  const answer = await send('id,name\n1,Ann\n', { 'x-file-name': 'people%20%C3%A4.csv' });
  assert.equal(answer.statusCode, 201);
  const kept = answer.json();
  assert.equal(kept.sha256, createHash('sha256').update('id,name\n1,Ann\n').digest('hex'));
  assert.equal(kept.fileName, 'people ä.csv');
  assert.equal(kept.sizeBytes, 14);
  assert.ok(Date.parse(kept.expiresAt) > Date.parse(kept.createdAt));
});

test('a body that says it is JSON is kept byte by byte as well', async () => {
  const body = '{"broken": ';
  const answer = await send(body, { 'content-type': 'application/json' });
  assert.equal(answer.json().sizeBytes, body.length);
});

test('an upload over the limit is refused and leaves no file', async () => {
  const answer = await send(Buffer.alloc(1024 * 1024 + 1, 'a'));
  assert.equal(answer.statusCode, 413);
  assert.match(answer.json().detail, /limits\.uploadBytes/);
});

test('an upload whose digest differs from the announced one is refused', async () => {
  const digest = (text: string) => `sha-256=:${createHash('sha256').update(text).digest('base64')}:`;
  assert.equal((await send('abc', { 'repr-digest': digest('abc') })).statusCode, 201);
  const damaged = await send('abd', { 'content-digest': digest('abc') });
  assert.equal(damaged.statusCode, 400);
  assert.equal(damaged.json().retryable, true);
});

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
