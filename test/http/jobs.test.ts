import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { NO_COUNTS } from '../../src/core/counts.ts';
import type { WireJob } from '../../src/sdk/wire.ts';
import { claimJob, reportProgress, settleCounts } from '../../src/store/jobs/claims.ts';
import { moveJob } from '../../src/store/jobs/move-job.ts';
import { createPeople, startApi, type TestApi } from './support/api.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
  await createPeople(api);
});
after(() => api.close());

async function startImport(more: object = {}): Promise<WireJob> {
  const json = {
    collection: 'people',
    source: { records: [{ id: 1, name: 'Ann' }] },
    allowConcurrent: true,
    ...more,
  };
  return (await api.call('POST', '/v1/imports', { json })).json<WireJob>();
}

async function claim(job: WireJob): Promise<number> {
  const claimed = await claimJob(api.database.pool, { jobId: job.id, workerId: randomUUID() });
  assert.ok(claimed);
  return claimed.epoch;
}

test('a job is found by its id and by its number, and unknown ones are a 404', async () => {
  const job = await startImport();
  for (const id of [job.id, String(job.number)]) {
    assert.equal((await api.call('GET', `/v1/jobs/${id}`)).json().id, job.id);
  }
  for (const id of [randomUUID(), '999999']) {
    const missing = await api.call('GET', `/v1/jobs/${id}`);
    assert.equal(missing.statusCode, 404);
    assert.equal(missing.json().code, 'job.not_found');
  }
  const wrong = await api.call('GET', '/v1/jobs/not-an-id');
  assert.equal(wrong.statusCode, 400);
  assert.match(wrong.json().detail, /expected the id of a job, or its number, got "not-an-id"/);
});

test('a poll of an unchanged job is a 304, and a changed one is not', async () => {
  const job = await startImport();
  const first = await api.call('GET', `/v1/jobs/${job.id}`);
  const headers = { 'if-none-match': String(first.headers['etag']) };
  assert.equal((await api.call('GET', `/v1/jobs/${job.id}`, { headers })).statusCode, 304);
  await api.call('POST', `/v1/jobs/${job.id}/pause`);
  const changed = await api.call('GET', `/v1/jobs/${job.id}`, { headers });
  assert.equal(changed.statusCode, 200);
  assert.equal(changed.json().state, 'paused');
});

test('counts add up, progress is shown, and completeness comes with the end', async () => {
  const job = await startImport();
  const epoch = await claim(job);
  const counts = { ...NO_COUNTS, created: 5, updated: 2, rejected: 1, warned: 3 };
  await reportProgress(api.database.pool, {
    jobId: job.id,
    epoch,
    phase: 'writing',
    percentage: 80,
    part: { part: 0, total: 10, counts },
  });
  const running = (await api.call('GET', `/v1/jobs/${job.id}`)).json<WireJob>();
  assert.deepEqual(running.progress, {
    processed: 8,
    total: 10,
    percentage: 80,
    currentOperation: 'writing',
  });
  assert.deepEqual(running.results, { successful: 4, warnings: 3, errors: 1 });
  assert.equal(running.completeness, undefined);
  await settleCounts(api.database.pool, { jobId: job.id, epoch, part: 0, counts, total: 8 });
  await moveJob(api.database.pool, { jobId: job.id, event: 'succeeded', epoch });
  const done = (await api.call('GET', `/v1/jobs/${job.id}`)).json<WireJob>();
  assert.equal(done.progress.percentage, 100);
  assert.equal(done.completeness, 'some');
  assert.match(done.finishedAt ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('cancel, pause, resume and retry give the job, and refuse with its state what is not possible', async () => {
  const job = await startImport();
  const ask = (verb: string) => api.call('POST', `/v1/jobs/${job.number}/${verb}`);
  assert.equal((await ask('pause')).json().state, 'paused');
  assert.equal((await ask('resume')).json().state, 'queued');
  const retried = await ask('retry');
  assert.equal(retried.statusCode, 409);
  assert.equal(retried.json().details.state, 'queued');
  assert.equal((await ask('cancel')).json().state, 'cancelled');
  assert.equal((await ask('cancel')).json().state, 'cancelled');
  assert.equal((await ask('resume')).statusCode, 409);
});

test('the timeline tells what happened in order', async () => {
  const job = await startImport();
  await claim(job);
  await api.call('POST', `/v1/jobs/${job.id}/cancel`);
  const { entries } = (await api.call('GET', `/v1/jobs/${job.id}/timeline`)).json();
  assert.deepEqual(
    entries.map((entry: { event: string }) => entry.event),
    ['created', 'claimed', 'cancel_asked'],
  );
  assert.equal(entries[2].from, 'running');
});

test('lists are filtered, newest first, and paged by the number of the last job', async () => {
  const label = randomUUID();
  const jobs = [];
  for (let index = 0; index < 5; index += 1) jobs.push(await startImport({ labels: [label] }));
  await api.call('POST', `/v1/jobs/${jobs[2]?.id}/cancel`);
  const first = (await api.call('GET', `/v1/jobs?label=${label}&limit=3`)).json();
  const second = (await api.call('GET', `/v1/jobs?label=${label}&limit=3&before=${first.next}`)).json();
  const numbers = [...first.jobs, ...second.jobs].map((job: WireJob) => job.number);
  assert.deepEqual(numbers, jobs.map((job) => job.number).toReversed());
  assert.equal(second.next, undefined);
  const states = (await api.call('GET', `/v1/jobs?label=${label}&state=cancelled&state=failed`)).json();
  assert.deepEqual(
    states.jobs.map((job: WireJob) => job.number),
    [jobs[2]?.number],
  );
  const wrong = await api.call('GET', '/v1/jobs?stat=queued');
  assert.match(wrong.json().detail, /"stat" is not known \(did you mean "state"\?\)/);
});

test('what takes no parameters refuses them, and does nothing', async () => {
  const job = await startImport();
  await api.call('POST', `/v1/jobs/${job.id}/cancel`);
  const refused = await api.call('DELETE', `/v1/jobs/${job.id}?dryRun=true`);
  assert.equal(refused.statusCode, 400);
  assert.match(refused.json().detail, /"dryRun" is not known/);
  assert.equal((await api.call('GET', `/v1/jobs/${job.id}?expand=all`)).statusCode, 400);
  assert.equal((await api.call('GET', `/v1/jobs/${job.id}`)).statusCode, 200);
});

test('a client that announces JSON and sends none is understood', async () => {
  const job = await startImport();
  const headers = { 'content-type': 'application/json' };
  const cancelled = await api.call('POST', `/v1/jobs/${job.id}/cancel`, { headers, body: '' });
  assert.equal(cancelled.statusCode, 200);
  assert.equal(cancelled.json().state, 'cancelled');
  const wanting = await api.call('PUT', '/v1/collections/nothing', { headers, body: '' });
  assert.equal(wanting.json().code, 'collection.invalid');
  assert.equal((await api.call('DELETE', `/v1/jobs/${job.id}`, { headers, body: '' })).statusCode, 204);
});

test('pages stay what they are while jobs are added, and each links to the next', async () => {
  const label = `a & b ${randomUUID()}`;
  const jobs = [];
  for (let index = 0; index < 4; index += 1) jobs.push(await startImport({ labels: [label] }));
  const seen: number[] = [];
  let url: string | undefined = `/v1/jobs?label=${encodeURIComponent(label)}&limit=2`;
  let pages = 0;
  while (url !== undefined) {
    const page: { jobs: WireJob[]; links: { next?: string } } = (await api.call('GET', url)).json();
    seen.push(...page.jobs.map((job) => job.number));
    await startImport({ labels: [label] });
    url = page.links.next;
    pages += 1;
  }
  assert.deepEqual(seen, jobs.map((job) => job.number).toReversed());
  assert.equal(pages, 2, 'the last page knows that it is the last');
});

test('the list knows who asked, since when, and the parent of a job', async () => {
  const before = new Date().toISOString();
  const createdBy = `person ${randomUUID()}`;
  const job = await startImport({ createdBy });
  const list = async (query: string) =>
    (await api.call('GET', `/v1/jobs?${query}`)).json<{ jobs: WireJob[] }>().jobs.map(({ id }) => id);
  const by = `createdBy=${encodeURIComponent(createdBy)}`;
  assert.deepEqual(await list(by), [job.id]);
  assert.deepEqual(await list(`${by}&since=${before}&kind=import&collection=people`), [job.id]);
  assert.deepEqual(await list(`${by}&since=2999-01-01T00:00:00Z`), []);
  assert.deepEqual(await list(`${by}&kind=export`), []);
  assert.deepEqual(await list(`parentId=${job.id}`), []);
  for (const [query, meant] of [
    ['createdby=x', 'createdBy'],
    ['parent=x', 'parentId'],
    ['labels=x', 'label'],
  ]) {
    const refused = await api.call('GET', `/v1/jobs?${query}`);
    assert.equal(refused.statusCode, 400);
    assert.match(refused.json().detail, new RegExp(`did you mean "${meant}"`));
  }
});
