/** `DELETE /v1/jobs/{id}`: what goes with a job, what stays, and what the janitor does when it was cut off in between. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import type { Job } from '../../src/core/job.ts';
import { buildApp } from '../../src/http/build-app.ts';
import type { HttpDependencies } from '../../src/http/dependencies.ts';
import { createJanitor } from '../../src/worker/janitor.ts';
import { createEngine, type Engine } from './harness.ts';
import { httpOf, TOKEN } from './http-of-engine.ts';
import { startImport } from './start-jobs.ts';

const NEVER_MS = 1000 * 3600 * 1000;
let engine: Engine;
before(async () => {
  engine = await createEngine();
  await engine.apply({
    name: 'things',
    key: ['id'],
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
  });
});
after(() => engine.close());

async function call(
  method: 'GET' | 'DELETE' | 'POST',
  url: string,
  replaced: Partial<HttpDependencies> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const app = await buildApp({ ...httpOf(engine), ...replaced });
  try {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const answer = await app.inject({ method, url, headers });
    return { status: answer.statusCode, body: answer.body === '' ? {} : answer.json() };
  } finally {
    await app.close();
  }
}

/** An import with one good record and one that is rejected. */
async function importThings(content = 'id,name\n1,one\nx,two\n'): Promise<Job> {
  const upload = await engine.upload(content);
  return (await engine.import({ collection: 'things', source: { upload } })).job;
}

async function clean(): Promise<Readonly<Record<string, number>>> {
  const { pool, files, targetOf } = engine.worker;
  const settings = { jobsMs: NEVER_MS, ledgerMs: NEVER_MS, issueValuesMs: NEVER_MS };
  const onError = (error: unknown) => assert.fail(error as Error);
  return createJanitor({ pool, files, targetOf, settings, onError }).runOnce();
}

/** What is left of a job, wherever it has been. */
async function leftOf(job: Job): Promise<string[]> {
  const left: string[] = existsSync(engine.worker.files.path(`artifacts/${job.id}`)) ? ['files'] : [];
  for (const [table, column] of [
    ['waybill.jobs', 'id'],
    ['waybill.artifacts', 'job_id'],
    ['waybill.timeline', 'job_id'],
    ['waybill_ledger.ledger', 'job_id'],
    ['waybill_ledger.fence', 'job_id'],
  ] as const) {
    const found = await engine.database.pool.query(`select from ${table} where ${column} = $1`, [job.id]);
    if (found.rowCount !== 0) left.push(table);
  }
  return left;
}

test('a deleted job is gone with its files, issues and ledger; the records that it wrote stay', async () => {
  const job = await importThings();
  assert.ok((await leftOf(job)).includes('files') && (await leftOf(job)).includes('waybill_ledger.ledger'));
  assert.equal((await call('DELETE', `/v1/jobs/${job.number}`)).status, 204);
  assert.deepEqual(await leftOf(job), []);
  const things = await engine.database.pool.query('select id from waybill_data.things');
  assert.equal(things.rowCount, 1);
  for (const url of [`/v1/jobs/${job.id}`, `/v1/jobs/${job.id}/artifacts`]) {
    assert.equal((await call('GET', url)).body['code'], 'job.not_found', url);
  }
  assert.equal((await call('DELETE', `/v1/jobs/${job.id}`)).status, 404);
});

test('a job that has not ended is not deleted, and the answer says what to do', async () => {
  const upload = await engine.upload('id,name\n9,nine\n');
  const { job } = await startImport(engine, 'import', { collection: 'things', source: { upload } });
  const refused = await call('DELETE', `/v1/jobs/${job.id}`);
  assert.deepEqual([refused.status, refused.body['code']], [409, 'job.invalid_transition']);
  assert.match(String(refused.body['detail']), /is queued.*Cancel it first/);
  await call('POST', `/v1/jobs/${job.id}/cancel`);
  assert.equal((await call('DELETE', `/v1/jobs/${job.id}`)).status, 204);
});

for (const [step, replaced] of [
  ['the target forgets', { targets: { forget: () => Promise.reject(new Error('cut off')) } }],
  ['the files are removed', { files: { removeTree: () => Promise.reject(new Error('cut off')) } }],
] as const) {
  test(`cut off before ${step}: the job is out of sight, cannot come back, and the janitor does the rest`, async () => {
    const job = await importThings();
    const told: unknown[] = [];
    const deleted = await call('DELETE', `/v1/jobs/${job.id}`, {
      targets: { ...engine.actions.targets, ...('targets' in replaced && replaced.targets) },
      files: { ...engine.actions.files, ...('files' in replaced && replaced.files) },
      logFailure: ({ error }) => told.push(error),
    });
    assert.equal(deleted.status, 204);
    assert.equal(told.length, 1);
    assert.ok((await leftOf(job)).includes('waybill.jobs'));
    assert.equal((await call('GET', `/v1/jobs/${job.id}`)).status, 404);
    assert.equal((await call('POST', `/v1/jobs/${job.id}/retry`)).status, 404);
    const { jobs } = (await call('GET', '/v1/jobs')).body as { jobs: readonly { id: string }[] };
    assert.equal(
      jobs.some(({ id }) => id === job.id),
      false,
    );
    assert.equal((await clean())['jobs'], 1);
    assert.deepEqual(await leftOf(job), []);
  });
}

test('the correction of a deleted job stands alone, with what it has found itself', async () => {
  const parent = await importThings();
  const { job: child } = await engine.correct(parent, await engine.upload('id,name\ny,two\n2,two\n'));
  assert.equal(child.parentId, parent.id);
  const before = (await call('GET', `/v1/jobs/${child.id}`)).body;
  assert.equal((await call('DELETE', `/v1/jobs/${parent.id}`)).status, 204);
  const { parentId, updatedAt, ...rest } = (await call('GET', `/v1/jobs/${child.id}`)).body;
  assert.equal(parentId, undefined);
  assert.notEqual(updatedAt, before['updatedAt']);
  assert.equal(rest['completeness'], 'some');
  const { issues } = (await call('GET', `/v1/jobs/${child.id}/issues`)).body as { issues: unknown[] };
  assert.equal(issues.length, 1);
});

test('the idempotency key of a deleted job is free for a new one', async () => {
  const upload = await engine.upload('id,name\n5,five\n');
  const request = { collection: 'things', source: { upload } };
  const { job } = await startImport(engine, 'import', request, 'once');
  await engine.attempt(job);
  assert.equal((await startImport(engine, 'import', request, 'once')).job.id, job.id);
  await call('DELETE', `/v1/jobs/${job.id}`);
  assert.notEqual((await startImport(engine, 'import', request, 'once')).job.id, job.id);
});
