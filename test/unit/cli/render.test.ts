import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exitCodeOfError, exitCodeOfJob } from '../../../src/cli/exit-codes.ts';
import { renderCollections } from '../../../src/cli/render/collection.ts';
import { renderHeadline, renderResult } from '../../../src/cli/render/job.ts';
import { renderBytes, renderDuration } from '../../../src/cli/render/numbers.ts';
import { cutToWidth, displayWidth, renderTable } from '../../../src/cli/render/table.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { WireArtifact, WireIssueGroup, WireJob } from '../../../src/sdk/wire.ts';
import { jobWith, OUTCOMES } from './wire-job.ts';

test('columns are aligned by what letters take on a screen, and control characters are shown', () => {
  const table = renderTable(
    [{ title: 'name' }, { title: 'n', align: 'right' }],
    [
      ['日本', '1'],
      ['a\nb', '100'],
    ],
  );
  assert.equal(table, 'name    n\n日本    1\na\\nb  100\n');
  assert.equal(displayWidth('e\u0301'), 1);
  assert.equal(renderTable([{ title: 'a' }], []), '');
});

test('an escape sequence in a value does not reach the terminal', () => {
  const table = renderTable([{ title: 'v' }], [['\u001b[2J\u009b31m']]);
  assert.equal(table, 'v\n\\u001b[2J\\u009b31m\n');
});

test('a line is cut to the width of the terminal, wide letters counted', () => {
  assert.equal(cutToWidth('abcdef', 4), 'abc…');
  assert.equal(cutToWidth('日本語', 4), '日…');
  assert.equal(cutToWidth('abc', 3), 'abc');
});

test('durations and sizes are in units that people read', () => {
  assert.deepEqual([850, 12_340, 245_000, 7_380_000].map(renderDuration), [
    '850 ms',
    '12.3 s',
    '4 min 5 s',
    '2 h 3 min',
  ]);
  assert.deepEqual([0, 1, 1023, 1024, 1_300_000].map(renderBytes), [
    '0 bytes',
    '1 bytes',
    '1,023 bytes',
    '1.0 KiB',
    '1.2 MiB',
  ]);
});

const GROUP: WireIssueGroup = {
  part: 0,
  code: 'field.not_number',
  field: 'price',
  severity: 'error',
  count: 12,
  examples: [
    {
      part: 0,
      severity: 'error',
      code: 'field.not_number',
      params: {},
      record: 17,
      line: 18,
      byteOffset: 100,
      byteLength: 10,
      field: 'price',
      value: 'n/a\u001b[31m',
      message: 'expected a number',
    },
  ],
};

function artifact(kind: WireArtifact['kind'], name: string): WireArtifact {
  const sha256 = '0'.repeat(64);
  const createdAt = '2025-01-01T00:00:03.000Z';
  return { kind, name, mediaType: 'text/csv', sizeBytes: 1, sha256, createdAt, url: `/v1/${name}` };
}

test('a result says what happened, why records were rejected, and what to do next', () => {
  const job = jobWith({
    state: 'succeeded',
    progress: { processed: 1000, total: 1000, percentage: 100, currentOperation: 'waiting' },
    outcomes: { ...OUTCOMES, created: 988, rejected: 12 },
    finishedAt: '2025-01-01T00:00:03.000Z',
  });
  const text = renderResult(job, { groups: [GROUP], artifacts: [artifact('failed_rows', 'failed.jsonl')] });
  assert.match(
    text,
    /^Job 7, import into people: succeeded in 2\.0 s \(500 records\/s\)\n {2}1,000 records: 988 created, 12 rejected\n/,
  );
  assert.match(
    text,
    /12 × price: expected a number \(field\.not_number\)\n +record 17, line 18: "n\/a\\u001b\[31m"/,
  );
  assert.match(text, /waybill failed 7 --out failed\.jsonl\n/);
  assert.match(text, /waybill correct 7 failed\.jsonl\n/);
});

test('records of one kind of issue are told with their own words where those differ', () => {
  const [example] = GROUP.examples;
  assert.ok(example);
  const { value: _, ...first } = example;
  const examples = [first, { ...first, record: 19, line: 20, message: 'no such thing' }];
  const text = renderResult(jobWith({ state: 'succeeded', outcomes: { ...OUTCOMES, rejected: 12 } }), {
    groups: [{ ...GROUP, examples }],
  });
  assert.match(text, /record 17, line 18\n +record 19, line 20: no such thing\n/);
});

test('a validation speaks of what would be, and a stopped import of what was kept', () => {
  const outcomes = { ...OUTCOMES, created: 3 };
  assert.match(
    renderResult(jobWith({ kind: 'validation', state: 'succeeded', outcomes })),
    /3 would be created[^]*import --checked 7/,
  );
  const checked = jobWith({ kind: 'validation', state: 'succeeded', outcomes });
  assert.doesNotMatch(renderResult(checked, { isWritable: false }), /import/);
  assert.match(renderResult(jobWith({ state: 'cancelled', outcomes })), /Kept: 3 records/);
  assert.match(renderResult(jobWith({ state: 'cancelled' })), /Nothing was written/);
});

test('records that could not be read have a file of their own, and a file that is gone is not named', () => {
  const job = jobWith({ state: 'succeeded', outcomes: { ...OUTCOMES, rejected: 1 } });
  const unreadable = artifact('unreadable_rows', 'unreadable.bin');
  const text = renderResult(job, { artifacts: [unreadable] });
  assert.match(text, /waybill failed 7 --unreadable --out unreadable\.bin\n/);
  assert.doesNotMatch(text, /correct/);
  const removed = { ...unreadable, removedAt: '2025-02-01T00:00:00.000Z' };
  assert.doesNotMatch(renderResult(job, { artifacts: [removed] }), /unreadable/);
});

test('failed rows of a job that wrote all or nothing are not offered for correction', () => {
  const stepsOf = (state: WireJob['state'], options: object) => {
    const job = jobWith({
      state,
      options: options as WireJob['options'],
      outcomes: { ...OUTCOMES, rejected: 1 },
    });
    return renderResult(job, { artifacts: [artifact('failed_rows', 'failed.csv')] });
  };
  const all = { mode: 'upsert', atomicity: 'all' };
  const replace = { mode: 'replace', atomicity: 'chunk' };
  for (const text of [stepsOf('failed', all), stepsOf('failed', replace), stepsOf('cancelled', replace)]) {
    assert.match(text, /waybill failed 7/);
    assert.doesNotMatch(text, /waybill correct/);
  }
  assert.match(stepsOf('succeeded', replace), /waybill correct 7/);
});

test('a job that its stop time ended, or that was paused, says how it goes on', () => {
  const outcomes = { ...OUTCOMES, created: 3 };
  const stopped = renderResult(jobWith({ state: 'cancelled', reason: 'stop_time', outcomes }));
  assert.match(stopped, /Kept: 3 records written before the stop\.\n[^]*Resume: +waybill resume 7\n/);
  assert.match(renderResult(jobWith({ state: 'paused' })), /Resume: +waybill resume 7\n/);
  assert.doesNotMatch(renderResult(jobWith({ state: 'cancelled' })), /resume/);
});

test('time in the queue is no time of work: it is said apart, and does not slow the rate', () => {
  const at = (second: number) => new Date(Date.UTC(2025, 0, 1, 0, 0, second)).toISOString();
  const job = jobWith({
    state: 'succeeded',
    progress: { processed: 2000, percentage: 100 },
    createdAt: at(0),
    startedAt: at(30),
    finishedAt: at(50),
  });
  assert.match(renderHeadline(job), /succeeded in 20\.0 s \(100 records\/s\), after 30\.0 s in the queue$/);
  const entry = (second: number, to: WireJob['state']) => ({
    at: at(second),
    event: 'moved',
    to,
    attempt: 1,
    detail: {},
  });
  const resumed = [
    entry(0, 'queued'),
    entry(30, 'running'),
    entry(31, 'paused'),
    entry(40, 'queued'),
    entry(41, 'running'),
    entry(50, 'succeeded'),
  ];
  assert.match(renderHeadline(job, resumed), /in 10\.0 s \(200 records\/s\), after 31\.0 s in the queue$/);
  assert.doesNotMatch(renderHeadline({ ...job, createdAt: at(30) }), /queue/);
});

test('exit codes tell done, done with rejected records, failed, and wrong usage apart', () => {
  assert.equal(exitCodeOfJob(jobWith({ state: 'succeeded' })), 0);
  assert.equal(exitCodeOfJob(jobWith({ state: 'succeeded', outcomes: { ...OUTCOMES, rejected: 1 } })), 2);
  for (const state of ['failed', 'cancelled', 'paused'] as const)
    assert.equal(exitCodeOfJob(jobWith({ state })), 1);
  assert.equal(exitCodeOfError(new AppError('usage.invalid', '')), 64);
  assert.equal(exitCodeOfError(new AppError('job.not_found', '')), 1);
  assert.equal(exitCodeOfError(new Error('a bug')), 1);
});

test('a list of collections says what each is bound to', () => {
  const of = (target?: object) => ({
    name: 'people',
    version: 1,
    definition: { key: ['id'], ...(target !== undefined && { target }) },
    createdAt: '2025-01-01T00:00:00.000Z',
    updatedAt: '2025-01-01T00:00:00.000Z',
  });
  const targets = [
    undefined,
    { table: 'crm.contacts' },
    { table: 'contacts', database: 'crm' },
    { query: 'select 1' },
    { module: 'sink' },
  ];
  const lines = renderCollections(targets.map(of)).split('\n').slice(1, -1);
  assert.deepEqual(
    lines.map((line) => /id +(.*?) +2025/.exec(line)?.[1]),
    ['managed', 'table crm.contacts', 'table contacts in crm', 'query', 'module sink'],
  );
});

test('each error of a failure has a line, and nothing else makes one', () => {
  const failure = {
    code: 'job.field_mismatch',
    message: 'No field for "a".\nNo field for "b\u2028\u001b[2J\r".',
    details: {},
    retryable: false,
  };
  const lines = renderResult(jobWith({ state: 'failed', failure })).split('\n');
  assert.deepEqual(lines.slice(1, 3), [
    '  No field for "a".',
    '  No field for "b\\u2028\\u001b[2J\\r". (job.field_mismatch)',
  ]);
});
