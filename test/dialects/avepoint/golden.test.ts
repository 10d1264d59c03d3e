/** One transcript per route and state, byte by byte. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { KICK_OFFS } from '../../../src/dialects/avepoint/kick-offs.ts';
import { claimJob } from '../../../src/store/jobs/claims.ts';
import { cancelJob } from '../../../src/store/jobs/intentions.ts';
import { moveJob } from '../../../src/store/jobs/move-job.ts';
import { type DialectTestServer, startDialects } from '../support/dialect-server.ts';
import { assertGolden } from '../support/golden.ts';
import { COLLECTIONS, fill, LEAST, WHOLE_BINDING } from './fixture.ts';

let server: DialectTestServer;
before(async () => {
  server = await startDialects({ collections: COLLECTIONS, dialects: { avepoint: WHOLE_BINDING } });
  await fill(server);
});
after(() => server.close());

interface Told {
  readonly source: string;
  readonly url: string;
  readonly answer: LightMyRequestResponse;
}

function assertTold(name: string, { source, url, answer }: Told): void {
  assertGolden(new URL(`golden/${name}.txt`, import.meta.url), {
    source,
    request: { method: 'GET', url },
    answer: {
      ...answer,
      body: answer.body.replace(/"jobId":"\d+"/, '"jobId":"4790"'),
      headers: { ...answer.headers, 'request-id': '00000000-0000-0000-0000-000000000000' },
    },
    shownHeaders: ['request-id', 'cache-control'],
  });
}

async function start(path: string): Promise<string> {
  const answer = await server.call('GET', `/insights/${path}`);
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json<{ jobId: string }>().jobId;
}

async function assertStatus(name: string, jobId: string, source: string): Promise<void> {
  const answer = await server.call('GET', `/insights/job/${jobId}/exportstatus`);
  assertTold(`status-${name}`, { source, url: '/insights/job/169/exportstatus', answer });
}

async function assertFile(name: string, jobId: string, source: string): Promise<void> {
  const answer = await server.call('GET', `/insights/job/${jobId}/exportfile`);
  assertTold(`file-${name}`, { source, url: '/insights/job/169/exportfile', answer });
}

const NOT_DOCUMENTED = 'VENDORS.md 7: no body of an error is documented';

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

for (const { operationId } of KICK_OFFS) {
  test(`kick-off: ${operationId}`, async () => {
    const url = `/insights/${LEAST[operationId as keyof typeof LEAST]}`;
    const answer = await server.call('GET', url);
    assertTold(`kick-off-${kebab(operationId)}`, { source: 'AV-DOC (VENDORS.md 5.1)', url, answer });
    await server.runNext();
  });
}

test('in progress, and finished', async () => {
  const jobId = await start(LEAST.exportUserActivities);
  await assertStatus('in-progress', jobId, 'SEED3');
  await assertFile('not-finished', jobId, NOT_DOCUMENTED);
  await server.runNext();
  await assertStatus('finished', jobId, 'SEED3');
});

test('failed', async () => {
  const { pool } = server.engine.database;
  const jobId = await start(LEAST.exportUserActivities);
  const found = await pool.query<{ id: string }>('select id from waybill.jobs where number = $1', [jobId]);
  const id = found.rows[0]?.id ?? '';
  const claimed = await claimJob(pool, { jobId: id, workerId: '7b5d2a8e-3c39-4d0e-9f0e-1d6f5a4b3c2d' });
  const failure = { code: 'database.unavailable', message: 'The database went away.', retryable: true };
  await moveJob(pool, {
    jobId: id,
    epoch: claimed?.epoch ?? 0,
    event: 'failed',
    from: ['running'],
    failure,
  });
  await assertStatus('failed', jobId, 'SEED3; message: "The error message"');
  await assertFile('failed', jobId, NOT_DOCUMENTED);
});

test('cancelled elsewhere', async () => {
  const jobId = await start(LEAST.exportUserActivities);
  const { pool } = server.engine.database;
  const found = await pool.query<{ id: string }>('select id from waybill.jobs where number = $1', [jobId]);
  await cancelJob(pool, found.rows[0]?.id ?? '');
  await assertStatus('cancelled', jobId, 'DESIGN.md 2: there is no number for it');
});

test('a job that is not there', async () => {
  const answer = await server.call('GET', '/insights/job/999/exportstatus');
  assertTold('status-not-found', {
    source: NOT_DOCUMENTED,
    url: '/insights/job/999/exportstatus',
    answer,
  });
});
