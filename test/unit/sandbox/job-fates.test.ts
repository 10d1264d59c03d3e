/** What a job looks like when it does not go as it should. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_COUNTS } from '../../../src/core/counts.ts';
import type { Job } from '../../../src/core/job.ts';
import { PROTOCOLS } from '../../../src/protocols/all-protocols.ts';
import { lookLike } from '../../../src/sandbox/job-fates.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

const UNFINISHED: Omit<Job, 'state' | 'percentage'> = {
  id: '00000000-0000-4000-8000-000000000007',
  number: 7,
  kind: 'export',
  options: { format: 'csv', compression: 'none' },
  parts: [
    {
      part: 0,
      collection: 'things',
      collectionVersion: 1,
      scope: {},
      total: 10,
      isComplete: true,
      counts: { ...NO_COUNTS, unchanged: 10 },
    },
  ],
  labels: [],
  metadata: {},
  priority: 0,
  epoch: 1,
  phase: 'exporting',
  createdAt: at(0),
  startedAt: at(1),
  updatedAt: at(5),
  version: 9,
};
const DONE: Job = { ...UNFINISHED, state: 'succeeded', percentage: 100, finishedAt: at(5) };
const RUNNING: Job = { ...UNFINISHED, state: 'running', percentage: 20 };
const HOW = { at: 30, since: at(9) };

test('a job that fails at 30 % has done 30 % of its records, and says why it ended', () => {
  const seen = lookLike(DONE, 'fails', HOW);
  assert.deepEqual([seen.state, seen.percentage, seen.finishedAt], ['failed', 30, at(5)]);
  assert.deepEqual([seen.parts[0]?.counts.unchanged, seen.parts[0]?.isComplete], [3, false]);
  assert.equal(seen.failure?.retryable, true);
});

test('a job that has not come so far is what it is', () => {
  assert.equal(lookLike(RUNNING, 'fails', HOW), RUNNING);
  assert.equal(lookLike(RUNNING, 'hangs', HOW), RUNNING);
});

test('a running job that has come so far fails when the rule begins to hold', () => {
  const seen = lookLike({ ...RUNNING, percentage: 60 }, 'fails', HOW);
  assert.deepEqual([seen.state, seen.percentage, seen.finishedAt], ['failed', 30, at(9)]);
});

test('a job that hangs runs and does not end', () => {
  const seen = lookLike(DONE, 'hangs', HOW);
  assert.deepEqual([seen.state, seen.percentage, seen.finishedAt], ['running', 30, undefined]);
});

test('only an export that is complete is delivered', () => {
  const seen = lookLike(DONE, 'delivers', HOW);
  assert.deepEqual([seen.state, seen.percentage, seen.finishedAt], ['delivering', 99, undefined]);
  assert.equal(lookLike(RUNNING, 'delivers', HOW), RUNNING);
  const done: Job = { ...DONE, kind: 'import' };
  assert.equal(lookLike(done, 'delivers', HOW), done);
});

for (const protocol of PROTOCOLS.filter(({ capabilities }) => capabilities.kinds.includes('export'))) {
  test(`${protocol.name} has words for each of them`, () => {
    const view = (fate: Parameters<typeof lookLike>[1]) =>
      protocol.projectStatus(lookLike(DONE, fate, HOW), at(10)).state;
    assert.equal(view('fails'), 'failed');
    assert.equal(view('hangs'), 'running');
    assert.ok(['running', 'delivering'].includes(view('delivers')));
  });
}
