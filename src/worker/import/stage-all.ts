/** Stages a whole source, for the passes over it that only ask the database: nothing is written, nothing gets a number in the ledger. */
import { mkdir } from 'node:fs/promises';
import type { StagedChunk, TargetWriter } from '../../targets/target.ts';
import type { Attempt } from '../attempt.ts';
import type { ImportDependencies } from './import-plan.ts';
import { type IndexedPlan, shapeTask, sourceTask } from './index-step.ts';
import { interruptOnWish } from './interrupt-on-wish.ts';
import { startReading } from './reading/reading.ts';
import type { ReadTask } from './reading/task.ts';

const PROBE_RECORDS = 5000;

export interface StageAll {
  /** Opens a writer of the pass's own, which is closed at the end. */
  readonly openWriter: () => Promise<TargetWriter>;
  /** What is known by now: records that are rejected for it are not staged. */
  readonly verdicts: Pick<ReadTask, 'conflicts' | 'keepRejectedValues'> & { losers: ReadTask['losers'] };
  /** Is given each chunk, which has to be forgotten by then. */
  readonly look: (writer: TargetWriter, staged: StagedChunk) => Promise<void>;
  /** After the last. */
  readonly end?: (writer: TargetWriter) => Promise<void>;
}

export async function stageAll(
  deps: ImportDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  { openWriter, verdicts, look, end }: StageAll,
): Promise<void> {
  attempt.enter('checking', plan.index.records);
  await mkdir(plan.workDir, { recursive: true, mode: 0o700 });
  const writer = await openWriter();
  const disarm = interruptOnWish(attempt, writer);
  try {
    const task = readTask(deps, plan, verdicts);
    const reading = startReading(deps.threads, task, { maxRecords: PROBE_RECORDS, signal: attempt.boundary });
    try {
      for (let chunk = await reading.next(); chunk !== undefined; chunk = await reading.next()) {
        await look(writer, await writer.stage(chunk, attempt.signal));
        reading.giveBack(chunk);
        attempt.advance(chunk.lastRecord);
      }
    } finally {
      await reading.close();
    }
    await end?.(writer);
  } finally {
    disarm();
    await writer.close();
  }
}

/** From the first record on, as far as the passes before have got. */
function readTask(deps: ImportDependencies, plan: IndexedPlan, verdicts: StageAll['verdicts']): ReadTask {
  const { losers, ...others } = verdicts;
  return {
    type: 'read',
    source: sourceTask(deps, plan),
    shape: shapeTask(deps, plan),
    sourceFields: plan.index.fields,
    needsRows: true,
    records: plan.index.records,
    position: { byte: 0, line: 1, record: 1 },
    ...others,
    ...(losers !== undefined && { losers }),
  };
}
