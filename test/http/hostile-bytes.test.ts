/** Bytes that no client of HTTP would send: each is answered with a problem, and the server goes on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { RawConnection } from '../support/raw-connection.ts';
import { runsOf } from '../support/share-of-runs.ts';
import { createPeople, startApi, type TestApi, TOKEN } from './support/api.ts';
import { fingerprint } from './support/fingerprint.ts';

const SEED = 20_261_122;

let api: TestApi;
let port: number;
before(async () => {
  api = await startApi((deps) => ({
    ...deps,
    logFailure: ({ error, method, url }) => assert.fail(`${method} ${url}: ${String(error)}`),
  }));
  await createPeople(api);
  port = Number(new URL((await api.connect()).server.url).port);
});
after(() => api.close());

const HEAD = `host: x\r\nauthorization: Bearer ${TOKEN}\r\n`;
const HEALTH = 'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n';

/** A request, and the statuses with which it may be refused. `closes`: the server cannot know where the next request begins. */
const HOSTILE: Readonly<Record<string, { bytes: string; statuses: readonly number[]; closes?: true }>> = {
  'a path with a broken encoding': { bytes: `GET /v1/jobs/%zz HTTP/1.1\r\n${HEAD}\r\n`, statuses: [400] },
  'a path whose bytes are no UTF-8': {
    bytes: `GET /v1/jobs/%ff%fe HTTP/1.1\r\n${HEAD}\r\n`,
    statuses: [400, 404],
  },
  'a path with NUL': { bytes: `GET /v1/collections/%00 HTTP/1.1\r\n${HEAD}\r\n`, statuses: [400, 404] },
  'a path that is too long': {
    bytes: `GET /v1/jobs/${'x'.repeat(5000)} HTTP/1.1\r\n${HEAD}\r\n`,
    statuses: [400, 404],
  },
  'a path that climbs': { bytes: `GET /v1/../../etc/passwd HTTP/1.1\r\n${HEAD}\r\n`, statuses: [404] },
  'a file name that climbs': {
    bytes: `GET /v1/jobs/1/artifacts/..%2f..%2ftoken HTTP/1.1\r\n${HEAD}\r\n`,
    statuses: [404],
  },
  'an absolute address': {
    bytes: `GET http://other/v1/nothing HTTP/1.1\r\n${HEAD}\r\n`,
    statuses: [400, 404],
  },
  'a query with a broken encoding': {
    bytes: `GET /v1/jobs?%zz=%zz HTTP/1.1\r\n${HEAD}\r\n`,
    statuses: [400],
  },
  'a method that nobody knows': {
    bytes: `FETCH /v1/jobs HTTP/1.1\r\n${HEAD}\r\n`,
    statuses: [400],
    closes: true,
  },
  'a header with a control character': {
    bytes: `GET /v1/jobs HTTP/1.1\r\n${HEAD}x-a: \x01\r\n\r\n`,
    statuses: [400],
    closes: true,
  },
  'a header that is no header': {
    bytes: `GET /v1/jobs HTTP/1.1\r\n${HEAD}nonsense\r\n\r\n`,
    statuses: [400],
    closes: true,
  },
  'headers that are too long': {
    bytes: `GET /v1/jobs HTTP/1.1\r\n${HEAD}x-a: ${'x'.repeat(70_000)}\r\n\r\n`,
    statuses: [431],
    closes: true,
  },
  'two hosts': {
    bytes: `GET /v1/jobs HTTP/1.1\r\n${HEAD}Host: y\r\n\r\n`,
    statuses: [400],
    closes: true,
  },
  'the same host twice, where no token is needed': {
    bytes: 'GET /healthz HTTP/1.1\r\nhost: x\r\nHOST: x\r\n\r\n',
    statuses: [400],
    closes: true,
  },
  'two lengths': {
    bytes: `POST /v1/exports HTTP/1.1\r\n${HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
    statuses: [400],
    closes: true,
  },
  'a length and chunks': {
    bytes: `POST /v1/exports HTTP/1.1\r\n${HEAD}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    statuses: [400],
    closes: true,
  },
  'a length that is no number': {
    bytes: `POST /v1/exports HTTP/1.1\r\n${HEAD}content-length: -1\r\n\r\n`,
    statuses: [400],
    closes: true,
  },
  'chunks that are none': {
    bytes: `POST /v1/exports HTTP/1.1\r\n${HEAD}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`,
    statuses: [400],
    closes: true,
  },
  'a version that is none': { bytes: 'GET / HTTP/9.9\r\n\r\n', statuses: [400, 505], closes: true },
  'something else than HTTP': {
    bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n',
    statuses: [400],
    closes: true,
  },
  'a token that is no text': {
    bytes: 'GET /v1/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer \xff\xfe\r\n\r\n',
    statuses: [400, 401],
  },
  'a body without a type': {
    bytes: `POST /v1/exports HTTP/1.1\r\n${HEAD}content-length: 2\r\n\r\n{}`,
    statuses: [400, 415],
  },
  'a body in an encoding that nobody reads': {
    bytes: `POST /v1/exports HTTP/1.1\r\n${HEAD}content-type: application/json\r\ncontent-encoding: br\r\ncontent-length: 2\r\n\r\n{}`,
    statuses: [415],
    // What is refused by who reads the body ends the connection, since more of it may come.
    closes: true,
  },
  'an expectation that nobody meets': {
    bytes: `POST /v1/exports HTTP/1.1\r\n${HEAD}expect: miracles\r\ncontent-length: 2\r\n\r\n{}`,
    statuses: [400, 415],
  },
};

for (const [name, { bytes, statuses, closes }] of Object.entries(HOSTILE)) {
  test(`${name} is refused with a problem, and the connection ${closes ? 'ends' : 'goes on'}`, async () => {
    const unchanged = await fingerprint(api);
    const connection = new RawConnection(port);
    connection.send(bytes);
    const answer = await connection.read();
    assert.ok(answer, 'there is no answer');
    assert.ok(statuses.includes(answer.status), `${answer.status}: ${answer.body}`);
    assert.match(answer.headers['content-type'] ?? '', /^application\/problem\+json/, answer.body);
    const problem = JSON.parse(answer.body);
    assert.equal(problem.status, answer.status);
    assert.match(problem.code, /^(request|job)\./);
    if (closes !== true) connection.send(HEALTH);
    const next = await connection.read();
    assert.equal(next?.status, closes === true ? undefined : 200);
    connection.close();
    assert.equal(await fingerprint(api), unchanged);
  });
}

test('whatever bytes come, the answer is no failure of ours, and the next client is served', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'GET ',
      'POST ',
      '/v1/exports',
      ' HTTP/1.1',
      '\r\n',
      '\r\n\r\n',
      'content-length: 5',
      HEAD,
      '%',
      '{',
      '\0',
      ':',
    ),
    fc.string({ unit: 'binary', maxLength: 10 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const connection = new RawConnection(port);
      connection.send(`${pieces.join('')}\r\n\r\n`);
      const answer = await connection.read(250);
      if (answer !== undefined) assert.ok(answer.status < 500, `${answer.status} ${answer.body}`);
      connection.close();
    }),
    { seed: SEED, numRuns: runsOf(60) },
  );
  const connection = new RawConnection(port);
  connection.send(HEALTH);
  assert.equal((await connection.read())?.status, 200);
  connection.close();
});
