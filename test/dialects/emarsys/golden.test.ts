/** A transcript for each route and state. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import type { Job } from '../../../src/core/job.ts';
import { listJobs } from '../../../src/store/jobs/find-jobs.ts';
import { moveAlong } from '../../support/notified-jobs.ts';
import { type DialectTestServer, startDialects } from '../support/dialect-server.ts';
import { assertGolden } from '../support/golden.ts';
import { API, BINDING, CONTACTS, fill, type KickOffPath, LEAST, RESPONSES } from './fixture.ts';

let server: DialectTestServer;
before(async () => {
  server = await startDialects({
    collections: [CONTACTS, RESPONSES],
    dialects: { emarsys: BINDING },
    locations: { 'ftp://88.99.123.23/': '/nowhere' },
  });
  await fill(server);
});
after(() => server.close());

/** Numbers and what makes file names unique are those of the documents. */
function likeDocumented({ body, ...answer }: LightMyRequestResponse): LightMyRequestResponse {
  const shown = body
    .replace(/"id":\d+/, '"id":2140')
    .replace(/"id":"\d+"/, '"id":"123"')
    .replace(/_\d{8}_en-[0-9a-f]{6}/, '_00000000_en-xxxxxx');
  return { ...answer, body: shown };
}

interface Exchange {
  readonly source: string;
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** As the transcript shows it; default: as it is. */
  readonly shown?: string;
  readonly json?: unknown;
}

async function assertTranscript(name: string, exchange: Exchange): Promise<void> {
  const { source, method = 'GET', path, shown = path, json } = exchange;
  const answer = await server.call(method, `${API}${path}`, json === undefined ? {} : { json });
  assertGolden(new URL(`golden/${name}.txt`, import.meta.url), {
    source,
    request: {
      method,
      url: `${API}${shown}`,
      ...(json !== undefined && { body: JSON.stringify(json) }),
    },
    answer: likeDocumented(answer),
  });
}

for (const path of Object.keys(LEAST) as KickOffPath[]) {
  test(`POST /${path} starts an export`, async () => {
    const name = `kick-off-${path.split('/')[1]}`;
    const source = 'VENDORS.md 6.1, EM-RST exports';
    await assertTranscript(name, { source, method: 'POST', path: `/${path}`, json: LEAST[path] });
    assert.equal((await server.runNext()).state, 'succeeded');
  });
}

async function startDelivered(): Promise<Job> {
  await server.call('POST', `${API}/email/getresponses`, {
    json: {
      ...LEAST['email/getresponses'],
      distribution_method: 'ftp',
      ftp_settings: { host: '88.99.123.23', username: 'user', password: 'pass', folder: 'folder/subfolder' },
    },
  });
  const [job] = await listJobs(server.engine.database.pool, { state: ['queued'], limit: 1 });
  assert.ok(job);
  return job;
}

test('GET /export/:id shows each state', async () => {
  const source = 'SEED4';
  const { pool } = server.engine.database;
  const job = await startDelivered();
  const shown = { source, path: `/export/${job.number}`, shown: '/export/123' };
  await assertTranscript('status-scheduled', shown);
  await moveAlong(pool, job.id, 'claimed');
  await assertTranscript('status-in-progress', shown);
  await moveAlong(pool, job.id, 'delivery_started');
  await assertTranscript('status-ready', shown);
  await moveAlong(pool, job.id, 'succeeded');
  await assertTranscript('status-done', shown);
  const failed = await startDelivered();
  await moveAlong(pool, failed.id, 'claimed');
  await moveAlong(pool, failed.id, 'failed');
  await assertTranscript('status-error', { ...shown, path: `/export/${failed.number}` });
  await assertTranscript('status-unknown-id', { source, path: '/export/999999' });
  await assertTranscript('status-without-id', { source, path: '/export' });
  const data = { source: 'VENDORS.md 6.3', path: `/export/${job.number}/data`, shown: '/export/123/data' };
  await assertTranscript('data-not-compatible', data);
});

test('GET /export/:id/data gives the records in each form', async () => {
  const source = 'VENDORS.md 6.3, 6.8';
  await server.call('POST', `${API}/email/getcontacts`, { json: LEAST['email/getcontacts'] });
  const [job] = await listJobs(server.engine.database.pool, { state: ['queued'], limit: 1 });
  const path = `/export/${job?.number}/data`;
  const shown = '/export/123/data';
  await assertTranscript('data-in-progress', { source, path, shown });
  await server.runNext();
  await assertTranscript('data-csv', { source, path, shown });
  await assertTranscript('data-json', {
    source,
    path: `${path}?offset=1&limit=1`,
    shown: `${shown}?offset=1&limit=1`,
  });
  await assertTranscript('data-path', {
    source,
    path: `${path}/offset=&limit=1`,
    shown: `${shown}/offset=&limit=1`,
  });
});

test('what leads nowhere is told', async () => {
  const source = 'VENDORS.md 6.7';
  await assertTranscript('wrong-method', { source, method: 'DELETE', path: '/export/123' });
  await assertTranscript('not-implemented', { source, path: '/contact/getdata' });
});
