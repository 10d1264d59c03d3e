/**
 * After the records: sequences that now stand behind the ids that the job brought, also where it was stopped midway. What stands behind is
 * noted before it is set, and that it was set afterwards: whoever dies in between is followed by one that finds the first note without the
 * second.
 */
import type { Pool } from 'pg';
import type { Collection, ColumnFacts } from '../../collections/collection.ts';
import type { Counts } from '../../core/counts.ts';
import { isAppError } from '../../core/errors.ts';
import type { ImportOptions, Job } from '../../core/job.ts';
import { noteOnceInTimeline, readTimeline } from '../../store/jobs/find-jobs.ts';
import type { SequenceState } from '../../targets/probes.ts';
import type { Target } from '../../targets/target.ts';

const BEHIND = 'sequence_behind';
const ADVANCED = 'sequence_advanced';

export interface SequenceTask {
  readonly pool: Pool;
  readonly job: Pick<Job, 'id' | 'kind' | 'options'>;
  readonly epoch: number;
  readonly part: number;
  readonly target: Target;
  readonly collection: Collection;
  /** Of the table's columns, where they are known. */
  readonly facts?: readonly ColumnFacts[];
  /** Those that the source has. */
  readonly fields: readonly string[];
  /** What has landed of the part. */
  readonly counts: Counts;
  readonly signal: AbortSignal;
}

/** Sets them where that is asked for, and notes in the timeline what was found. Idempotent. */
export async function settleSequences(task: SequenceTask): Promise<void> {
  const { job, counts, target } = task;
  // What an earlier job has left behind is advanced, too, where a record of this one found its row there already.
  const unchanged = isAsked(task) ? counts.unchanged : 0;
  if (job.kind !== 'import' || counts.created + counts.updated + unchanged === 0) return;
  if (target.settleSequences === undefined) return;
  try {
    const behind = await ask(task, false);
    await note(task, BEHIND, behind);
    if (isAsked(task)) await advance(task);
  } catch (error) {
    // The records that are written stay, whatever became of the table since.
    if (!isAppError(error, 'target.not_found')) throw error;
  }
}

function isAsked({ job }: SequenceTask): boolean {
  return (job.options as ImportOptions).advanceSequences === true;
}

async function advance(task: SequenceTask): Promise<void> {
  const states = await ask(task, true);
  const left = states.filter(({ isAdvanced }) => isAdvanced !== true);
  await note(task, BEHIND, left);
  const noted = await findNoted(task);
  await note(
    task,
    ADVANCED,
    noted.filter(({ sequence }) => !left.some((state) => state.sequence === sequence)),
  );
}

/** What was noted as behind, and nothing since. */
async function findNoted({ pool, job, part }: SequenceTask): Promise<readonly SequenceState[]> {
  const found = new Map<string, SequenceState>();
  for (const { event, detail } of await readTimeline(pool, job.id)) {
    const { part: of, ...state } = detail as unknown as SequenceState & { part: number };
    if (of !== part) continue;
    if (event === BEHIND) found.set(state.sequence, state);
    if (event === ADVANCED) found.delete(state.sequence);
  }
  return [...found.values()];
}

async function ask(task: SequenceTask, isAdvancing: boolean): Promise<readonly SequenceState[]> {
  const { job, epoch, target, collection, facts, fields, counts, signal } = task;
  // An update leaves the key as it is.
  const hasKeys = counts.created > 0 || isAsked(task);
  const written = collection.fields.filter(
    ({ name }) => fields.includes(name) && (hasKeys || !collection.key.includes(name)),
  );
  const columns = written.map(({ column }) => column).filter((column) => mayHaveSequence(facts, column));
  if (columns.length === 0) return [];
  const call = { jobId: job.id, epoch, signal };
  return (await target.settleSequences?.({ collection, columns, advance: isAdvancing }, call)) ?? [];
}

/** A sequence is what a column's default draws from. What is not known of the table is asked. */
function mayHaveSequence(facts: SequenceTask['facts'], column: string): boolean {
  return facts?.find((fact) => fact.column === column)?.hasDefault ?? true;
}

async function note(
  { pool, job, epoch, part }: SequenceTask,
  event: string,
  states: readonly SequenceState[],
): Promise<void> {
  for (const { isAdvanced: _, ...state } of states)
    await noteOnceInTimeline(pool, { jobId: job.id, epoch, event, detail: { part, ...state } });
}
