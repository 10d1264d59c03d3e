import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { isAppError } from '../../src/core/errors.ts';
import { type Client, createClient } from '../../src/sdk/client.ts';
import type { WireArtifact, WireJob } from '../../src/sdk/wire.ts';
import { recordArtifacts } from '../../src/store/artifacts.ts';
import { patienceOf } from '../support/patience.ts';
import { PEOPLE, startApi, type TestApi, TOKEN } from './support/api.ts';

let api: TestApi;
let client: Client;
let folder: string;
before(async () => {
  api = await startApi();
  client = await api.connect();
  folder = await mkdtemp(join(tmpdir(), 'waybill-client-'));
  await client.applyCollection('people', PEOPLE);
});
after(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

async function startExport(): Promise<WireJob> {
  return client.startJob('export', { collection: 'people' });
}

test('a stream of unknown length is uploaded under its name', async () => {
  const upload = await client.upload(Readable.from([Buffer.from('id,'), Buffer.from('name\n')]), 'é.csv');
  assert.equal(upload.fileName, 'é.csv');
  assert.equal(upload.sizeBytes, 8);
});

test('an upload over the limit is told so while it is being sent, and leaves nothing', async () => {
  const piece = Buffer.alloc(256 * 1024, 'a');
  const endless = Readable.from(Array.from({ length: 100 }, () => piece));
  await assert.rejects(client.upload(endless), (error) => isAppError(error, 'request.too_large'));
  const left = await api.deps.files.list('uploads');
  assert.ok(
    left.every(({ name }) => !name.endsWith('.tmp')),
    JSON.stringify(left),
  );
});

test('an error of the server comes back with its code, words and details', async () => {
  await assert.rejects(client.getCollection('persons'), (error) => {
    assert.ok(isAppError(error, 'collection.not_found'));
    assert.match(error.message, /people/);
    assert.deepEqual(error.details, { name: 'persons' });
    return true;
  });
});

test('a server that is not there is named', async () => {
  const nobody = createClient({ url: 'http://127.0.0.1:1', token: 'x' });
  await assert.rejects(nobody.listCollections(), (error) => isAppError(error, 'server.unreachable'));
});

test('waiting sees each change once and ends with the job', async () => {
  const job = await startExport();
  const seen: string[] = [];
  let polls = 0;
  const waiting = client.waitForJob(job.id, {
    onChange: ({ state }) => seen.push(state),
    onPoll: () => {
      polls += 1;
      if (polls === 5) void client.intend(job.id, 'cancel');
    },
  });
  assert.equal((await waiting).state, 'cancelled');
  assert.deepEqual(seen, ['queued', 'cancelled']);
});

test('waiting goes on while the database is away, since the job does', async () => {
  const job = await startExport();
  const problem = { code: 'database.unavailable', detail: 'away', status: 503, retryable: true };
  let outages = 0;
  const front = createServer((request, response) => {
    if (outages === 0) {
      response.writeHead(503, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
      return;
    }
    void api.call('GET', request.url ?? '').then((answer) => {
      response.writeHead(answer.statusCode, { 'content-type': 'application/json' }).end(answer.body);
    });
  }).listen(0, '127.0.0.1');
  await once(front, 'listening');
  try {
    const address = front.address();
    assert.ok(typeof address === 'object' && address !== null);
    await client.intend(job.id, 'cancel');
    const through = createClient({ url: `http://127.0.0.1:${address.port}`, token: TOKEN });
    const seen = await through.waitForJob(job.id, {
      onOutage: ({ message }) => {
        assert.equal(message, 'away');
        outages += 1;
      },
    });
    assert.equal(seen.state, 'cancelled');
    assert.equal(outages, 1);
  } finally {
    front.closeAllConnections();
    front.close();
  }
});

async function addResult(job: WireJob, content: string, sha256: string): Promise<WireArtifact> {
  const saved = await api.deps.files.save(`artifacts/${job.id}`, Readable.from([Buffer.from(content)]));
  const file = { ...saved, kind: 'result', name: 'people.csv', mediaType: 'text/csv', sha256 } as const;
  await recordArtifacts(
    api.database.pool,
    { jobId: job.id, epoch: 0, part: 0 },
    ['result'],
    [{ ...file, keepMs: 60_000 }],
  );
  const [artifact] = await client.listArtifacts(job.id);
  assert.ok(artifact);
  return artifact;
}

test('a download is whole under its name, or is not there', async () => {
  const content = 'id,name\n1,Ann\n';
  const good = await addResult(
    await startExport(),
    content,
    createHash('sha256').update(content).digest('hex'),
  );
  assert.equal(await client.download(good, join(folder, 'new', 'good.csv')), content.length);
  assert.equal(await readFile(join(folder, 'new', 'good.csv'), 'utf8'), content);
  const damaged = await addResult(await startExport(), content, '0'.repeat(64));
  await assert.rejects(client.download(damaged, join(folder, 'damaged.csv')), (error) =>
    isAppError(error, 'storage.corrupt'),
  );
  assert.deepEqual(await readdir(folder), ['new']);
});

test('an answer that is no problem body is reported with its status', async () => {
  const server = createServer((_request, response) =>
    response.writeHead(502).end('<html>Bad gateway</html>'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const behindProxy = createClient({ url: `http://127.0.0.1:${port}`, token: 'x' });
  await assert.rejects(behindProxy.listJobs(), /502 Bad Gateway/);
  server.close();
});

test('a server closes at once although a client has just had its answer', async () => {
  const another = await startApi();
  const connected = await another.connect();
  const answering = connected.listJobs();
  await answering;
  const startedAt = performance.now();
  await another.close();
  assert.ok(performance.now() - startedAt < 5000);
});

test('a download that nobody reads does not keep a server from closing for ever', {
  timeout: patienceOf(30_000),
}, async () => {
  const another = await startApi();
  const connected = await another.connect();
  await connected.applyCollection('people', PEOPLE);
  const job = await connected.startJob('export', { collection: 'people' });
  const saved = await another.deps.files.save(
    'artifacts/big',
    Readable.from(Array.from({ length: 320 }, () => Buffer.alloc(65_536))),
  );
  const file = { ...saved, kind: 'result', name: 'big', mediaType: 'text/csv' } as const;
  await recordArtifacts(
    another.database.pool,
    { jobId: job.id, epoch: 0, part: 0 },
    ['result'],
    [{ ...file, keepMs: 60_000 }],
  );
  const url = new URL(`/v1/jobs/${job.id}/artifacts/big`, connected.server.url);
  const socket = createConnection(Number(url.port), '127.0.0.1');
  socket.write(
    `GET ${url.pathname} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${connected.server.token}\r\n\r\n`,
  );
  await once(socket, 'readable');
  await another.close();
  socket.destroy();
});

test('a connection on which nothing was asked does not keep a server from closing', async () => {
  const another = await startApi();
  const { server } = await another.connect();
  const socket = createConnection(Number(new URL(server.url).port), '127.0.0.1');
  await once(socket, 'connect');
  // The server has taken the connection when it answers on one that came later.
  await (await fetch(new URL('/healthz', server.url))).text();
  const closed = once(socket, 'close');
  const startedAt = performance.now();
  await another.close();
  await closed;
  assert.ok(performance.now() - startedAt < 5000, 'far less than what a download is granted');
});
