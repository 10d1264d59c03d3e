/**
 * The reference pass, made only where the target has foreign keys to itself: which records refer to one that is neither in the target nor in
 * the file. It runs over the whole file before anything is written, for a validation as for an import, so that neither the order of the
 * records nor the chunks decide.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeLosers } from '../../formats/duplicates/write-losers.ts';
import type { TargetWriter } from '../../targets/target.ts';
import type { Attempt } from '../attempt.ts';
import type { ImportDependencies } from './import-plan.ts';
import type { IndexedPlan } from './index-step.ts';
import type { ConflictFiles, ReadTask, ReferenceFile } from './reading/task.ts';
import { stageAll } from './stage-all.ts';

export interface ReferenceInput {
  readonly openWriter: () => Promise<TargetWriter>;
  /** What the passes before have found. */
  readonly losers: ReadTask['losers'];
  readonly conflicts: readonly ConflictFiles[];
}

/** @returns undefined where there is nothing to look at */
export async function referenceStep(
  deps: ImportDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  { openWriter, losers, conflicts }: ReferenceInput,
): Promise<ReferenceFile | undefined> {
  const { selfReferences = [] } = plan.facts;
  if (plan.options.mode === 'delete' || selfReferences.length === 0) return undefined;
  const file = { path: join(plan.workDir, 'missing-references'), references: selfReferences };
  // The outcome is kept: after a crash the target is no longer what it was when the job began.
  if (existsSync(file.path)) return file;
  const referredFields = [...new Set(selfReferences.flatMap(({ toFields }) => toFields))];
  const missing = writeLosers(file.path);
  try {
    await stageAll(deps, attempt, plan, {
      openWriter,
      verdicts: { losers, conflicts, keepRejectedValues: referredFields },
      look: async (writer, staged) => writer.probeReferences?.(staged, attempt.signal),
      end: (writer) => writeMissing(writer, missing, attempt.signal),
    });
    missing.finish();
  } catch (error) {
    missing.discard();
    throw error;
  }
  return file;
}

async function writeMissing(
  writer: TargetWriter,
  file: ReturnType<typeof writeLosers>,
  signal: AbortSignal,
): Promise<void> {
  for (let after = 0; ; ) {
    const batch = (await writer.missingReferences?.(after, signal)) ?? [];
    for (const { record, reference, isRejected } of batch)
      file.add(record, reference * 2 + Number(isRejected));
    const last = batch.at(-1);
    if (last === undefined) return;
    after = last.record;
  }
}
