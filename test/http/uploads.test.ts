import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { getUpload } from '../../src/store/uploads.ts';
import { waitUntil } from '../support/wait-until.ts';
import { createPeople, startApi, type TestApi, TOKEN } from './support/api.ts';
import { type FormPart, renderForm } from './support/form.ts';

let api: TestApi;
let port: number;
before(async () => {
  api = await startApi();
  port = Number(new URL((await api.connect()).server.url).port);
});
after(() => api.close());

const send = (body: string | Buffer, headers: Record<string, string> = {}, query = '') =>
  api.call('POST', `/v1/uploads${query}`, { body, headers: { 'content-type': 'text/csv', ...headers } });

const sendForm = (parts: readonly FormPart[], headers: Record<string, string> = {}, isWhole = true) => {
  const form = renderForm(parts, { isWhole });
  return api.call('POST', '/v1/uploads', { body: form.body, headers: { ...form.headers, ...headers } });
};

const hash = (text: string | Buffer, algorithm = 'sha256') => createHash(algorithm).update(text);

async function bytesOf(id: string): Promise<Buffer> {
  const { storageKey } = await getUpload(api.database.pool, id);
  return readFile(api.deps.files.path(storageKey));
}

const filesOnDisk = async () => (await api.deps.files.list('uploads')).length;

test('an upload is hashed, kept under its name, and expires', async () => {
  const answer = await send('id,name\n1,Ann\n', { 'x-file-name': 'people%20%C3%A4.csv' });
  assert.equal(answer.statusCode, 201);
  const kept = answer.json();
  assert.equal(kept.sha256, hash('id,name\n1,Ann\n').digest('hex'));
  assert.equal(kept.fileName, 'people ä.csv');
  assert.equal(kept.sizeBytes, 14);
  assert.ok(Date.parse(kept.expiresAt) > Date.parse(kept.createdAt));
});

test('a form with a file is the same as the file alone', async () => {
  const content = Buffer.from('id,name\r\n1,Ann\r\n--waybill-test-boundar\r\n\r\n');
  const answer = await sendForm([{ name: 'file', content, fileName: 'people ä.csv' }]);
  assert.equal(answer.statusCode, 201, answer.body);
  const kept = answer.json();
  assert.equal(kept.sha256, hash(content).digest('hex'));
  assert.equal(kept.fileName, 'people ä.csv');
  assert.deepEqual(await bytesOf(kept.id), content);
});

test('a body that says it is JSON, or says nothing, is kept byte by byte as well', async () => {
  const body = '{"broken": ';
  assert.equal((await send(body, { 'content-type': 'application/json' })).json().sizeBytes, body.length);
  assert.equal((await api.call('POST', '/v1/uploads', { body })).json().sizeBytes, body.length);
  assert.equal((await api.call('POST', '/v1/uploads')).json().sizeBytes, 0);
});

test('an upload over the limit is refused and leaves no file', async () => {
  const before = await filesOnDisk();
  const large = Buffer.alloc(1024 * 1024 + 1, 'a');
  for (const answer of [
    await send(large),
    await send(large, { 'transfer-encoding': 'chunked' }),
    await sendForm([{ name: 'file', content: large }]),
  ]) {
    assert.equal(answer.statusCode, 413);
    assert.match(answer.json().detail, /limits\.uploadBytes/);
  }
  assert.equal(await filesOnDisk(), before);
});

const brokenForms: [string, readonly FormPart[], RegExp][] = [
  ['no file', [], /no part "file"/],
  ['a field that is not known', [{ name: 'x', content: 'y' }], /"x" is not known; expected "file"/],
  [
    'two files',
    [
      { name: 'file', content: 'a' },
      { name: 'file', content: 'b' },
    ],
    /two files/,
  ],
  [
    'a field after the file',
    [
      { name: 'file', content: 'a' },
      { name: 'x', content: 'b' },
    ],
    /"x" comes after the file/,
  ],
];
for (const [what, parts, message] of brokenForms) {
  test(`a form is refused and leaves no file: ${what}`, async () => {
    const before = await filesOnDisk();
    const answer = await sendForm(parts);
    assert.equal(answer.statusCode, 400, answer.body);
    assert.match(answer.json().detail, message);
    assert.equal(await filesOnDisk(), before);
  });
}

test('a part whose bytes are encoded is refused', async () => {
  const before = await filesOnDisk();
  const headers = { 'content-transfer-encoding': 'Base64' };
  const answer = await sendForm([{ name: 'file', content: 'aWQKMQo=', headers }]);
  assert.equal(answer.statusCode, 400);
  assert.match(answer.json().detail, /"file" is encoded as "base64"/);
  assert.equal(await filesOnDisk(), before);
});

test('a form that ends in the middle, or has no boundary, is refused', async () => {
  const before = await filesOnDisk();
  const cut = await sendForm([{ name: 'file', content: 'id\n1\n' }], {}, false);
  assert.equal(cut.statusCode, 400);
  assert.match(cut.json().detail, /form cannot be read/);
  const nameless = await send('x', { 'content-type': 'multipart/form-data' });
  assert.match(nameless.json().detail, /[Bb]oundary/);
  assert.equal(await filesOnDisk(), before);
});

test('a form that is cut at any byte is refused, and leaves no file', async () => {
  const before = await filesOnDisk();
  const { body, headers } = renderForm([{ name: 'file', content: 'id\r\n1\r\n', fileName: 'a.csv' }]);
  const closing = body.lastIndexOf('--');
  for (let end = 0; end < closing; end += 1) {
    const answer = await api.call('POST', '/v1/uploads', { body: body.subarray(0, end), headers });
    assert.equal(answer.statusCode, 400, `cut at ${end}: ${answer.body}`);
  }
  assert.equal(await filesOnDisk(), before);
});

const digestOf = (text: string | Buffer, algorithm = 'sha256') => hash(text, algorithm).digest('base64');

test('an upload that is not what its digest says is refused, whichever digest was sent', async () => {
  const before = await filesOnDisk();
  for (const digest of [
    (text: string) => ({ 'content-digest': `sha-256=:${digestOf(text)}:` }),
    (text: string) => ({ 'repr-digest': `sha-512=:${digestOf(text, 'sha512')}:, md5=:AAAA:` }),
    (text: string) => ({ digest: `SHA-256=${digestOf(text)}` }),
  ]) {
    assert.equal((await send('abc', digest('abc'))).statusCode, 201);
    const damaged = await send('abd', digest('abc'));
    assert.equal(damaged.statusCode, 400);
    assert.equal(damaged.json().retryable, true);
    assert.match(damaged.json().detail, /arrived damaged/);
  }
  assert.equal(await filesOnDisk(), before + 3);
});

test('the digest of a form is that of the whole body', async () => {
  const parts = [{ name: 'file', content: 'abc' }];
  const { body } = renderForm(parts);
  assert.equal((await sendForm(parts, { 'content-digest': `sha-256=:${digestOf(body)}:` })).statusCode, 201);
  const damaged = await sendForm(parts, { 'content-digest': `sha-256=:${digestOf('abc')}:` });
  assert.match(damaged.json().detail, /arrived damaged/);
});

test('a digest that cannot be checked is refused before the file is read', async () => {
  for (const [headers, message] of [
    [{ 'content-digest': 'md5=:AAAA:' }, /only md5, which this server does not check/],
    [{ 'content-digest': 'sha-256=AAAA' }, /cannot be read/],
    [{ 'repr-digest': 'sha-256=:AAAA:' }, /has 32 bytes, got 3/],
    [{ digest: 'sha-256' }, /cannot be read/],
  ] as const) {
    const answer = await send('abc', headers);
    assert.equal(answer.statusCode, 400, answer.body);
    assert.match(answer.json().detail, message);
  }
});

const names: [string, Record<string, string>, string, string | undefined][] = [
  ['a path', {}, '?name=..%2F..%2Fetc%2Fpasswd', 'passwd'],
  ['a path of Windows', {}, '?name=C%3A%5Cdata%5Cpeople.csv', 'people.csv'],
  ['NUL and line breaks', {}, '?name=a%00b%0D%0Ac.csv', 'abc.csv'],
  ['a name that turns the text around', {}, '?name=a%E2%80%AEvsc.exe', 'avsc.exe'],
  ['dots', {}, '?name=..', undefined],
  [
    'RFC 8187',
    { 'content-disposition': "attachment; filename=x.csv; filename*=UTF-8''%e2%82%ac%20rates.csv" },
    '',
    '€ rates.csv',
  ],
  [
    'RFC 8187 in Latin-1',
    { 'content-disposition': "attachment; filename*=iso-8859-1''%A3.csv" },
    '',
    '£.csv',
  ],
  ['a quoted name', { 'content-disposition': 'attachment; filename="a \\"b\\".csv"' }, '', 'a "b".csv'],
  ['percent signs that encode nothing', { 'x-file-name': '100%.csv' }, '', '100%.csv'],
];
for (const [what, headers, query, expected] of names) {
  test(`the name of a file is kept for people alone: ${what}`, async () => {
    const answer = await send('x', headers, query);
    assert.equal(answer.statusCode, 201, answer.body);
    assert.equal(answer.json().fileName, expected);
  });
}

test('the name of a file in a form is cleaned as well', async () => {
  for (const [disposition, expected] of [
    ['form-data; name="file"; filename="C:\\\\data\\\\a.csv"', 'a.csv'],
    ["form-data; name=file; filename*=utf-8''%C3%A4.csv", 'ä.csv'],
    ['form-data; name="file"; filename="../../../x.csv"', 'x.csv'],
  ] as const) {
    const answer = await sendForm([
      { name: 'file', content: 'x', headers: { 'content-disposition': disposition } },
    ]);
    assert.equal(answer.json().fileName, expected, answer.body);
  }
});

const CUT_FILE = 'id,name\n1,An';
const DESCRIPTION = { name: 'job', content: '{"collection":"people"}' };
const cutRequests: [string, string, ReturnType<typeof renderForm>][] = [
  ['an upload', '/v1/uploads', { body: Buffer.from(CUT_FILE), headers: {} }],
  [
    'an upload in a form',
    '/v1/uploads',
    renderForm([{ name: 'file', content: CUT_FILE }], { isWhole: false }),
  ],
  ['an import', '/v1/imports?collection=people', { body: Buffer.from(CUT_FILE), headers: {} }],
  [
    'an import in a form',
    '/v1/imports',
    renderForm([DESCRIPTION, { name: 'file', content: CUT_FILE }], { isWhole: false }),
  ],
];
for (const [what, path, { body, headers }] of cutRequests) {
  test(`a client that disappears in the middle of ${what} leaves nothing`, async () => {
    await createPeople(api);
    const before = await filesOnDisk();
    const socket = connect({ host: '127.0.0.1', port });
    const head = Object.entries({
      host: 'x',
      authorization: `Bearer ${TOKEN}`,
      'content-length': '1000000',
      ...headers,
    });
    socket.write(
      `POST ${path} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
    );
    socket.write(body);
    await waitUntil('the file is being written', async () => (await filesOnDisk()) === before + 1);
    const rows = await countRows();
    socket.destroy();
    await waitUntil('the file is gone', async () => (await filesOnDisk()) === before);
    assert.equal(await countRows(), rows);
  });
}

/** Uploads and jobs. */
async function countRows(): Promise<number> {
  const result = await api.database.pool.query<{ n: number }>(
    'select ((select count(*) from waybill.uploads) + (select count(*) from waybill.jobs))::int as n',
  );
  return result.rows[0]?.n ?? 0;
}
