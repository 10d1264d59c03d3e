/** Files that are larger than the memory of whoever receives them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { after, before, test } from 'node:test';
import { patienceOf } from '../support/patience.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';

const FILE_BYTES = 400_000_000;
/** Of the process that serves HTTP, however large the file. */
const RESIDENT_LIMIT_BYTES = 256 * 1024 * 1024;

let database: TestDatabase;
let server: ServerProcess;
before(async () => {
  database = await createTestDatabase();
  server = await ServerProcess.start({ databaseUrl: database.url });
});
after(async () => {
  await server.stop();
  await database.drop();
});

const FORMS = {
  raw: { type: 'text/csv', head: '', tail: '' },
  form: {
    type: 'multipart/form-data; boundary=b',
    head: '--b\r\nContent-Disposition: form-data; name="file"; filename="large.csv"\r\n\r\n',
    tail: '\r\n--b--\r\n',
  },
} as const;

for (const [name, form] of Object.entries(FORMS)) {
  test(`an upload that is larger than the memory it may take is kept whole: ${name}`, {
    timeout: patienceOf(120_000),
  }, async () => {
    const upload = await send(form);
    assert.equal(upload.sizeBytes, FILE_BYTES);
    const peakBytes = residentPeakOf(server.pid);
    assert.ok(
      peakBytes < RESIDENT_LIMIT_BYTES,
      `the server has had ${Math.round(peakBytes / 1024 / 1024)} MiB`,
    );
    assert.equal((await call('DELETE', `/v1/uploads/${upload.id}`)).statusCode, 204);
  });
}

function call(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body: Readable = Readable.from([]),
) {
  const { url, token } = server.client.server;
  const request = httpRequest(new URL(path, url), {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  const answered = new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  return pipeline(body, request).then(() => answered);
}

async function send({
  type,
  head,
  tail,
}: (typeof FORMS)[keyof typeof FORMS]): Promise<{ id: string; sizeBytes: number }> {
  const piece = Buffer.alloc(100_000, '1234567,Ann,1990-05-17\n');
  function* pieces() {
    yield Buffer.from(head);
    for (let sent = 0; sent < FILE_BYTES; sent += piece.length) yield piece;
    yield Buffer.from(tail);
  }
  const answer = await call('POST', '/v1/uploads', { 'content-type': type }, Readable.from(pieces()));
  assert.equal(answer.statusCode, 201);
  return (await json(answer)) as { id: string; sizeBytes: number };
}

/** The most memory that the process has had at once. */
function residentPeakOf(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) * 1024;
}
