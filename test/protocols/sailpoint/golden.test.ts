/** One transcript per route and state, byte by byte. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import type { Job } from '../../../src/core/job.ts';
import type { Access } from '../../../src/http/mount/mounted-protocol.ts';
import { RATE } from '../../../src/protocols/sailpoint/limits.ts';
import { claimJob } from '../../../src/store/jobs/claims.ts';
import { cancelJob } from '../../../src/store/jobs/intentions.ts';
import { listJobs } from '../../../src/store/jobs/list-jobs.ts';
import { moveJob } from '../../../src/store/jobs/move-job.ts';
import { assertGolden } from '../support/golden.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { BINDING, COLLECTIONS, documentOf, form, postImport, SOURCE_RECORDS } from './fixture.ts';

/** By what a request shows for its credentials. */
const ACCESS: Readonly<Record<string, Access>> = {
  '': 'missing',
  'Bearer old': 'expired',
  'Bearer other': 'forbidden',
};

let server: ProtocolTestServer;

before(async () => {
  server = await startProtocols({
    collections: COLLECTIONS,
    protocols: { sailpoint: BINDING },
    change: (deps) => ({
      ...deps,
      authorize: ({ authorization }) => ACCESS[authorization ?? ''] ?? 'granted',
    }),
  });
  await server.engine.import({ collection: 'sources', source: { records: SOURCE_RECORDS } });
});
after(() => server.close());

/** Base path by the era that it has the shape of. */
const BASES = { 2022: '/beta/sp-config', 2026: '/v2026/sp-config' } as const;
const ID = 'ef38f94347e94562b5bb8424a56397d8';
const SOURCES = {
  seed: 'SEED2, the answer and its example',
  shape: 'SP-SPEC, SpConfigJob and its kin (docs/vendors/sailpoint.md#endpoints)',
  results: 'SP-DOC, import results (docs/vendors/sailpoint.md#endpoints)',
} as const;

/** A fraction has no zeros at its end, so its length differs from run to run. That of an expiration is in kick-offs alone. */
function withWholeFractions(answer: LightMyRequestResponse, isKickOff: boolean): LightMyRequestResponse {
  const members = ['created', 'modified', 'completed', 'timestamp', ...(isKickOff ? ['expiration'] : [])];
  const time = new RegExp(`("(?:${members.join('|')})":"[0-9T:-]{19})(?:\\.\\d+)?Z`, 'g');
  return { ...answer, headers: answer.headers, body: answer.body.replaceAll(time, '$1.000Z') };
}

function assertTold(
  name: string,
  answer: LightMyRequestResponse,
  told: { readonly source: string; readonly method?: string; readonly url: string; readonly body?: string },
): void {
  const { source, method = 'GET', url, body } = told;
  assertGolden(new URL(`golden/${name}.txt`, import.meta.url), {
    source,
    request: { method, url, ...(body !== undefined && { body }) },
    answer: withWholeFractions(answer, method === 'POST'),
    shownHeaders: ['retry-after'],
  });
}

async function assertStatus(name: string, type: 'export' | 'import', id: string): Promise<void> {
  for (const [era, base] of Object.entries(BASES)) {
    assertTold(`${era}/${type}-${name}`, await server.call('GET', `${base}/${type}/${id}`), {
      source: era === '2022' ? SOURCES.seed : SOURCES.shape,
      url: `${base}/${type}/${ID}`,
    });
  }
}

async function waiting(): Promise<Job> {
  const [job] = await listJobs(server.engine.database.pool, { state: ['queued'], limit: 1 });
  assert.ok(job);
  return job;
}

async function hold({ id }: Job): Promise<{ jobId: string; epoch: number }> {
  const { pool } = server.engine.database;
  const claimed = await claimJob(pool, { jobId: id, workerId: '7b5d2a8e-3c39-4d0e-9f0e-1d6f5a4b3c2d' });
  assert.ok(claimed);
  return { jobId: id, epoch: claimed.epoch };
}

async function fail(held: { jobId: string; epoch: number }): Promise<void> {
  const failure = { code: 'database.unavailable', message: 'The database went away.', retryable: true };
  await moveJob(server.engine.database.pool, { ...held, event: 'failed', from: ['running'], failure });
}

/** What a download of results, or of a document, tells in both shapes. */
async function assertDownload(name: string, type: 'export' | 'import', id: string): Promise<void> {
  for (const [era, base] of Object.entries(BASES)) {
    assertTold(`${era}/${name}-download`, await server.call('GET', `${base}/${type}/${id}/download`), {
      source:
        type === 'export' ? 'SP-DOC, export results (docs/vendors/sailpoint.md#endpoints)' : SOURCES.results,
      url: `${base}/${type}/${ID}/download`,
    });
  }
}

async function assertNoDownload(name: string, type: 'export' | 'import', id: string): Promise<void> {
  const url = (jobId: string) => `${BASES[2022]}/${type}/${jobId}/download`;
  assertTold(`errors/${type}-${name}-download`, await server.call('GET', url(id)), {
    source: 'docs/vendors/sailpoint.md#not-documented: nothing is documented; the body is that of SEED2, 404',
    url: url(ID),
  });
}

async function passSevenDays({ id }: Job): Promise<void> {
  await server.engine.database.pool.query(
    `update waybill.jobs set created_at = created_at - interval '7 days', version = version + 1 where id = $1`,
    [id],
  );
}

const DOCUMENT = documentOf([
  { type: 'SOURCE', id: 's1', name: 'Active Directory', object: { connector: 'active-directory' } },
  { type: 'SOURCE', id: 's3', name: 'No such', object: { connector: 'telepathy' } },
  { type: 'TRANSFORM', id: 't1', name: 'Upper', object: {} },
]);

test('an export in each state', async () => {
  const json = { description: 'Export Job 1 Test', includeTypes: ['SOURCE'] };
  const start = (base: string) => server.call('POST', `${base}/export`, { json });
  for (const [era, base] of Object.entries(BASES)) {
    assertTold(`${era}/export-kick-off`, await start(base), {
      source: era === '2022' ? 'SP-DOC, kick-off (docs/vendors/sailpoint.md#endpoints)' : SOURCES.shape,
      method: 'POST',
      url: `${base}/export`,
      body: JSON.stringify(json),
    });
    const job = await waiting();
    await assertStatus('not-started', 'export', job.id);
    await assertNoDownload('not-started', 'export', job.id);
    await server.engine.attempt(job);
    await assertStatus('complete', 'export', job.id);
    await assertDownload('export', 'export', job.id);
    await passSevenDays(job);
    await assertStatus('expired', 'export', job.id);
    await assertNoDownload('expired', 'export', job.id);
  }
  await start(BASES[2022]);
  const held = await hold(await waiting());
  await assertStatus('in-progress', 'export', held.jobId);
  await fail(held);
  await assertStatus('failed', 'export', held.jobId);
  await assertNoDownload('failed', 'export', held.jobId);
  await start(BASES[2022]);
  const { id } = await waiting();
  await cancelJob(server.engine.database.pool, id);
  await assertStatus('cancelled', 'export', id);
  await assertNoDownload('cancelled', 'export', id);
});

test('an import in each state', async () => {
  const start = (base: string, query = '') =>
    postImport(server, DOCUMENT, { excludeBackup: true }, `${base}/import${query}`);
  for (const [era, base] of Object.entries(BASES)) {
    const told = { source: SOURCES.shape, method: 'POST', url: `${base}/import` };
    assertTold(`${era}/import-kick-off`, await start(base), told);
    const job = await waiting();
    await assertStatus('not-started', 'import', job.id);
    await assertNoDownload('not-started', 'import', job.id);
    await server.engine.attempt(job);
    await assertStatus('complete', 'import', job.id);
    await assertDownload('import', 'import', job.id);
    await passSevenDays(job);
    await assertNoDownload('expired', 'import', job.id);
    const query = '?preview=true';
    assertTold(`${era}/preview-kick-off`, await start(base, query), { ...told, url: `${told.url}${query}` });
    const preview = await server.runNext();
    await assertStatus('preview-complete', 'import', preview.id);
    await assertDownload('preview', 'import', preview.id);
  }
  await start(BASES[2022]);
  const held = await hold(await waiting());
  await assertStatus('in-progress', 'import', held.jobId);
  await fail(held);
  await assertStatus('failed', 'import', held.jobId);
  await assertDownload('import-failed', 'import', held.jobId);
  await start(BASES[2022]);
  const { id } = await waiting();
  await cancelJob(server.engine.database.pool, id);
  await assertStatus('cancelled', 'import', id);
  await assertDownload('import-cancelled', 'import', id);
});

test('the object types', async () => {
  for (const [era, base] of Object.entries(BASES)) {
    const url = `${base}/config-objects`;
    const source = 'SP-DOC and SP-SPEC, config objects (docs/vendors/sailpoint.md#endpoints)';
    assertTold(`${era}/config-objects`, await server.call('GET', url), { source, url });
  }
});

test('errors', async () => {
  const missing = `${BASES[2022]}/export/${ID}`;
  assertTold('errors/not-found', await server.call('GET', missing), { source: 'SEED2, 404', url: missing });
  for (const [name, authorization, source] of [
    ['unauthorized', '', 'SEED2, 401; the text is ours'],
    ['expired-login', 'Bearer old', 'SEED2, 401'],
    ['forbidden', 'Bearer other', 'SEED2, 403'],
  ] as const) {
    const answer = await server.call('GET', missing, { headers: { authorization } });
    assertTold(`errors/${name}`, answer, { source, url: missing });
  }
  const illegal = { includeTypes: ['WORKFLOWS'] };
  const url = `${BASES[2022]}/export`;
  assertTold('errors/illegal-value', await server.call('POST', url, { json: illegal }), {
    source: 'SEED2, 400; docs/vendors/sailpoint.md#errors',
    method: 'POST',
    url,
    body: JSON.stringify(illegal),
  });
  const noFile = await server.call('POST', `${BASES[2022]}/import`, form([{ name: 'options', text: '{}' }]));
  assertTold('errors/no-file', noFile, {
    source: 'powershell-sdk issue 25 (docs/vendors/sailpoint.md#endpoints)',
    method: 'POST',
    url: `${BASES[2022]}/import`,
  });
});

test('too many requests', async () => {
  const url = '/sp-config/v1/config-objects';
  for (let count = 0; count < RATE.requests; count += 1) await server.call('GET', url);
  const answer = await server.call('GET', url);
  assert.match(String(answer.headers['retry-after']), /^([1-9]|10)$/);
  const shown = { ...answer, headers: { ...answer.headers, 'retry-after': String(RATE.seconds) } };
  assertTold('errors/too-many-requests', shown, { source: 'SEED2, 429', url });
});
