/** Clients that are slow or greedy, over real sockets: each limit is named in its answer, and others do not notice. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionLimits } from '../../src/http/connections/connection-limits.ts';
import type { WireJob } from '../../src/sdk/wire.ts';
import { waitUntil } from '../support/wait-until.ts';
import { createPeople, startApi, type TestApi, TOKEN } from './support/api.ts';
import { addFile } from './support/artifacts.ts';
import { connectRaw, type RawConnection } from './support/raw-connection.ts';

const AUTHORIZED = `host: x\r\nauthorization: Bearer ${TOKEN}\r\n`;
const UPLOAD = `POST /v1/uploads HTTP/1.1\r\n${AUTHORIZED}content-type: text/csv\r\n`;

async function startLimited(limits: Partial<ConnectionLimits>): Promise<{ api: TestApi; url: string }> {
  const api = await startApi((deps) => ({ ...deps, connectionLimits: { graceMs: 200, ...limits } }));
  await createPeople(api);
  return { api, url: (await api.connect()).server.url };
}

let api: TestApi;
let url: string;
before(async () => {
  const limited = {
    headerMs: 400,
    idleMs: 1500,
    minBytesPerSecond: 1000,
    rateWindowMs: 300,
    bodyBytes: 1000,
  };
  ({ api, url } = await startLimited(limited));
});
after(() => api.close());

/** The problem at the end of what a connection has received. */
function problemOf(connection: RawConnection): { status: number; code: string; detail: string } {
  const [head = '', body = ''] = connection.received().split('\r\n\r\n');
  assert.match(head, /content-type: application\/problem\+json/i);
  return { status: Number(head.split(' ')[1]), ...(JSON.parse(body) as { code: string; detail: string }) };
}

async function unfinishedUploads(): Promise<number> {
  return (await api.deps.files.list('uploads')).filter(({ name }) => name.endsWith('.tmp')).length;
}

/** The server does all that it is for, at once. */
async function serveOthers(): Promise<void> {
  const { pool } = api.deps;
  assert.equal(pool.totalCount - pool.idleCount, 0, 'no connection to the database is held');
  // A connection of its own: one from before may be ended for idleness just now.
  const headers = {
    authorization: `Bearer ${TOKEN}`,
    'content-type': 'application/json',
    connection: 'close',
  };
  const body = JSON.stringify({ collection: 'people', source: { records: [{ id: 1, name: 'Ann' }] } });
  const asked = await fetch(`${url}/v1/imports`, { method: 'POST', body, headers });
  assert.equal(asked.status, 202, await asked.text());
}

test('headers that never end, or never begin, are given up in time, and others do not notice', async () => {
  const begun = await Promise.all(
    Array.from({ length: 50 }, () => connectRaw(url, 'GET /v1/jobs HTTP/1.1\r\nhost: x\r\nx-a: ')),
  );
  const silent = await connectRaw(url);
  await serveOthers();
  await Promise.all([...begun, silent].map(({ ended }) => ended));
  for (const connection of begun) {
    const { status, code, detail } = problemOf(connection);
    assert.deepEqual([status, code], [408, 'request.too_slow']);
    assert.match(detail, /did not arrive within 0\.4 seconds/);
  }
});

test('a body that trickles is given up, and what has come of it is removed', async () => {
  const chunked = await connectRaw(url, `${UPLOAD}transfer-encoding: chunked\r\n\r\n`);
  const announced = await connectRaw(url, `${UPLOAD}content-length: 1000000\r\n\r\n`);
  const json = await connectRaw(
    url,
    `POST /v1/imports HTTP/1.1\r\n${AUTHORIZED}content-type: application/json\r\ncontent-length: 500\r\n\r\n`,
  );
  await waitUntil('the uploads have begun', async () => (await unfinishedUploads()) === 2);
  const trickle = setInterval(() => {
    chunked.socket.write('1\r\na\r\n');
    for (const { socket } of [announced, json]) socket.write('a');
  }, 50);
  await serveOthers();
  const all = [chunked, announced, json];
  await Promise.all(all.map(({ ended }) => ended));
  clearInterval(trickle);
  for (const connection of all) {
    const { status, code, detail } = problemOf(connection);
    assert.deepEqual([status, code], [408, 'request.too_slow']);
    assert.match(detail, /limits\.minBytesPerSecond/);
  }
  await waitUntil('nothing is left of them', async () => (await unfinishedUploads()) === 0);
});

test('a body that is slow and fast enough arrives', async () => {
  const pieces = 12;
  const upload = await connectRaw(url, `${UPLOAD}content-length: ${pieces * 200}\r\n\r\n`);
  for (let piece = 0; piece < pieces; piece += 1) {
    upload.socket.write('a'.repeat(200));
    await delay(80);
  }
  await waitUntil('the answer', () => upload.received().includes('\r\n\r\n'));
  assert.match(upload.received(), /^HTTP\/1\.1 201 /);
  upload.socket.destroy();
});

test('a download that nobody reads ends with the idle time, and its file is closed', async () => {
  const json = { collection: 'people', source: { records: [{ id: 2, name: 'Bo' }] }, allowConcurrent: true };
  const job = (await api.call('POST', '/v1/imports', { json })).json<WireJob>();
  const { path } = await addFile(api, job.id, { name: 'big.bin', content: randomBytes(24 * 1024 * 1024) });
  const openFiles = () =>
    readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path;
      } catch {
        return false;
      }
    }).length;
  const readers = await Promise.all(
    Array.from({ length: 5 }, async () => {
      const reader = await connectRaw(url);
      reader.socket.pause();
      reader.socket.write(`GET /v1/jobs/${job.id}/artifacts/big.bin HTTP/1.1\r\n${AUTHORIZED}\r\n`);
      return reader;
    }),
  );
  await waitUntil('the downloads have begun', () => openFiles() === 5);
  await serveOthers();
  await waitUntil('the files are closed', () => openFiles() === 0);
  for (const { socket } of readers) socket.destroy();
});

test('addresses, headers and bodies over their limits are refused by name', async () => {
  const ask = async (start: string): Promise<ReturnType<typeof problemOf>> => {
    const connection = await connectRaw(url, start);
    await connection.ended;
    return problemOf(connection);
  };
  const long = await ask(`GET /v1/jobs?label=${'a'.repeat(33_000)} HTTP/1.1\r\n${AUTHORIZED}\r\n`);
  assert.deepEqual([long.status, long.code], [414, 'request.uri_too_long']);
  assert.match(long.detail, /at most 32768 are allowed/);
  const many = await ask(`GET /v1/jobs HTTP/1.1\r\n${AUTHORIZED}${'x-a: 1\r\n'.repeat(100)}\r\n`);
  assert.deepEqual([many.status, many.code], [431, 'request.headers_too_large']);
  assert.match(many.detail, /102 headers; at most 100 are allowed/);
  const large = await ask(`GET /v1/jobs HTTP/1.1\r\n${AUTHORIZED}x-a: ${'a'.repeat(50_000)}\r\n\r\n`);
  assert.deepEqual([large.status, large.code], [431, 'request.headers_too_large']);
  assert.match(large.detail, /larger than 49152 bytes/);
  const other = await ask('this is no HTTP\r\n\r\n');
  assert.deepEqual([other.status, other.code], [400, 'request.invalid']);
  const body = await api.call('POST', '/v1/exports', { json: { collection: 'a'.repeat(2000) } });
  assert.deepEqual([body.statusCode, body.json().code], [413, 'request.too_large']);
  assert.match(body.json().detail, /larger than 1000 bytes \(limit: bodyBytes\)/);
});

test('connections over the limit are told so, and there is room again when others leave', async () => {
  const limited = await startLimited({ connections: 3 });
  try {
    const ask = async (connection: RawConnection): Promise<void> => {
      connection.socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n');
      await waitUntil('an answer', () => connection.received().includes('\r\n\r\n'));
    };
    const open = await Promise.all(Array.from({ length: 3 }, () => connectRaw(limited.url)));
    for (const connection of open) await ask(connection);
    const fourth = await connectRaw(limited.url);
    await ask(fourth);
    await fourth.ended;
    const { status, code, detail } = problemOf(fourth);
    assert.deepEqual([status, code], [503, 'server.busy']);
    assert.match(detail, /3 connections \(limit: limits\.connections\)/);
    open[0]?.socket.destroy();
    await open[0]?.ended;
    await waitUntil('there is room again', async () => {
      const next = await connectRaw(limited.url);
      await ask(next);
      next.socket.destroy();
      return next.received().startsWith('HTTP/1.1 200');
    });
    for (const { socket } of open) socket.destroy();
  } finally {
    await limited.api.close();
  }
});

test('a download that stands still does not keep the server from stopping', async () => {
  const limited = await startLimited({ graceMs: 300 });
  const json = { collection: 'people', source: { records: [{ id: 1, name: 'Ann' }] } };
  const job = (await limited.api.call('POST', '/v1/imports', { json })).json<WireJob>();
  await addFile(limited.api, job.id, { name: 'big.bin', content: randomBytes(24 * 1024 * 1024) });
  const request = httpRequest(`${limited.url}/v1/jobs/${job.id}/artifacts/big.bin`, {
    agent: false,
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  request.on('error', () => {}).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => {}).pause();
  const startedAt = performance.now();
  await limited.api.close();
  assert.ok(performance.now() - startedAt < 8000);
});
