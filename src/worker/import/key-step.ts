/**
 * The key pass, made only where the key's index is over expressions: which records have the same key then only the database can tell, for
 * `ann@x` and `ANN@x` are one under `lower(email)`. It runs over the whole file before anything is written, for a validation as for an
 * import, and adds to what the index pass has found by the fields' own text.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DuplicateFinder } from '../../formats/duplicates/duplicate-finder.ts';
import type { TargetWriter } from '../../targets/target.ts';
import type { Attempt } from '../attempt.ts';
import type { ImportDependencies } from './import-plan.ts';
import { type IndexedPlan, losersPath } from './index-step.ts';
import type { ReadTask } from './reading/task.ts';
import { stageAll } from './stage-all.ts';

/** @returns the records that lose to another of the same key; undefined for a collection without key */
export async function keyStep(
  deps: ImportDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  openWriter: () => Promise<TargetWriter>,
): Promise<ReadTask['losers']> {
  if (plan.collection.key.length === 0) return undefined;
  const policy = plan.options.duplicates;
  const byText = { paths: plan.index.losers === 0 ? [] : [losersPath(plan)], policy };
  if (!plan.facts.keyIsComputed) return byText;
  const path = join(plan.workDir, 'computed-losers');
  // The outcome is kept: after a crash it must be what it was.
  if (!existsSync(path)) {
    const finder = new DuplicateFinder({ path, policy, seed: plan.seed });
    try {
      await stageAll(deps, attempt, plan, {
        openWriter,
        verdicts: { losers: byText },
        look: async (writer, staged) => {
          for (const { record, hash } of await writer.probeKeys(staged, attempt.signal)) {
            if (hash !== undefined) finder.add(record, hash);
          }
        },
      });
      await finder.finish();
    } catch (error) {
      finder.discard();
      throw error;
    }
  }
  return { paths: [...byText.paths, path], policy };
}
