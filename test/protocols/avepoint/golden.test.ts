/** One transcript per route and state, byte by byte. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { KICK_OFFS } from '../../../src/protocols/avepoint/kick-offs.ts';
import { cancelJob } from '../../../src/store/jobs/intentions.ts';
import { expireArtifacts } from '../../../src/store/retention.ts';
import { moveAlong } from '../../support/notified-jobs.ts';
import { assertGolden } from '../support/golden.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { COLLECTIONS, fill, LEAST, openReport, WHOLE_BINDING } from './fixture.ts';

let server: ProtocolTestServer;
before(async () => {
  server = await startProtocols({ collections: COLLECTIONS, protocols: { avepoint: WHOLE_BINDING } });
  await fill(server);
});
after(() => server.close());

interface Told {
  readonly source: string;
  readonly method?: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly answer: LightMyRequestResponse;
}

const HEADERS = ['request-id', 'cache-control', 'content-disposition', 'accept-ranges'];

async function assertTold(name: string, { source, method = 'GET', url, answer }: Told): Promise<void> {
  const body = answer.headers['content-type'] === 'application/zip' ? await listArchive(answer) : answer.body;
  assertGolden(new URL(`golden/${name}.txt`, import.meta.url), {
    source,
    request: { method, url },
    answer: {
      ...answer,
      body: body.replace(/"jobId":"\d+"/, '"jobId":"4790"'),
      headers: { ...answer.headers, 'request-id': '00000000-0000-0000-0000-000000000000' },
    },
    shownHeaders: HEADERS,
  });
}

/** In place of its bytes, which are compressed: the name of the workbook in it, and its rows. */
async function listArchive(answer: LightMyRequestResponse): Promise<string> {
  const { name, rows } = await openReport(answer);
  return [`(an archive with ${name})`, ...rows.map((row) => JSON.stringify(row))].join('\n');
}

async function start(path: string): Promise<string> {
  const answer = await server.call('GET', `/insights/${path}`);
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json<{ jobId: string }>().jobId;
}

async function assertJob(
  call: 'status' | 'file',
  state: string,
  jobId: string,
  source: string,
): Promise<void> {
  const answer = await server.call('GET', `/insights/job/${jobId}/export${call}`);
  await assertTold(`${call}-${state}`, { source, url: `/insights/job/169/export${call}`, answer });
}

const NOT_DOCUMENTED = 'docs/vendors/avepoint.md#not-documented: no body of an error is documented';
const NO_HEADER_DOCUMENTED =
  'SEED3, a ZIP with the report in XLSX; docs/vendors/avepoint.md#not-documented: no header and no name is documented';

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

for (const { operationId } of KICK_OFFS) {
  test(`kick-off: ${operationId}`, async () => {
    const url = `/insights/${LEAST[operationId as keyof typeof LEAST]}`;
    const answer = await server.call('GET', url);
    const source = 'AV-DOC (docs/vendors/avepoint.md#kick-offs)';
    await assertTold(`kick-off-${kebab(operationId)}`, { source, url, answer });
    await server.runNext();
  });
}

test('in progress, and finished', async () => {
  const jobId = await start(LEAST.exportUserActivities);
  await assertJob('status', 'in-progress', jobId, 'SEED3');
  await assertJob('file', 'not-finished', jobId, NOT_DOCUMENTED);
  await server.runNext();
  await assertJob('status', 'finished', jobId, 'SEED3');
  await assertJob('file', 'finished', jobId, NO_HEADER_DOCUMENTED);
});

test('finished, and the file removed by retention', async () => {
  const jobId = await start(LEAST.exportUserActivities);
  const { id } = await server.runNext();
  const { pool } = server.engine.database;
  await pool.query('update waybill.artifacts set expires_at = now() where job_id = $1', [id]);
  await expireArtifacts(pool, 1000);
  await assertJob('file', 'expired', jobId, NOT_DOCUMENTED);
});

/** A started job, by the id that it has inside. */
async function idOf(jobId: string): Promise<string> {
  const found = await server.engine.database.pool.query<{ id: string }>(
    'select id from waybill.jobs where number = $1',
    [jobId],
  );
  return found.rows[0]?.id ?? '';
}

test('failed', async () => {
  const { pool } = server.engine.database;
  const jobId = await start(LEAST.exportUserActivities);
  const id = await idOf(jobId);
  await moveAlong(pool, id, 'claimed');
  await moveAlong(pool, id, 'failed');
  await assertJob('status', 'failed', jobId, 'SEED3; message: "The error message"');
  await assertJob('file', 'failed', jobId, NOT_DOCUMENTED);
});

test('cancelled elsewhere', async () => {
  const jobId = await start(LEAST.exportUserActivities);
  await cancelJob(server.engine.database.pool, await idOf(jobId));
  await assertJob(
    'status',
    'cancelled',
    jobId,
    'docs/protocols/avepoint.md#where-the-documents-are-silent-or-contradict-each-other: there is no number for it',
  );
  await assertJob('file', 'cancelled', jobId, NOT_DOCUMENTED);
});

test('started elsewhere', async () => {
  const { job } = await server.engine.export({ collection: 'activities' });
  await assertJob('file', 'of-another-protocol', String(job.number), NOT_DOCUMENTED);
});

test('a job that is not there', async () => {
  for (const call of ['status', 'file']) {
    const url = `/insights/job/999/export${call}`;
    const answer = await server.call('GET', url);
    await assertTold(`${call}-not-found`, { source: NOT_DOCUMENTED, url, answer });
  }
});

const REFUSED: Readonly<Record<string, Omit<Told, 'answer'> & { readonly authorization?: string }>> = {
  parameter: { source: NOT_DOCUMENTED, url: '/insights/sites/permission/export' },
  value: { source: NOT_DOCUMENTED, url: '/insights/groups/g1/access/export?exportOptionType=4' },
  credentials: { source: NOT_DOCUMENTED, url: `/insights/${LEAST.exportUserActivities}`, authorization: '' },
  head: {
    source: 'docs/vendors/emarsys.md#seen-on-the-wire',
    method: 'HEAD',
    url: `/insights/${LEAST.exportUserActivities}`,
  },
  method: { source: NOT_DOCUMENTED, method: 'POST', url: `/insights/${LEAST.exportUserActivities}` },
};

for (const [what, { authorization, ...told }] of Object.entries(REFUSED)) {
  test(`kick-off: refused for its ${what}`, async () => {
    const { method = 'GET', url } = told;
    const headers = authorization === undefined ? {} : { authorization };
    await assertTold(`refused-${what}`, { ...told, answer: await server.call(method, url, { headers }) });
  });
}

test('kick-off: the sixth at once', async () => {
  const url = `/insights/${LEAST.exportUserActivities}`;
  for (let count = 0; count < 5; count += 1) await start(LEAST.exportUserActivities);
  const source = 'docs/vendors/avepoint.md#status-and-file: 429 and its sentence, of the sister API';
  await assertTold('refused-sixth', { source, url, answer: await server.call('GET', url) });
});
