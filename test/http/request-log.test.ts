import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import type { RequestLine } from '../../src/http/requests/log-requests.ts';
import type { WireJob } from '../../src/sdk/wire.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { waitUntil } from '../support/wait-until.ts';
import { createPeople, startApi, type TestApi, TOKEN } from './support/api.ts';
import { addFile } from './support/artifacts.ts';

const lines: RequestLine[] = [];
let api: TestApi;
let url: string;
before(async () => {
  api = await startApi((deps) => ({
    ...deps,
    logRequest: (line) => lines.push(line),
    logFailure: () => {},
    targets: { ...deps.targets, count: () => Promise.reject(new Error('a bug')) },
  }));
  await createPeople(api);
  ({ url } = (await api.connect()).server);
});
after(() => api.close());
beforeEach(() => {
  lines.length = 0;
});

async function startJob(): Promise<WireJob> {
  const json = {
    collection: 'people',
    source: { records: [{ id: 1, name: 'Ann' }] },
    allowConcurrent: true,
  };
  return (await api.call('POST', '/v1/imports', { json })).json<WireJob>();
}

async function nextLine(): Promise<RequestLine> {
  await waitUntil('the request is logged', () => lines.length > 0);
  const [line] = lines.splice(0);
  assert.ok(line);
  return line;
}

test('a request is one line: route, status, job; a job that was made is named', async () => {
  const job = await startJob();
  const { requestId, durationMs, bytes, ...made } = await nextLine();
  assert.deepEqual(made, { level: 'info', method: 'POST', route: '/v1/imports', status: 202, job: job.id });
  assert.match(requestId, /^[0-9a-f-]{36}$/);
  assert.ok(durationMs >= 0 && bytes >= 0);
  await api.call('POST', `/v1/jobs/${job.number}/cancel`);
  const cancelled = await nextLine();
  assert.deepEqual(
    [cancelled.level, cancelled.route, cancelled.job],
    ['info', '/v1/jobs/:id/cancel', String(job.number)],
  );
});

test('reads that succeed are for debugging, refusals are not, and failures of ours are warnings', async () => {
  const job = await startJob();
  await nextLine();
  const levels: [string, string, number][] = [];
  for (const address of [
    `/v1/jobs/${job.id}`,
    '/v1/jobs',
    '/v1/jobs/999999',
    '/v1/collections/people?count=true',
  ]) {
    await api.call('GET', address);
    const { level, status } = await nextLine();
    levels.push([address.split('/').slice(2).join('/'), level, status]);
  }
  assert.deepEqual(levels, [
    [`jobs/${job.id}`, 'debug', 200],
    ['jobs', 'debug', 200],
    ['jobs/999999', 'info', 404],
    ['collections/people?count=true', 'warn', 500],
  ]);
});

test('no query, no token and no name that a client made up is in a line', async () => {
  await api.call('GET', '/v1/jobs?label=secret-label&stat=1');
  await api.call('GET', '/nowhere/secret-path');
  await api.call('GET', '/v1/jobs', { headers: { authorization: 'Bearer secret-token' } });
  await waitUntil('all are logged', () => lines.length === 3);
  const text = JSON.stringify(lines);
  assert.doesNotMatch(text, /secret/);
  assert.equal(text.includes(TOKEN), false);
  assert.deepEqual(
    lines.map(({ status, route }) => [status, route]),
    [
      [400, '/v1/jobs'],
      [404, undefined],
      [401, '/v1/jobs'],
    ],
  );
});

test('bytes are what was sent, and an answer that was cut off says so', async () => {
  const job = await startJob();
  await nextLine();
  const content = randomBytes(24 * 1024 * 1024);
  await addFile(api, job.id, { name: 'big.bin', content });
  const file = `${url}/v1/jobs/${job.id}/artifacts/big.bin`;
  const headers = { authorization: `Bearer ${TOKEN}` };
  await (await fetch(file, { headers })).arrayBuffer();
  const whole = await nextLine();
  assert.ok(whole.bytes > content.byteLength && whole.bytes < content.byteLength + 2000, String(whole.bytes));
  assert.equal(whole.isCutOff, undefined);
  const going = new AbortController();
  await fetch(file, { headers, signal: going.signal });
  going.abort();
  const cut = await nextLine();
  assert.deepEqual([cut.isCutOff, cut.job, cut.status], [true, job.id, 200]);
  assert.ok(cut.bytes < content.byteLength);
});

test('an upload that its client cuts off has no status of success', async () => {
  const raw = new RawConnection(Number(new URL(url).port));
  raw.send(
    `POST /v1/uploads?name=a.csv HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/octet-stream\r\ncontent-length: 1000\r\n\r\nid,name\r\n`,
  );
  const isReceiving = async () =>
    (await api.deps.files.list('uploads')).some(({ name }) => name.endsWith('.tmp'));
  await waitUntil('the upload has begun', isReceiving);
  raw.close();
  const { level, route, status, isCutOff } = await nextLine();
  assert.deepEqual(
    { level, route, status, isCutOff },
    { level: 'info', route: '/v1/uploads', status: 499, isCutOff: true },
  );
});
