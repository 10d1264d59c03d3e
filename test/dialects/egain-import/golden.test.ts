/** One transcript per route and state, byte by byte. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NO_COUNTS } from '../../../src/core/counts.ts';
import { findJobsToStop } from '../../../src/store/due-jobs.ts';
import { cancelJob } from '../../../src/store/jobs/intentions.ts';
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
const SDK = 'EG-SDK, createImportJob (VENDORS.md 3.1)';

const assertTold = goldenIn(new URL('golden/', import.meta.url));

let server: ImportServer;

before(async () => {
  server = await startImportServer();
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
  assertTold('validate', answer, { source: 'EG-SDK, createImportValidationJob (VENDORS.md 3.1)', request });
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
  await assertStatus('status-stopped', id, 'VENDORS.md 3.2: which state, is not said');
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

test('cancelled before it began, and too late', async () => {
  const id = await start();
  const request = { method: 'POST', url: `${KICK_OFF}/${ID}/cancel` };
  assertTold('cancel', await server.cancel(id), { source: 'EG-SDK, cancelImport', request });
  await assertStatus('status-cancelled', id, 'chosen: there is no example');
  const late = await start();
  await server.runNext();
  assertTold('cancel-refused', await server.cancel(late), { source: 'EG-SDK, 409 without a body', request });
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
    ['language', 'EG-SDK, 406-100', importContent(), { 'accept-language': 'xx-XX' }],
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
