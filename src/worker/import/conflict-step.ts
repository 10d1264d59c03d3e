/**
 * The conflict pass, made only where the target has unique indexes beside the key: which records have a value there that another record of
 * the file, or another row of the target, has. It runs over the whole file before anything is written, for a validation as for an import,
 * so that the verdict on a record does not depend on what earlier chunks have written by then.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuplicateFinder } from '../../formats/duplicates/duplicate-finder.ts';
import { writeLosers } from '../../formats/duplicates/write-losers.ts';
import type { TargetWriter } from '../../targets/target.ts';
import type { Attempt } from '../attempt.ts';
import type { WorkerDependencies } from '../dependencies.ts';
import type { ImportDependencies } from './import-plan.ts';
import { type IndexedPlan, losersPath, shapeTask, sourceTask } from './index-step.ts';
import { startReading } from './reading/reading.ts';
import type { ConflictFiles, ReadTask } from './reading/task.ts';

const PROBE_RECORDS = 5000;

/** @returns nothing to look at where no unique index is beside the key */
export async function conflictStep(
  deps: ImportDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  openWriter: () => Promise<TargetWriter>,
): Promise<readonly ConflictFiles[]> {
  if (plan.options.mode === 'delete' || plan.facts.secondaryUniques.length === 0) return [];
  const files = plan.facts.secondaryUniques.map((constraint, unique) => ({
    constraint,
    duplicatesPath: join(plan.workDir, `conflicts-${unique}-duplicates`),
    takenPath: join(plan.workDir, `conflicts-${unique}-taken`),
  }));
  // The outcome is kept: after a crash the target is no longer what it was when the job began.
  if (files.every((file) => existsSync(file.duplicatesPath) && existsSync(file.takenPath))) return files;
  await attempt.enter('checking', plan.index.records);
  await mkdir(plan.workDir, { recursive: true, mode: 0o700 });
  // A writer of its own: what it stages is never written and gets no number in the ledger.
  const writer = await openWriter();
  try {
    await probe(deps, attempt, plan, writer, files);
  } finally {
    await writer.close();
  }
  return files;
}

async function probe(
  deps: ImportDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  writer: TargetWriter,
  files: readonly ConflictFiles[],
): Promise<void> {
  const finders = files.map(
    ({ duplicatesPath }) => new DuplicateFinder({ path: duplicatesPath, policy: 'first', seed: plan.seed }),
  );
  const taken = files.map((file) => writeLosers(file.takenPath));
  const reading = startReading(deps.threads, readTask(deps, plan), {
    maxRecords: PROBE_RECORDS,
    signal: attempt.boundary,
  });
  try {
    for (let chunk = await reading.next(); chunk !== undefined; chunk = await reading.next()) {
      const staged = await writer.stage(chunk, attempt.signal);
      for (const found of await writer.probeUniques(staged, attempt.signal)) {
        if (found.hash !== undefined) finders[found.unique]?.add(found.record, found.hash);
        if (found.isTaken) taken[found.unique]?.add(found.record, 0);
      }
      attempt.advance(chunk.lastRecord);
    }
    for (const finder of finders) await finder.finish();
    for (const file of taken) file.finish();
  } catch (error) {
    for (const finder of finders) finder.discard();
    throw error;
  } finally {
    await reading.close();
  }
}

/** From the first record on, as far as the key passes have got. */
function readTask(deps: WorkerDependencies, plan: IndexedPlan): ReadTask {
  return {
    type: 'read',
    source: sourceTask(deps, plan),
    shape: shapeTask(deps, plan),
    sourceFields: plan.index.fields,
    needsRows: true,
    records: plan.index.records,
    position: { byte: 0, line: 1, record: 1 },
    ...(plan.collection.key.length > 0 && {
      losers: { path: losersPath(plan), policy: plan.options.duplicates },
    }),
  };
}
