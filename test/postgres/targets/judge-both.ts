/** A validation and an import of the same rows, which must say the same. */
import assert from 'node:assert/strict';
import type { Collection } from '../../../src/collections/collection.ts';
import { isAppError } from '../../../src/core/errors.ts';
import type { Issue } from '../../../src/core/issue.ts';
import {
  chunkOf,
  type JobOptions,
  type JobResult,
  NEVER,
  nonZero,
  openWriter,
  type Row,
  runJob,
  type TargetBench,
} from './target-harness.ts';

/** @returns the issues that both have found; with atomicity `all` a rejected record keeps all from being written */
export async function judgeBoth(
  { target }: TargetBench,
  collection: Collection,
  rows: readonly Row[],
  options: Partial<JobOptions> = {},
): Promise<readonly Issue[]> {
  const job = { collection, ...options };
  await probeAll({ target } as TargetBench, job, rows);
  const validation = await runJob(target, { ...job, kind: 'validation', effects: true }, [chunkOf(rows)]);
  const imported = await issuesOfImport(target, job, rows);
  assert.deepEqual(imported.issues, validation.issues);
  if (options.atomicity !== 'all') assert.deepEqual(nonZero(imported.counts), nonZero(validation.counts));
  return imported.issues;
}

/** What the passes over a file ask before the first record is written; here only that it can be asked. */
async function probeAll({ target }: TargetBench, job: JobOptions, rows: readonly Row[]): Promise<void> {
  const writer = await openWriter(target, job);
  try {
    if (job.collection.key.length > 0)
      await writer.probeKeys(await writer.stage(chunkOf(rows), NEVER), NEVER);
    await writer.probeUniques(await writer.stage(chunkOf(rows), NEVER), NEVER);
  } finally {
    await writer.close();
  }
}

async function issuesOfImport(
  target: TargetBench['target'],
  job: JobOptions,
  rows: readonly Row[],
): Promise<Pick<JobResult, 'issues' | 'counts'>> {
  if (job.atomicity !== 'all') return runJob(target, job, [chunkOf(rows)]);
  const writer = await openWriter(target, job);
  try {
    const { issues, counts } = await writer.write(await writer.stage(chunkOf(rows), NEVER), NEVER);
    const refusal = await writer.commit(NEVER).catch((error: unknown) => error);
    assert.equal(isAppError(refusal, 'job.not_all_accepted'), counts.rejected > 0, String(refusal));
    return { issues, counts };
  } finally {
    await writer.close();
  }
}
