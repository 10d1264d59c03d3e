/** After the records: sequences that now stand behind the ids that the job brought. */
import type { Counts } from '../../core/counts.ts';
import type { TargetWriter } from '../../targets/target.ts';
import type { Attempt } from '../attempt.ts';
import type { IndexedPlan } from './index-step.ts';

/** Sets them where that is asked for, and notes in the timeline what was found. After a crash it is done again, and finds what is left. */
export async function settleSequences(
  attempt: Attempt,
  { part, options, collection, fields }: IndexedPlan,
  writer: TargetWriter,
  { created, updated }: Counts,
): Promise<void> {
  if (attempt.job.kind !== 'import' || created + updated === 0) return;
  // An update leaves the key as it is.
  const written = collection.fields.filter(
    ({ name }) => fields.includes(name) && (created > 0 || !collection.key.includes(name)),
  );
  const columns = written.map(({ column }) => column);
  const states = await writer.settleSequences?.({ columns, advance: options.advanceSequences === true });
  for (const { isAdvanced, ...state } of states ?? []) {
    const event = isAdvanced === true ? 'sequence_advanced' : 'sequence_behind';
    await attempt.note(event, { part: part.part, ...state });
  }
}
