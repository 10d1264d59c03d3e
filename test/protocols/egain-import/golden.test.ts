/** One transcript per route and state, byte by byte. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NO_COUNTS } from '../../../src/core/counts.ts';
import type { HttpDependencies } from '../../../src/http/dependencies.ts';
import type { Access } from '../../../src/http/mount/mounted-protocol.ts';
import { findJobsToStop } from '../../../src/store/due-jobs.ts';
import { cancelJob, pauseJob } from '../../../src/store/jobs/intentions.ts';
import { moveJob } from '../../../src/store/jobs/move-job.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { goldenIn, type Held, holdJob, ID } from '../egain/golden.ts';
import {
  article,
  dataSource,
  type ImportServer,
  idOf,
  importContent,
  KICK_OFF,
  startImportServer,
} from './fixture.ts';

const SEED = 'SEED1, example response';
const SDK = 'EG-SDK, createImportJob (docs/vendors/egain.md#import-endpoints)';

const assertTold = goldenIn(new URL('golden/', import.meta.url));

let server: ImportServer;

let access: Access = 'granted';

before(async () => {
  server = await startImportServer({ change: (deps) => ({ ...deps, authorize: () => access }) });
  await server.put('in', [
    article('One'),
    article('Two', { content: '<img src="inline_resources/two.png">' }),
    article('Three', { content: 'content/three.html' }),
  ]);
});
after(() => server.close());

async function assertStatus(name: string, id: string, source: string, language?: string): Promise<void> {
  const headers = language === undefined ? {} : { 'accept-language': language };
  const request = { method: 'GET', url: `${KICK_OFF}/${ID}/status` };
  assertTold(name, await server.status(id, { headers }), { source, request, headers });
}

async function start(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const started = await server.start(importContent(changes));
  assert.equal(started.statusCode, 202, started.body);
  return idOf(started);
}

/** Holds the job as a worker does, 1250 of 5000 done. */
function hold(id: string): Promise<Held> {
  return holdJob(server.engine.database.pool, id, {
    phase: 'writing',
    percentage: 25,
    estimatedCompletion: new Date('2024-03-01T11:30:00Z'),
    part: { part: 0, total: 5000, counts: { ...NO_COUNTS, created: 1200, rejected: 50 } },
  });
}

test('an import, from kick-off to end', async () => {
  const json = importContent();
  const answer = await server.start(json);
  const request = { method: 'POST', url: KICK_OFF, body: JSON.stringify(json) };
  assertTold('import', answer, { source: SDK, request });
  await assertStatus('status-queued', idOf(answer), 'EG-SDK 21.23, Scheduled without a schedule');
  await server.runNext();
  await assertStatus('status-successful-import', idOf(answer), SEED);
});

test('a validation, from kick-off to end', async () => {
  const json = { dataSource: dataSource() };
  const answer = await server.validate(json);
  const request = { method: 'POST', url: `${KICK_OFF}/validate`, body: JSON.stringify(json) };
  assertTold('validate', answer, {
    source: 'EG-SDK, createImportValidationJob (docs/vendors/egain.md#import-endpoints)',
    request,
  });
  await assertStatus('status-queued-validation', idOf(answer), 'EG-SDK 21.23, Scheduled without a schedule');
  await server.runNext();
  await assertStatus('status-successful-validation', idOf(answer), SEED);
});

test('scheduled, in progress, and stopped by its time', async () => {
  const { pool } = server.engine.database;
  const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();
  const id = await start({ scheduleTime: { date: inMs(500), stopDate: inMs(1500) } });
  await assertStatus('status-scheduled', id, 'EG-SDK 21.23, example of Scheduled');
  await moveJob(pool, { jobId: id.toLowerCase(), event: 'due' });
  await hold(id);
  await assertStatus('status-in-progress-until', id, SEED);
  await waitUntil('its time is over', async () => (await findJobsToStop(pool)).length > 0);
  const stopped = await cancelJob(pool, id.toLowerCase(), 'stop_time');
  assert.equal(stopped.state, 'cancelling');
  await assertStatus('status-cancelling', id, 'chosen: until its current items are done');
  await moveJob(pool, { jobId: id.toLowerCase(), event: 'cancelled' });
  await assertStatus('status-stopped', id, 'docs/vendors/egain.md#import-rules: which state, is not said');
});

test('in progress, and failed', async () => {
  const id = await start();
  const held = await hold(id);
  await assertStatus('status-in-progress', id, SEED);
  const failure = { code: 'database.unavailable', message: 'gone', retryable: true };
  await moveJob(server.engine.database.pool, { ...held, event: 'failed', from: ['running'], failure });
  await assertStatus('status-failed', id, SEED);
  await assertStatus('status-failed-german', id, SEED, 'de-DE');
});

test('a validation in progress, failed, and cancelled', async () => {
  const { pool } = server.engine.database;
  const started = await server.validate({ dataSource: dataSource() });
  const held = await hold(idOf(started));
  await assertStatus('status-in-progress-validation', idOf(started), SEED);
  const failure = { code: 'source.unreadable', message: 'gone', retryable: false };
  await moveJob(pool, { ...held, event: 'failed', from: ['running'], failure });
  await assertStatus('status-failed-validation', idOf(started), SEED);
  const other = idOf(await server.validate({ dataSource: dataSource() }));
  assert.equal((await server.cancel(other)).statusCode, 204);
  await assertStatus('status-cancelled-validation', other, 'chosen: there is no example');
});

test('paused elsewhere', async () => {
  const { pool } = server.engine.database;
  const id = await start();
  const held = await hold(id);
  await pauseJob(pool, held.jobId);
  await assertStatus(
    'status-pausing',
    id,
    'docs/protocols/egain-import.md#where-the-documents-are-silent: there is no word for it',
  );
  await moveJob(pool, { ...held, event: 'paused' });
  await assertStatus(
    'status-paused',
    id,
    'docs/protocols/egain-import.md#where-the-documents-are-silent: there is no word for it',
  );
  await cancelJob(pool, held.jobId);
});

test('cancelled before it began, while it ran, and too late', async () => {
  const request = { method: 'POST', url: `${KICK_OFF}/${ID}/cancel` };
  const id = await start();
  assertTold('cancel', await server.cancel(id), { source: 'EG-SDK, cancelImport', request });
  await assertStatus('status-cancelled', id, 'chosen: there is no example');
  const again = 'EG-SDK, 409 without a body; that Cancelled is such a state is chosen';
  assertTold('cancel-again', await server.cancel(id), { source: again, request });
  const running = await start();
  const held = await hold(running);
  assertTold('cancel-running', await server.cancel(running), { source: 'EG-SDK, cancelImport', request });
  await moveJob(server.engine.database.pool, { ...held, event: 'cancelled' });
  const late = await start();
  await server.runNext();
  assertTold('cancel-refused', await server.cancel(late), { source: 'EG-SDK, 409 without a body', request });
  assertTold('cancel-not-found', await server.cancel(ID), { source: 'EG-SDK, 404-100', request });
});

/** Each call that needs credentials, with what may be wrong with any of them. */
const CALLS: Readonly<Record<string, readonly ['GET' | 'POST', string, unknown?]>> = {
  import: ['POST', KICK_OFF, importContent()],
  validate: ['POST', `${KICK_OFF}/validate`, { dataSource: dataSource() }],
  status: ['GET', `${KICK_OFF}/${ID}/status`],
  cancel: ['POST', `${KICK_OFF}/${ID}/cancel`],
};

for (const [name, [method, url, json]] of Object.entries(CALLS)) {
  test(`what any call may be refused for: ${name}`, async () => {
    const body = json === undefined ? {} : { body: JSON.stringify(json) };
    const ask = async (wrong: string, source: string, query = '', headers = {}) => {
      const answer = await server.call(method, `${url}${query}`, { json, headers });
      const request = { method, url: `${url}${query}`, ...body };
      assertTold(`${name}-${wrong}`, answer, { source, request, headers });
    };
    for (const refused of ['expired', 'forbidden'] as const) {
      access = refused;
      await ask(refused, `EG-SDK, ${refused === 'expired' ? '401-101' : '403-197'}`);
    }
    access = 'granted';
    await ask('query', 'EG-SDK, 400-101', '?dryRun=true');
    await ask('language', 'EG-SDK, 406-100', '', { 'accept-language': 'xx-XX' });
  });
}

test('more jobs than may be at once, and a fault of the server', async () => {
  const logged: unknown[] = [];
  const change = (deps: HttpDependencies) => ({ ...deps, logFailure: () => logged.push('failure') });
  const small = await startImportServer({ binding: { simultaneousJobs: 1 }, change });
  try {
    const json = importContent();
    const request = { method: 'POST', url: KICK_OFF, body: JSON.stringify(json) };
    assert.equal((await small.start(json)).statusCode, 202);
    assertTold('refused-busy', await small.start(json), { source: 'EG-SDK, 412-100', request });
    await small.runNext();
    await small.engine.database.pool.query("delete from waybill.collections where name = 'articles'");
    assertTold('refused-system', await small.start(json), { source: 'EG-SDK, 500-100', request });
    assert.equal(logged.length, 1);
  } finally {
    await small.close();
  }
});

test('refused', async () => {
  const inEightDays = new Date(Date.now() + 8 * 24 * 3600_000).toISOString();
  const cases: readonly [string, string, unknown, Readonly<Record<string, string>>][] = [
    ['missing', 'EG-SDK, 400-112', {}, {}],
    [
      'invalid',
      'EG-SDK, 400-152',
      importContent({ dataSource: dataSource({ path: 's3://elsewhere/x' }) }),
      {},
    ],
    ['choice', 'EG-SDK, 400-196', importContent({ operation: 'replace' }), {}],
    ['limit', 'EG-SDK, 400-10424', importContent({ scheduleTime: { date: inEightDays } }), {}],
    [
      'user-message',
      'EG-SDK, userMessage',
      {},
      { 'accept-language': 'ja-JP', 'x-egain-error-message': 'yes' },
    ],
  ];
  for (const [name, source, json, headers] of cases) {
    const answer = await server.start(json, { headers });
    const request = { method: 'POST', url: KICK_OFF, body: JSON.stringify(json) };
    assertTold(`refused-${name}`, answer, { source, request, headers });
  }
  await assertStatus('status-not-found', ID, 'EG-SDK, 404-100');
});
