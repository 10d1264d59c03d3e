/**
 * The conflict pass, made only where the target has unique indexes or exclusion constraints beside the key: which records have a value there that another record of
 * the file, or another row of the target, has. It runs over the whole file before anything is written, for a validation as for an import,
 * so that the verdict on a record does not depend on what earlier chunks have written by then.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DuplicateFinder } from '../../formats/duplicates/duplicate-finder.ts';
import { type LoserWriter, writeLosers } from '../../formats/duplicates/write-losers.ts';
import type { TargetWriter } from '../../targets/target.ts';
import type { Attempt } from '../attempt.ts';
import type { ImportDependencies } from './import-plan.ts';
import type { IndexedPlan } from './index-step.ts';
import type { ConflictFiles, ReadTask } from './reading/task.ts';
import { stageAll } from './stage-all.ts';

export interface ConflictInput {
  readonly openWriter: () => Promise<TargetWriter>;
  /** What the passes for the key have found. */
  readonly losers: ReadTask['losers'];
}

/** @returns nothing to look at where no unique index is beside the key */
export async function conflictStep(
  deps: ImportDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  input: ConflictInput,
): Promise<readonly ConflictFiles[]> {
  const { secondaryUniques, exclusions = [] } = plan.facts;
  const rules = [...secondaryUniques, ...exclusions];
  if (plan.options.mode === 'delete' || rules.length === 0) return [];
  const files = rules.map((constraint, unique) => ({
    constraint,
    isExclusion: unique >= secondaryUniques.length,
    duplicatesPath: join(plan.workDir, `conflicts-${unique}-duplicates`),
    takenPath: join(plan.workDir, `conflicts-${unique}-taken`),
  }));
  // The outcome is kept: after a crash the target is no longer what it was when the job began.
  if (files.every((file) => existsSync(file.duplicatesPath) && existsSync(file.takenPath))) return files;
  await probe(deps, attempt, plan, input, files);
  return files;
}

async function probe(
  deps: ImportDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  { openWriter, losers }: ConflictInput,
  files: readonly ConflictFiles[],
): Promise<void> {
  // Each has buffers of its own, and most of many (a table's partitions may have one each) never see a value.
  const finders = new Map<number, DuplicateFinder>();
  const finderOf = (unique: number, { duplicatesPath: path }: ConflictFiles) => {
    const finder = finders.get(unique) ?? new DuplicateFinder({ path, policy: 'first', seed: plan.seed });
    finders.set(unique, finder);
    return finder;
  };
  const taken = files.map((file) => writeLosers(file.takenPath));
  try {
    await stageAll(deps, attempt, plan, {
      openWriter,
      verdicts: { losers },
      look: async (writer, staged) => {
        for (const found of await writer.probeUniques(staged, attempt.signal)) {
          const file = files[found.unique];
          if (file !== undefined && found.hash !== undefined)
            finderOf(found.unique, file).add(found.record, found.hash);
          if (found.isTaken) taken[found.unique]?.add(found.record, 0);
        }
      },
      end: async (writer) => {
        for (const [unique, file] of taken.entries()) await writeTaken(writer, unique, file, attempt.signal);
      },
    });
    for (const [unique, { duplicatesPath }] of files.entries()) {
      const finder = finders.get(unique);
      if (finder === undefined) writeLosers(duplicatesPath).finish();
      else await finder.finish();
    }
    for (const file of taken) file.finish();
  } catch (error) {
    for (const finder of finders.values()) finder.discard();
    throw error;
  }
}

/** What only the whole file could tell. */
async function writeTaken(
  writer: TargetWriter,
  unique: number,
  file: LoserWriter,
  signal: AbortSignal,
): Promise<void> {
  for (let after = 0; ; ) {
    const records = (await writer.takenUniques?.(unique, after, signal)) ?? [];
    for (const record of records) file.add(record, 0);
    const last = records.at(-1);
    if (last === undefined) return;
    after = last;
  }
}
