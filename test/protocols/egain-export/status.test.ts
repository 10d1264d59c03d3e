/** States and figures as values: ours in eGain's words, theirs in ours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_COUNTS } from '../../../src/core/counts.ts';
import type { Job } from '../../../src/core/job.ts';
import { JOB_STATES, type JobState } from '../../../src/core/job-state.ts';
import { ANSWER_LANGUAGES } from '../../../src/protocols/egain/languages.ts';
import { projectStatus, readStatus, renderStatus } from '../../../src/protocols/egain-export/status.ts';

const STARTED = new Date('2025-09-15T10:00:00Z');
const FINISHED = new Date('2025-09-15T11:25:00Z');

function jobIn(state: JobState, changes: Partial<Job> = {}): Job {
  const isFinal = ['succeeded', 'failed', 'cancelled'].includes(state);
  return {
    id: '7a84b875-6f75-4c7b-b137-0632b62db0bd',
    number: 1,
    kind: 'export',
    state,
    options: { format: 'json', compression: 'none' },
    parts: [
      partOf(0, 3000, { ...NO_COUNTS, unchanged: 1000 }),
      partOf(1, 1500, { ...NO_COUNTS, unchanged: 498, warned: 12, rejected: 2 }),
    ],
    labels: [],
    metadata: {},
    priority: 0,
    epoch: 1,
    phase: 'exporting',
    percentage: isFinal ? 100 : 33,
    estimatedCompletion: new Date('2025-09-15T11:30:00Z'),
    createdAt: STARTED,
    startedAt: STARTED,
    updatedAt: FINISHED,
    version: 1,
    ...(isFinal && { finishedAt: FINISHED }),
    ...(state === 'failed' && { failure: { code: 'delivery.failed', message: 'away', retryable: true } }),
    ...changes,
  };
}

function partOf(part: number, total: number, counts: Job['parts'][number]['counts']): Job['parts'][number] {
  return { part, collection: 'articles', collectionVersion: 1, scope: {}, total, counts, isComplete: true };
}

/** Members of an answer by state. Source: EG-SDK, examples (docs/vendors/egain.md#export-endpoints). */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  Pending: ['status'],
  'In Progress': ['status', 'progress', 'startTime', 'estimatedCompletion'],
  Successful: ['status', 'progress', 'startTime', 'completionTime', 'results'],
  Failed: ['status', 'progress', 'startTime', 'failureTime', 'error'],
};

test('each state has the members that apply in it, and no others', () => {
  for (const state of JOB_STATES) {
    const body = renderStatus(jobIn(state), 'en-US');
    assert.deepEqual(Object.keys(body), MEMBERS[String(body['status'])], state);
  }
});

test('figures are sums over all resource types', () => {
  const { progress, results } = renderStatus(jobIn('succeeded'), 'en-US');
  assert.deepEqual(progress, { processed: 1500, total: 4500, percentage: 100 });
  assert.deepEqual(results, { successful: 1486, warnings: 12, errors: 2 });
});

test('a total is told once every part has been counted', () => {
  const { total: _, ...uncounted } = partOf(1, 0, NO_COUNTS);
  const job = jobIn('running', { parts: [partOf(0, 10, NO_COUNTS), uncounted] });
  assert.deepEqual(renderStatus(job, 'en-US')['progress'], { processed: 0, percentage: 33 });
});

test('what is read out of an answer is what the job projects to', () => {
  for (const state of JOB_STATES) {
    const job = jobIn(state);
    const sent: unknown = JSON.parse(JSON.stringify(renderStatus(job, 'en-US')));
    assert.deepEqual(readStatus(sent), projectStatus(job), state);
    const { startedAt: _, estimatedCompletion: __, ...early } = job;
    assert.deepEqual(readStatus(renderStatus(early, 'en-US')), projectStatus(early), `${state} early`);
  }
});

test("the vendor's own examples are understood", () => {
  const progress = { processed: 1500, total: 4500, percentage: 30 };
  assert.deepEqual(readStatus({ status: 'Pending' }), { state: 'queued', wire: 'Pending' });
  assert.deepEqual(
    readStatus({
      status: 'In Progress',
      progress,
      startTime: '2025-09-15T10:00:00.000Z',
      estimatedCompletion: '2025-09-15T11:30:00.000Z',
    }),
    {
      state: 'running',
      wire: 'In Progress',
      ...progress,
      startedAt: STARTED,
      estimatedCompletion: new Date('2025-09-15T11:30:00Z'),
    },
  );
  assert.deepEqual(
    readStatus({
      status: 'Successful',
      progress: { processed: 4500, total: 4500, percentage: 100 },
      startTime: '2025-09-15T10:00:00.000Z',
      completionTime: '2025-09-15T11:25:00.000Z',
      results: { successful: 4485, warnings: 12, errors: 3 },
    }),
    {
      state: 'succeeded',
      wire: 'Successful',
      processed: 4500,
      total: 4500,
      percentage: 100,
      successful: 4485,
      warnings: 12,
      errors: 3,
      startedAt: STARTED,
      finishedAt: FINISHED,
    },
  );
  assert.deepEqual(
    readStatus({
      status: 'Failed',
      progress,
      startTime: '2025-09-10T10:00:00.000Z',
      failureTime: '2025-09-10T10:45:00.000Z',
      error: 'Connection timeout after processing 1500 items.',
    }),
    {
      state: 'failed',
      wire: 'Failed',
      ...progress,
      startedAt: new Date('2025-09-10T10:00:00Z'),
      finishedAt: new Date('2025-09-10T10:45:00Z'),
      error: 'Connection timeout after processing 1500 items.',
    },
  );
});

test("a word that the vendor's prose alone has is understood, and no other", () => {
  assert.equal(readStatus({ status: 'Completed' }).state, 'succeeded');
  const cancelled = { status: 'Cancelled' };
  assert.deepEqual(readStatus(cancelled), { state: 'unknown', wire: 'Cancelled', raw: cancelled });
});

test('why a job failed is said in each language, without our internal words', () => {
  const texts = ANSWER_LANGUAGES.map((language) => String(renderStatus(jobIn('failed'), language)['error']));
  // French is one for France and Canada.
  assert.equal(new Set(texts).size, ANSWER_LANGUAGES.length - 1);
  for (const text of texts) assert.match(text, /1500/);
  assert.equal(texts[0], 'The result could not be delivered to the destination. Items processed: 1500.');
  assert.doesNotMatch(texts.join(), /away/);
});
