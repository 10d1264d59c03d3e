/** A transcript for each route and state. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import type { Job } from '../../../src/core/job.ts';
import { cancelJob } from '../../../src/store/jobs/intentions.ts';
import { listJobs } from '../../../src/store/jobs/list-jobs.ts';
import { expireArtifacts } from '../../../src/store/retention.ts';
import { moveAlong } from '../../support/notified-jobs.ts';
import { assertGolden } from '../support/golden.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { API, BINDING, CONTACTS, fill, type KickOffPath, LEAST, RESPONSES } from './fixture.ts';

let server: ProtocolTestServer;
before(async () => {
  server = await startProtocols({
    collections: [CONTACTS, RESPONSES],
    protocols: { emarsys: BINDING },
    locations: { 'ftp://88.99.123.23/': '/nowhere' },
  });
  await fill(server);
});
after(() => server.close());

/** Numbers and what makes file names unique are those of the documents, and the rate that of the first request. */
function likeDocumented({ body, ...answer }: LightMyRequestResponse): LightMyRequestResponse {
  const shown = body
    .replace(/"id":\d+/, '"id":2140')
    .replace(/"id":"\d+"/, '"id":"123"')
    .replace(/_\d{8}_en-[0-9a-f]{6}/, '_00000000_en-xxxxxx');
  const rate = { 'x-ratelimit-remaining': '999', 'x-ratelimit-reset': '1400000000' };
  for (const header of Object.keys(rate)) assert.match(String(answer.headers[header]), /^\d+$/, header);
  return { ...answer, body: shown, headers: { ...answer.headers, ...rate } };
}

interface Exchange {
  readonly source: string;
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** As the transcript shows it; default: as it is. */
  readonly shown?: string;
  readonly json?: unknown;
  readonly authorization?: string;
}

const RATE_HEADERS = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset'];

async function assertTranscript(name: string, exchange: Exchange): Promise<void> {
  const { source, method = 'GET', path, shown = path, json, authorization } = exchange;
  const answer = await server.call(method, `${API}${path}`, {
    ...(json !== undefined && { json }),
    ...(authorization !== undefined && { headers: { authorization } }),
  });
  assertGolden(new URL(`golden/${name}.txt`, import.meta.url), {
    source,
    request: {
      method,
      url: `${API}${shown}`,
      ...(json !== undefined && { body: JSON.stringify(json) }),
    },
    answer: likeDocumented(answer),
    shownHeaders: RATE_HEADERS,
  });
}

for (const path of Object.keys(LEAST) as KickOffPath[]) {
  test(`POST /${path} starts an export`, async () => {
    const name = `kick-off-${path.split('/')[1]}`;
    const source = 'docs/vendors/emarsys.md#kick-offs, EM-RST exports';
    await assertTranscript(name, { source, method: 'POST', path: `/${path}`, json: LEAST[path] });
    assert.equal((await server.runNext()).state, 'succeeded');
  });
}

async function waiting(): Promise<Job> {
  const [job] = await listJobs(server.engine.database.pool, { state: ['queued'], limit: 1 });
  assert.ok(job);
  return job;
}

async function startDelivered(): Promise<Job> {
  await server.call('POST', `${API}/email/getresponses`, {
    json: {
      ...LEAST['email/getresponses'],
      distribution_method: 'ftp',
      ftp_settings: { host: '88.99.123.23', username: 'user', password: 'pass', folder: 'folder/subfolder' },
    },
  });
  return waiting();
}

async function startLocal(): Promise<Job> {
  await server.call('POST', `${API}/email/getcontacts`, { json: LEAST['email/getcontacts'] });
  return waiting();
}

test('GET /export/:id shows each state', async () => {
  const source = 'SEED4';
  const { pool } = server.engine.database;
  const { id, number } = await startDelivered();
  const shown = { source, path: `/export/${number}`, shown: '/export/123' };
  await assertTranscript('status-scheduled', shown);
  await moveAlong(pool, id, 'claimed');
  await assertTranscript('status-in-progress', shown);
  await moveAlong(pool, id, 'delivery_started');
  await assertTranscript('status-ready', shown);
  await moveAlong(pool, id, 'succeeded');
  await assertTranscript('status-done', shown);
  const failed = await startDelivered();
  await moveAlong(pool, failed.id, 'claimed');
  await moveAlong(pool, failed.id, 'failed');
  await assertTranscript('status-error', { ...shown, path: `/export/${failed.number}` });
  const cancelled = await startDelivered();
  await cancelJob(pool, cancelled.id);
  const undocumented =
    'docs/protocols/emarsys.md#where-the-documents-are-silent-or-contradict-each-other: there is no word for it';
  await assertTranscript('status-cancelled', {
    ...shown,
    source: undocumented,
    path: `/export/${cancelled.number}`,
  });
  await assertTranscript('status-unknown-id', { source, path: '/export/999999' });
  await assertTranscript('status-without-id', { source, path: '/export' });
  const data = {
    source: 'docs/vendors/emarsys.md#data',
    path: `/export/${number}/data`,
    shown: '/export/123/data',
  };
  await assertTranscript('data-not-compatible', data);
});

test('GET /export/:id shows a file that stays here, and jobs of other protocols', async () => {
  const shown = '/export/123';
  const local = await startLocal();
  await server.runNext();
  await assertTranscript('status-done-local', { source: 'SEED4', path: `/export/${local.number}`, shown });
  const native = (await server.engine.export({ collection: 'contacts' })).job;
  const source = 'docs/vendors/emarsys.md#status: nothing is said of other types';
  await assertTranscript('status-of-another-protocol', { source, path: `/export/${native.number}`, shown });
  const records = [{ id: '1', first_name: 'Ann' }];
  const { job } = await server.engine.import({ collection: 'contacts', source: { records } });
  await assertTranscript('status-invalid-type', {
    source: 'SEED4, 4002',
    path: `/export/${job.number}`,
    shown,
  });
});

test('GET /export/:id/data gives the records in each form', async () => {
  const source = 'docs/vendors/emarsys.md#data, docs/vendors/emarsys.md#seen-on-the-wire';
  const { number } = await startLocal();
  const path = `/export/${number}/data`;
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
  await assertTranscript('data-path-without-limit', {
    source: 'docs/vendors/emarsys.md#reply-codes',
    path: `${path}/offset=0`,
    shown: `${shown}/offset=0`,
  });
});

test('GET /export/:id/data says why there are none', async () => {
  const { pool } = server.engine.database;
  const source = 'docs/vendors/emarsys.md#data';
  const shown = '/export/123/data';
  const failed = await startLocal();
  await moveAlong(pool, failed.id, 'claimed');
  await moveAlong(pool, failed.id, 'failed');
  await assertTranscript('data-error', { source, path: `/export/${failed.number}/data`, shown });
  const { id, number } = await startLocal();
  await server.runNext();
  await pool.query('update waybill.artifacts set expires_at = now() where job_id = $1', [id]);
  await expireArtifacts(pool, 1000);
  await assertTranscript('data-expired', { source, path: `/export/${number}/data`, shown });
  await assertTranscript('data-unknown-id', { source, path: '/export/999999/data' });
});

test('a kick-off is refused', async () => {
  const source = 'docs/vendors/emarsys.md#reply-codes';
  const start = { source, method: 'POST', path: '/export/filter', json: LEAST['export/filter'] } as const;
  const { contact_fields: _, ...json } = start.json;
  await assertTranscript('refused-parameter', { ...start, json });
  await assertTranscript('refused-credentials', { ...start, authorization: '' });
  await server.call('POST', `${API}/export/filter`, { json: start.json });
  await assertTranscript('refused-running', start);
});

test('what leads nowhere is told', async () => {
  const source = 'docs/vendors/emarsys.md#reply-codes';
  await assertTranscript('wrong-method', { source, method: 'DELETE', path: '/export/123' });
  await assertTranscript('not-implemented', { source, path: '/contact/getdata' });
});
