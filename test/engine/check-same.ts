/** What has to be the same of a validation and an import of one file. */
import assert from 'node:assert/strict';
import type { Issue } from '../../src/core/issue.ts';
import type { Job } from '../../src/core/job.ts';
import { countsOf, type Finished } from './harness.ts';

export interface Made {
  readonly mode: string;
  readonly atomicity: string;
}

export function checkSame(made: Made, validation: Finished, imported: Finished): void {
  if (validation.job.state === 'failed' && validation.issues.length === 0) {
    // Nothing was read: the same refusal, in the same words.
    assert.deepEqual(failureOf(imported.job), failureOf(validation.job));
    return;
  }
  assert.deepEqual(imported.issues.filter(isForeseeable), validation.issues.filter(isForeseeable));
  checkCounts(imported.job);
  checkCounts(validation.job);
  if (imported.issues.some((issue) => !isForeseeable(issue))) return;
  const landsAtOnce = made.atomicity === 'all' || made.mode === 'replace';
  if (landsAtOnce && imported.job.state === 'failed') return;
  assert.deepEqual(countsOf(imported.job), countsOf(validation.job));
}

/** What only the database can say while writing is stated to be outside of the promise. */
function isForeseeable(issue: Issue): boolean {
  return !issue.code.startsWith('database.');
}

function checkCounts(job: Job): void {
  const counts = countsOf(job);
  const outcomes = ['created', 'updated', 'unchanged', 'deleted', 'skipped', 'rejected'];
  const processed = outcomes.reduce((sum, outcome) => sum + (counts[outcome] ?? 0), 0);
  assert.equal(processed, job.parts[0]?.total, 'every record has one outcome');
}

function failureOf(job: Job): unknown {
  return { state: job.state, ...job.failure };
}
