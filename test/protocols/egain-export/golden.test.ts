/** One transcript per route and state, byte by byte. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NO_COUNTS } from '../../../src/core/counts.ts';
import type { HttpDependencies } from '../../../src/http/dependencies.ts';
import type { Access } from '../../../src/http/mount/mounted-protocol.ts';
import { findJob } from '../../../src/store/jobs/find-jobs.ts';
import { cancelJob, pauseJob } from '../../../src/store/jobs/intentions.ts';
import { moveJob } from '../../../src/store/jobs/move-job.ts';
import { goldenIn, type Held, holdJob, ID } from '../egain/golden.ts';
import {
  articles,
  type ExportServer,
  idOf,
  KICK_OFF,
  knowledgeExport,
  startExportServer,
} from './fixture.ts';

const EXAMPLES = 'EG-SDK, examples of ExportStatus (docs/vendors/egain.md#export-endpoints)';
const assertTold = goldenIn(new URL('golden/', import.meta.url), { 'accept-language': 'en-US' });

let server: ExportServer;

let access: Access = 'granted';

before(async () => {
  server = await startExportServer({ change: (deps) => ({ ...deps, authorize: () => access }) });
  await server.engine.import({ collection: 'articles', source: { records: articles(20) } });
});
after(() => server.close());

async function assertStatus(name: string, id: string, source: string, language = 'en-US'): Promise<void> {
  const headers = { 'accept-language': language };
  assertTold(name, await server.status(id, { headers }), {
    source,
    request: { method: 'GET', url: `${KICK_OFF}/${ID}/status` },
    headers,
  });
}

async function start(): Promise<string> {
  const started = await server.start(knowledgeExport());
  assert.equal(started.statusCode, 202, started.body);
  return idOf(started);
}

/** Holds the job as a worker does, 1500 of 4500 done. */
function hold(id: string): Promise<Held> {
  return holdJob(server.engine.database.pool, id, {
    phase: 'exporting',
    percentage: 33,
    estimatedCompletion: new Date('2025-09-15T11:30:00Z'),
    part: { part: 0, total: 4500, counts: { ...NO_COUNTS, unchanged: 1500 } },
  });
}

test('kick-off', async () => {
  const json = knowledgeExport();
  const answer = await server.start(json);
  const request = { method: 'POST', url: KICK_OFF, body: JSON.stringify(json) };
  const source = 'EG-SDK, exportContent (docs/vendors/egain.md#export-endpoints)';
  assertTold('kick-off', answer, { source, request });
  await assertStatus('status-pending', idOf(answer), EXAMPLES);
  const followed = { method: 'GET', url: `${KICK_OFF}/${ID}` };
  assertTold('location-followed', await server.call('GET', answer.headers['location'] as string), {
    source: 'EG-SDK, exportContent: the location is the URL to check the status',
    request: followed,
  });
  await server.runNext();
  await assertStatus('status-successful', idOf(answer), EXAMPLES);
});

test('in progress, and failed', async () => {
  const id = await start();
  const held = await hold(id);
  await assertStatus('status-in-progress', id, EXAMPLES);
  const failure = { code: 'database.unavailable', message: 'gone', retryable: true };
  await moveJob(server.engine.database.pool, { ...held, event: 'failed', from: ['running'], failure });
  await assertStatus('status-failed', id, EXAMPLES);
  await assertStatus('status-failed-german', id, EXAMPLES, 'de-DE');
});

test('states that only other protocols can bring about', async () => {
  const { pool } = server.engine.database;
  const id = await start();
  const held = await hold(id);
  const source = 'docs/protocols/egain-export.md#where-the-documents-are-silent: there is no word for it';
  await pauseJob(pool, held.jobId);
  await assertStatus('status-pausing', id, source);
  await moveJob(pool, { ...held, event: 'paused' });
  await assertStatus('status-paused', id, source);
  await cancelJob(pool, held.jobId);
  const other = await start();
  const running = await hold(other);
  await moveJob(pool, { ...running, event: 'delivery_started' });
  await assertStatus(
    'status-delivering',
    other,
    'docs/protocols/egain-export.md#where-the-documents-are-silent: In Progress until everything is there',
  );
  await cancelJob(pool, running.jobId);
  await assertStatus('status-cancelling', other, source);
  await moveJob(pool, { ...running, event: 'cancelled' });
});

test('an export that was cancelled elsewhere has failed', async () => {
  const id = await start();
  await cancelJob(server.engine.database.pool, id.toLowerCase());
  const job = await findJob(server.engine.database.pool, id.toLowerCase());
  assert.equal(job?.state, 'cancelled');
  await assertStatus(
    'status-cancelled',
    id,
    'docs/protocols/egain-export.md#where-the-documents-are-silent: there is no word for it',
  );
});

/** Each call, with what may be wrong with either. */
const CALLS: Readonly<Record<string, readonly ['GET' | 'POST', string, unknown?]>> = {
  'kick-off': ['POST', KICK_OFF, knowledgeExport()],
  status: ['GET', `${KICK_OFF}/${ID}/status`],
};

for (const [name, [method, url, json]] of Object.entries(CALLS)) {
  test(`what either call may be refused for: ${name}`, async () => {
    const body = json === undefined ? {} : { body: JSON.stringify(json) };
    const ask = async (wrong: string, source: string, query = '') => {
      const answer = await server.call(method, `${url}${query}`, { json });
      assertTold(`${name}-${wrong}`, answer, { source, request: { method, url: `${url}${query}`, ...body } });
    };
    access = 'expired';
    await ask('expired', 'SEED0, 401-104 for the kick-off and 401-101 for the status');
    access = 'forbidden';
    await ask('forbidden', 'EG-SDK, 403-197');
    access = 'granted';
    await ask('query', 'EG-SDK, 400-101', '?dryRun=true');
  });
}

test('a fault of the server', async () => {
  const logged: unknown[] = [];
  const change = (deps: HttpDependencies) => ({ ...deps, logFailure: () => logged.push('failure') });
  const other = await startExportServer({ change });
  try {
    const json = knowledgeExport();
    await other.engine.database.pool.query("delete from waybill.collections where name = 'articles'");
    const request = { method: 'POST', url: KICK_OFF, body: JSON.stringify(json) };
    assertTold('refused-system', await other.start(json), { source: 'EG-SDK, 500-100', request });
    assert.equal(logged.length, 1);
  } finally {
    await other.close();
  }
});

test('refused', async () => {
  const cases: readonly [string, string, unknown, Readonly<Record<string, string>>][] = [
    ['missing', 'EG-SDK, 400-112', {}, {}],
    ['invalid', 'EG-SDK, 400-152', knowledgeExport({ portalID: 'PROD 1' }), {}],
    ['choice', 'EG-SDK, 400-196', knowledgeExport({ articleCategories: 'some' }), {}],
    ['no-portal', 'EG-SDK, 404-101', knowledgeExport({ portalID: 'PROD-9999' }), {}],
    ['no-language', 'EG-SDK, 406-100', knowledgeExport(), { 'accept-language': 'xx-XX' }],
    [
      'user-message',
      'SEED0, userMessage',
      {},
      { 'accept-language': 'ja-JP', 'x-egain-error-message': 'yes' },
    ],
  ];
  for (const [name, source, json, headers] of cases) {
    const answer = await server.start(json, { headers });
    const request = { method: 'POST', url: KICK_OFF, body: JSON.stringify(json) };
    assertTold(`refused-${name}`, answer, { source, request, headers });
  }
  await assertStatus('status-not-found', ID, 'SEED0, 404; EG-SDK, 404-100');
});
