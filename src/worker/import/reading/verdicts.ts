/** What the passes over the whole file found about single records, walked beside the reader. */
import { LoserCursor } from '../../../formats/duplicates/loser-cursor.ts';
import type { Objection, Verdicts } from './chunk-builder.ts';
import type { ReadTask, ReferenceFile } from './task.ts';

interface Walk {
  readonly cursor: LoserCursor;
  readonly objection: (winner: number) => Objection;
}

/** @throws Error when a pass's file is missing: the caller makes the pass again before it reads */
export function openVerdicts(
  task: Pick<ReadTask, 'losers' | 'conflicts' | 'references'>,
  fromRecord: number,
): Verdicts & { close(): void } {
  const losers = (task.losers?.paths ?? []).map((path) => open(path, fromRecord));
  const isSkipped = task.losers !== undefined && task.losers.policy !== 'error';
  const walks: Walk[] = [];
  if (!isSkipped) {
    const objection: Walk['objection'] = (other) => ({ code: 'key.duplicate', params: { other } });
    walks.push(...losers.map((cursor) => ({ cursor, objection })));
  }
  for (const { constraint, isExclusion, duplicatesPath, takenPath } of task.conflicts ?? []) {
    const kind = isExclusion ? 'exclusion' : 'unique';
    walks.push({
      cursor: open(duplicatesPath, fromRecord),
      objection: (other) => ({ code: `${kind}.duplicate`, params: { constraint, other } }),
    });
    walks.push({
      cursor: open(takenPath, fromRecord),
      objection: () => ({ code: `${kind}.conflict`, params: { constraint } }),
    });
  }
  if (task.references !== undefined) {
    const { path, references } = task.references;
    walks.push({ cursor: open(path, fromRecord), objection: (found) => missingReference(references, found) });
  }
  return {
    of(record) {
      if (isSkipped && losers.some((cursor) => cursor.findWinner(record) !== undefined)) return 'skip';
      let objections: Objection[] | undefined;
      for (const { cursor, objection } of walks) {
        const winner = cursor.findWinner(record);
        if (winner !== undefined) (objections ??= []).push(objection(winner));
      }
      return objections;
    },
    close() {
      if (isSkipped) for (const cursor of losers) cursor.close();
      for (const { cursor } of walks) cursor.close();
    },
  };
}

/** As `ReferenceFile` has it. */
function missingReference(references: ReferenceFile['references'], found: number): Objection {
  const reference = references[Math.floor(found / 2)];
  if (reference === undefined) throw new Error('a reference was found that the table does not have');
  const { constraint, table, toField, field } = reference;
  return {
    code: found % 2 === 0 ? 'reference.not_found' : 'reference.rejected',
    params: { collection: table, field: toField, ...(constraint !== undefined && { constraint }) },
    ...(field !== undefined && { field }),
  };
}

function open(path: string, fromRecord: number): LoserCursor {
  const cursor = LoserCursor.open(path, fromRecord);
  if (cursor === undefined) throw new Error(`the verdicts in ${path} are missing`);
  return cursor;
}
