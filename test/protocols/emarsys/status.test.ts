/** What a job's state is called, and back: without a server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job, JobOrigin } from '../../../src/core/job.ts';
import { JOB_STATES, type JobState } from '../../../src/core/job-state.ts';
import { projectStatus, readStatus, renderStatus } from '../../../src/protocols/emarsys/status.ts';
import { readViennaTime, renderViennaTime } from '../../../src/protocols/emarsys/vienna-time.ts';

const ORIGIN: JobOrigin = {
  protocol: 'emarsys',
  facts: {
    export: 'getresponses',
    method: 'ftp',
    fileName: 'responses.csv',
    ftpHost: 'ftp.example.com',
    ftpDir: 'in',
  },
};

function jobIn(state: JobState, changes: Partial<Job> = {}): Job {
  const createdAt = new Date('2012-05-23T09:08:56.789Z');
  return { number: 123, kind: 'export', state, createdAt, origin: ORIGIN, ...changes } as Job;
}

function dataOf(job: Job): Record<string, unknown> {
  return (renderStatus(job).body as { data: Record<string, unknown> }).data;
}

const WORDS: Readonly<Record<JobState, string>> = {
  scheduled: 'scheduled',
  queued: 'scheduled',
  running: 'in progress',
  pausing: 'in progress',
  paused: 'in progress',
  cancelling: 'in progress',
  delivering: 'ready',
  succeeded: 'done',
  failed: 'error',
  cancelled: 'error',
};

for (const state of JOB_STATES) {
  test(`a job that is ${state} is "${WORDS[state]}", and is read back so`, () => {
    const job = jobIn(state);
    const data = dataOf(job);
    assert.equal(data['status'], WORDS[state]);
    assert.equal(data['file_name'], state === 'succeeded' ? 'responses.csv' : null);
    assert.deepEqual(readStatus(renderStatus(job).body), projectStatus(job));
  });
}

test('a status has what the kick-off said, in the types of the documents', () => {
  assert.deepEqual(dataOf(jobIn('succeeded')), {
    id: '123',
    created: '2012-05-23 11:08:56',
    status: 'done',
    type: 'Responses',
    file_name: 'responses.csv',
    ftp_host: 'ftp.example.com',
    ftp_dir: 'in',
  });
});

test('an export of another protocol is shown, without a file; what imports is not', () => {
  const { origin: _, ...native } = jobIn('succeeded');
  const other = { ...native, origin: { protocol: 'avepoint', facts: { fileName: 'not ours' } } };
  for (const job of [native, other]) {
    const { type, file_name: fileName, ftp_host: host } = dataOf(job);
    assert.deepEqual([type, fileName, host], ['Export', null, null]);
  }
  for (const kind of ['import', 'validation'] as const) {
    const { status, body } = renderStatus(jobIn('succeeded', { kind }));
    assert.deepEqual([status, body], [400, { replyCode: 4002, replyText: 'Invalid export type', data: '' }]);
  }
});

test("the vendor's own example is read", () => {
  // Source: SEED4.
  const example = {
    replyCode: 0,
    replyText: 'OK',
    data: {
      id: '123',
      created: '2012-05-23 11:08:56',
      status: 'done',
      type: 'Responses',
      file_name: 'clicks_3931993_1_en-df0ef2.csv',
      ftp_host: '88.99.123.23',
      ftp_dir: 'folder/subfolder',
    },
  };
  const createdAt = new Date('2012-05-23T09:08:56Z');
  assert.deepEqual(readStatus(example), { state: 'succeeded', wire: 'done', createdAt });
  for (const [word, state] of [
    ['scheduled', 'scheduled'],
    ['in progress', 'running'],
    ['ready', 'delivering'],
    ['error', 'failed'],
  ]) {
    const { state: read, wire } = readStatus({ ...example, data: { ...example.data, status: word } });
    assert.deepEqual([read, wire], [state, word]);
  }
});

test('what is no status of the documents is unknown, and kept', () => {
  const bodies = [
    { replyCode: 0, replyText: 'OK', data: { status: 'paused' } },
    { replyCode: 10001, replyText: 'Invalid export ID', data: '' },
    { data: null },
    [],
    'text',
    null,
  ];
  for (const raw of bodies) {
    const { state, raw: kept } = readStatus(raw);
    assert.deepEqual([state, kept], ['unknown', raw], JSON.stringify(raw));
  }
});

test('times are those of Vienna, in winter, in summer and between', () => {
  for (const [utc, vienna] of [
    ['2012-01-23T10:08:56Z', '2012-01-23 11:08:56'],
    ['2012-05-23T09:08:56.999Z', '2012-05-23 11:08:56'],
    ['2026-03-29T00:59:59Z', '2026-03-29 01:59:59'],
    ['2026-03-29T01:00:00Z', '2026-03-29 03:00:00'],
    ['2026-10-24T23:59:59Z', '2026-10-25 01:59:59'],
    ['2026-10-25T01:00:00Z', '2026-10-25 02:00:00'],
    ['2025-12-31T23:00:00Z', '2026-01-01 00:00:00'],
  ] as const) {
    assert.equal(renderViennaTime(new Date(utc)), vienna);
  }
});

test('times of Vienna are read; of the hour that comes twice, the first; of the one that never comes, an hour later', () => {
  for (const [vienna, utc] of [
    ['2012-01-23 11:08:56', '2012-01-23T10:08:56Z'],
    ['2012-05-23 11:08:56', '2012-05-23T09:08:56Z'],
    ['2026-10-25 02:30:00', '2026-10-25T00:30:00Z'],
    ['2026-10-25 03:00:00', '2026-10-25T02:00:00Z'],
    ['2026-03-29 02:30:00', '2026-03-29T01:30:00Z'],
    ['2024-02-29 00:00:00', '2024-02-28T23:00:00Z'],
  ] as const) {
    assert.deepEqual(readViennaTime(vienna), new Date(utc));
  }
  for (const wrong of [
    '2026-02-30 00:00:00',
    '2026-01-01',
    '2026-01-01 24:00:00',
    '2026-01-01 00:60:00',
    'x',
    '',
  ]) {
    assert.equal(readViennaTime(wrong), undefined, wrong);
  }
});

test('every second that is shown is read back as an instant that is shown so', () => {
  const start = Date.parse('2026-03-28T00:00:00Z');
  for (let minute = 0; minute < 60 * 24 * 300; minute += 17) {
    const shown = renderViennaTime(new Date(start + minute * 60_000));
    const read = readViennaTime(shown);
    assert.ok(read);
    assert.equal(renderViennaTime(read), shown);
  }
});
