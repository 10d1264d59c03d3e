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

/**
 * @param openWriter opens a writer of the pass's own, which is closed at the end
 * @param losers what is known by now about records that lose to others: they are not staged
 * @param look is given each chunk, which has to be forgotten by then
 */
export async function stageAll(
  deps: ImportDependencies,
  attempt: Attempt,
  plan: IndexedPlan,
  openWriter: () => Promise<TargetWriter>,
  losers: ReadTask['losers'],
  look: (writer: TargetWriter, staged: StagedChunk) => Promise<void>,
): Promise<void> {
  attempt.enter('checking', plan.index.records);
  await mkdir(plan.workDir, { recursive: true, mode: 0o700 });
  const writer = await openWriter();
  const disarm = interruptOnWish(attempt, writer);
  try {
    const task = readTask(deps, plan, losers);
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
  } finally {
    disarm();
    await writer.close();
  }
}

/** From the first record on, as far as the key passes have got. */
function readTask(deps: ImportDependencies, plan: IndexedPlan, losers: ReadTask['losers']): ReadTask {
  return {
    type: 'read',
    source: sourceTask(deps, plan),
    shape: shapeTask(deps, plan),
    sourceFields: plan.index.fields,
    needsRows: true,
    records: plan.index.records,
    position: { byte: 0, line: 1, record: 1 },
    ...(losers !== undefined && { losers }),
  };
}
