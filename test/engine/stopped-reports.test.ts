/** A job that stops midway leaves what a finished one leaves: groups, issue files, failed rows, unreadable rows, exact counts. */

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { ImportOptions, Job } from '../../src/core/job.ts';
import { listIssueGroups } from '../../src/store/issue-groups.ts';
import { cancelJob, pauseJob, resumeJob } from '../../src/store/jobs/intentions.ts';
import { waitUntil } from '../support/wait-until.ts';
import { countsOf, createEngine, type Engine } from './harness.ts';
import { startImport } from './start-jobs.ts';

const RECORDS = 400;
/** Every tenth has no number for its id, every fifteenth has a quote that stands wrong. */
const isRejected = (record: number) => record % 10 === 0;
const isUnreadable = (record: number) => !isRejected(record) && record % 15 === 7;

let engine: Engine;
before(async () => {
  engine = await createEngine();
});
after(() => engine.close());

beforeEach(async () => {
  await engine.database.pool.query(`drop table if exists things;
    create table things (id bigint primary key, name text)`);
  await engine.apply({
    name: 'things',
    key: ['id'],
    target: { table: 'things' },
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: ['string', 'null'] } } },
  });
});

function lineOf(record: number): string {
  if (isRejected(record)) return `x${record},name ${record}\n`;
  return isUnreadable(record) ? `${record},"name" ${record}\n` : `${record},name ${record}\n`;
}

async function accept(options: Partial<ImportOptions> = {}): Promise<Job> {
  const lines = Array.from({ length: RECORDS }, (_, index) => lineOf(index + 1));
  const upload = await engine.upload(`id,name\n${lines.join('')}`);
  const request = { collection: 'things', source: { upload }, rowsPerSecond: 200, ...options };
  return (await startImport(engine, 'import', request)).job;
}

async function ledgerEnd(job: Job): Promise<number> {
  const { rows } = await engine.database.pool.query<{ last: number }>(
    'select coalesce(max(last_record), 0)::int as last from waybill_ledger.ledger where job_id = $1',
    [job.id],
  );
  return rows[0]?.last ?? 0;
}

/** Runs an attempt and does something once so many records are in the ledger. */
async function whileRunning(job: Job, at: number, event: () => Promise<unknown>): Promise<Job> {
  const attempt = engine.attempt(job, { maxChunkRecords: 10 });
  await waitUntil(`${at} records are in the ledger`, async () => (await ledgerEnd(job)) >= at, 20_000);
  await event();
  return attempt;
}

/** The files say exactly what the ledger says of the records up to where the job stopped. */
async function assertReported(job: Job): Promise<void> {
  const last = await ledgerEnd(job);
  const records = Array.from({ length: last }, (_, index) => index + 1);
  const rejected = records.filter(isRejected);
  const unreadable = records.filter(isUnreadable);
  assert.ok(rejected.length > 0 && unreadable.length > 0, 'something was rejected before the stop');
  assert.equal(countsOf(job)['rejected'], rejected.length + unreadable.length);
  assert.deepEqual(job.report, { state: 'complete' });
  const failed = (await engine.artifact(job, 'failed.csv')).toString().trimEnd().split('\n').slice(1);
  assert.deepEqual(
    failed.map((line) => Number(line.split(',')[1])),
    rejected,
  );
  const left = (await engine.artifact(job, 'unreadable.bin')).toString();
  assert.equal(left, unreadable.map(lineOf).join(''));
  const issues = (await engine.artifact(job, 'issues.jsonl')).toString().trimEnd().split('\n');
  assert.equal(issues.length, rejected.length + unreadable.length);
  const groups = await listIssueGroups(engine.database.pool, job.id);
  assert.equal(
    groups.reduce((sum, group) => sum + group.count, 0),
    rejected.length + unreadable.length,
  );
}

const STOPS: readonly [how: string, state: Job['state'], stop: (job: Job) => Promise<unknown>][] = [
  ['is cancelled', 'cancelled', (job) => cancelJob(engine.database.pool, job.id)],
  ['is stopped by its stop time', 'cancelled', (job) => cancelJob(engine.database.pool, job.id, 'stop_time')],
  [
    'loses a column of its table',
    'failed',
    () => engine.database.pool.query('alter table things drop column name'),
  ],
  ['loses its table', 'failed', () => engine.database.pool.query('drop table things')],
];

for (const [how, state, stop] of STOPS) {
  test(`a job that ${how} leaves its failed rows`, async () => {
    const job = await accept();
    const ended = await whileRunning(job, 100, () => stop(job));
    assert.equal(ended.state, state);
    assert.deepEqual(engine.bugs.map(String), []);
    await assertReported(ended);
  });
}

test('a job that too many errors stop leaves its failed rows', async () => {
  const ended = await engine.attempt(await accept({ maxErrors: 20 }), { maxChunkRecords: 50 });
  assert.equal(ended.failure?.code, 'job.too_many_errors');
  await assertReported(ended);
});

test('a job that is cancelled while it is paused leaves its failed rows', async () => {
  const job = await accept();
  const paused = await whileRunning(job, 100, () => pauseJob(engine.database.pool, job.id));
  assert.equal(paused.state, 'paused');
  assert.equal(paused.report, undefined);
  const cancelled = await cancelJob(engine.database.pool, job.id);
  assert.deepEqual(cancelled.report, { state: 'pending' });
  assert.equal(await engine.report(), 1);
  await assertReported(await engine.find(job));
});

test('what a cancelled job has rejected is repaired and sent again', async () => {
  const job = await accept();
  const ended = await whileRunning(job, 100, () => cancelJob(engine.database.pool, job.id));
  const failed = (await engine.artifact(ended, 'failed.csv')).toString();
  const repaired = failed.replaceAll(/,x(\d+),/g, ',$1,');
  const { job: correction } = await engine.correct(ended, await engine.upload(repaired));
  const expected = Array.from({ length: await ledgerEnd(job) }, (_, at) => at + 1).filter(isRejected).length;
  assert.deepEqual([correction.state, countsOf(correction)], ['succeeded', { created: expected }]);
});

test('a job that its stop time stopped, resumed, ends with one whole report', async () => {
  const job = await accept();
  await whileRunning(job, 100, () => cancelJob(engine.database.pool, job.id, 'stop_time'));
  const resumed = await resumeJob(engine.database.pool, job.id);
  assert.equal(resumed.report, undefined);
  const ended = await engine.attempt(resumed, { maxChunkRecords: 1000 });
  assert.equal(ended.state, 'succeeded');
  assert.equal(await ledgerEnd(job), RECORDS);
  await assertReported(ended);
  const names = (await engine.artifacts(ended)).map(({ name }) => name).toSorted();
  assert.deepEqual(names, ['failed.csv', 'issues.csv', 'issues.jsonl', 'issues.txt', 'unreadable.bin']);
});
