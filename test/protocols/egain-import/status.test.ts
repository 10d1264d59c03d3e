/** States and figures as values: ours in eGain's words, theirs in ours. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_COUNTS } from '../../../src/core/counts.ts';
import { type Job, PHASES } from '../../../src/core/job.ts';
import { JOB_STATES, type JobState } from '../../../src/core/job-state.ts';
import { ANSWER_LANGUAGES } from '../../../src/protocols/egain/languages.ts';
import { renderUptime } from '../../../src/protocols/egain-import/health.ts';
import { projectStatus, readStatus, renderStatus } from '../../../src/protocols/egain-import/status.ts';
import { sampleJob } from '../conformance/sample-jobs.ts';

const LOG = 's3://mybucket/logs/import-logs-7A84B875-6F75-4C7B-B137-0632B62DB0BD.txt';
const STOP = new Date('2026-05-02T05:00:00Z');

function jobIn(state: JobState, changes: Partial<Job> = {}): Job {
  return sampleJob('import', state, { log: { location: LOG }, stopAt: STOP, ...changes });
}

/** Members of an answer by state. Sources: SEED1; EG-SDK 21.23 for Scheduled (docs/vendors/egain.md#import-endpoints); Cancelled is chosen. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  Scheduled: ['status', 'jobType', 'progress', 'startTime', 'scheduledStopTime', 'currentOperation'],
  'In Progress': [
    'status',
    'jobType',
    'progress',
    'logFileLocation',
    'startTime',
    'scheduledStopTime',
    'estimatedCompletion',
    'currentOperation',
  ],
  Successful: ['status', 'jobType', 'progress', 'logFileLocation', 'startTime', 'completionTime', 'results'],
  Failed: [
    'status',
    'jobType',
    'progress',
    'logFileLocation',
    'startTime',
    'failureTime',
    'error',
    'retryable',
  ],
  Cancelled: [
    'status',
    'jobType',
    'progress',
    'logFileLocation',
    'startTime',
    'scheduledStopTime',
    'completionTime',
    'results',
  ],
};

test('each state has the members that apply in it, and no others', () => {
  const estimatedCompletion = new Date('2026-05-01T10:40:00Z');
  const startAt = new Date('2026-05-01T10:00:00Z');
  for (const state of JOB_STATES) {
    const body = renderStatus(jobIn(state, { estimatedCompletion, startAt }), 'en-US');
    assert.deepEqual(Object.keys(body), MEMBERS[String(body['status'])], state);
  }
});

test('what has not come, and what nobody asked for, is left out', () => {
  const { startedAt: _, log: __, stopAt: ___, ...early } = jobIn('cancelled');
  const body = renderStatus(early, 'en-US');
  assert.deepEqual(Object.keys(body), ['status', 'jobType', 'progress', 'completionTime', 'results']);
  const { startedAt: ____, ...unstarted } = jobIn('failed');
  assert.ok(!('logFileLocation' in renderStatus(unstarted, 'en-US')));
});

test('times have three decimals in every state', () => {
  for (const state of JOB_STATES) {
    const times = Object.entries(renderStatus(jobIn(state), 'en-US')).filter(([name]) =>
      /Time$|Completion$/.test(name),
    );
    for (const [name, time] of times) {
      assert.match(String(time), /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/, name);
    }
  }
});

test('an import and a validation say which they are', () => {
  assert.equal(renderStatus(sampleJob('import', 'running'), 'en-US')['jobType'], 'Import');
  assert.equal(renderStatus(sampleJob('validation', 'running'), 'en-US')['jobType'], 'Validation');
});

test('every phase has words of its own, and a wish comes before them', () => {
  const said = (state: JobState, changes: Partial<Job> = {}) =>
    renderStatus(jobIn(state, changes), 'en-US')['currentOperation'];
  for (const phase of PHASES) assert.match(String(said('running', { phase })), /^[A-Z][a-z ]+$/);
  assert.equal(said('running', { phase: 'writing' }), 'Processing content items');
  assert.equal(said('queued', { phase: 'writing' }), 'Queued for execution');
  assert.equal(said('cancelling', { phase: 'writing' }), 'Cancelling');
});

test('no figure is above what the contract allows, and none is cut', () => {
  const parts = sampleJob('import', 'succeeded').parts.map((part) => ({
    ...part,
    total: 100_001,
    counts: { ...NO_COUNTS, created: 99_000, rejected: 1001 },
  }));
  const body = renderStatus(jobIn('succeeded', { parts }), 'en-US');
  assert.deepEqual(body['progress'], { percentage: 100 });
  assert.deepEqual(body['results'], { successful: 99_000, warnings: 0, errors: 1001 });
});

test('what is read out of an answer is what the job projects to', () => {
  for (const state of JOB_STATES) {
    const sent: unknown = JSON.parse(JSON.stringify(renderStatus(jobIn(state), 'en-US')));
    assert.deepEqual(readStatus(sent), projectStatus(jobIn(state)), state);
  }
});

test("the vendor's own examples are understood", () => {
  const progress = { processed: 1250, total: 5000, percentage: 25 };
  const startTime = '2024-03-01T10:00:00.000Z';
  const startedAt = new Date(startTime);
  const common = { jobType: 'Import', progress, logFileLocation: LOG, startTime };
  assert.deepEqual(
    readStatus({
      ...common,
      status: 'In Progress',
      estimatedCompletion: '2024-03-01T11:30:00.000Z',
      currentOperation: 'Processing content items',
    }),
    {
      state: 'running',
      wire: 'In Progress',
      ...progress,
      startedAt,
      estimatedCompletion: new Date('2024-03-01T11:30:00Z'),
    },
  );
  assert.deepEqual(
    readStatus({
      ...common,
      status: 'Successful',
      jobType: 'Validation',
      progress: { processed: 5000, total: 5000, percentage: 100 },
      completionTime: '2024-03-01T11:15:00.000Z',
      results: { successful: 4985, warnings: 10, errors: 5 },
    }),
    {
      state: 'succeeded',
      wire: 'Successful',
      processed: 5000,
      total: 5000,
      percentage: 100,
      successful: 4985,
      warnings: 10,
      errors: 5,
      startedAt,
      finishedAt: new Date('2024-03-01T11:15:00Z'),
    },
  );
  assert.deepEqual(
    readStatus({
      ...common,
      status: 'Failed',
      failureTime: '2024-03-01T10:45:00.000Z',
      error: 'Database connection timeout after processing 1250 items',
      retryable: true,
    }),
    {
      state: 'failed',
      wire: 'Failed',
      ...progress,
      startedAt,
      finishedAt: new Date('2024-03-01T10:45:00Z'),
      error: 'Database connection timeout after processing 1250 items',
      isRetryable: true,
    },
  );
  assert.deepEqual(
    readStatus({
      status: 'Scheduled',
      jobType: 'Import',
      progress: { processed: 0, total: 0, percentage: 0 },
      startTime: '2024-03-02T01:00:00.000Z',
      scheduledStopTime: '2024-03-02T05:00:00.000Z',
      currentOperation: 'Queued for execution',
    }),
    {
      state: 'scheduled',
      wire: 'Scheduled',
      processed: 0,
      total: 0,
      percentage: 0,
      startedAt: new Date('2024-03-02T01:00:00Z'),
    },
  );
  assert.equal(readStatus({ status: 'Cancelled', jobType: 'Import' }).state, 'cancelled');
});

test('why a job failed is said in each language, in no words of ours', () => {
  const failure = { code: 'job.too_many_records', message: 'internal', retryable: false };
  const texts = ANSWER_LANGUAGES.map((language) =>
    String(renderStatus(jobIn('failed', { failure }), language)['error']),
  );
  // French is one for France and Canada, and Portuguese has the same words for it on both sides.
  assert.equal(new Set(texts).size, ANSWER_LANGUAGES.length - 2);
  assert.equal(texts[0], 'The number of items exceeds the allowed limit. Items processed: 703.');
  assert.doesNotMatch(texts.join(), /internal/);
});

test('uptime is a text of at most 20 characters', () => {
  const day = 86_400;
  const shown = [0, 15.9, 60, 3605, 2 * day + 5 * 3600 + 30 * 60 + 15, 99_999 * day + day - 1].map(
    renderUptime,
  );
  assert.deepEqual(shown, ['0s', '15s', '1m 0s', '1h 0m 5s', '2d 5h 30m 15s', '99999d 23h 59m 59s']);
  assert.ok(shown.every((text) => text.length <= 20));
});
