/** Downloads over real sockets: what clients and janitors do in the middle of one leaves no file open. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import type { WireJob } from '../../src/sdk/wire.ts';
import { waitUntil } from '../support/wait-until.ts';
import { createPeople, startApi, type TestApi, TOKEN } from './support/api.ts';
import { addFile } from './support/artifacts.ts';

/** Far more than what sockets hold on both sides. */
const CONTENT = randomBytes(24 * 1024 * 1024);

let api: TestApi;
let url: string;
let job: WireJob;
before(async () => {
  api = await startApi();
  await createPeople(api);
  url = (await api.connect()).server.url;
  const json = { collection: 'people', source: { records: [{ id: 1, name: 'Ann' }] } };
  job = (await api.call('POST', '/v1/imports', { json })).json<WireJob>();
});
after(() => api.close());

/** How often this process has the file open; a removed file counts too. */
function openDescriptors(path: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(path);
    } catch {
      return false;
    }
  }).length;
}

/** Asks for the file, and reads nothing of it yet. */
async function startDownload(
  name: string,
  method = 'GET',
): Promise<{ request: ClientRequest; response: IncomingMessage }> {
  const request = httpRequest(`${url}/v1/jobs/${job.id}/artifacts/${name}`, {
    method,
    agent: false,
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  request.end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { request, response };
}

test('a file that is removed in the middle of a download arrives whole all the same', async () => {
  const { sha256, path } = await addFile(api, job.id, { name: 'removed.bin', content: CONTENT });
  const { response } = await startDownload('removed.bin');
  assert.equal(openDescriptors(path), 1);
  await unlink(path);
  assert.equal(existsSync(path), false);
  const hash = createHash('sha256');
  for await (const piece of response) hash.update(piece as Buffer);
  assert.equal(hash.digest('hex'), sha256);
  await waitUntil('the file is closed', () => openDescriptors(path) === 0);
});

test('clients that go away, or ask for headers only, leave no file open', async () => {
  const { path } = await addFile(api, job.id, { name: 'left.bin', content: CONTENT });
  const downloads = await Promise.all(Array.from({ length: 20 }, () => startDownload('left.bin')));
  assert.equal(openDescriptors(path), 20);
  for (const { request } of downloads) request.destroy();
  await waitUntil('the files are closed', () => openDescriptors(path) === 0);
  const { response } = await startDownload('left.bin', 'HEAD');
  assert.equal(response.headers['content-length'], String(CONTENT.byteLength));
  await waitUntil('the file is closed', () => openDescriptors(path) === 0);
});

test('a reader that does not read costs a file handle, and no more than it costs others', async () => {
  const { path } = await addFile(api, job.id, { name: 'slow.bin', content: CONTENT });
  const { request, response } = await startDownload('slow.bin');
  response.pause();
  assert.equal(openDescriptors(path), 1);
  // All connections of the pool are there for the others.
  assert.equal(api.deps.pool.totalCount, api.deps.pool.idleCount);
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  request.destroy();
  await waitUntil('the file is closed', () => openDescriptors(path) === 0);
});
