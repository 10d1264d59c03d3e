/** What a job says of sequences that its ids have left behind: the next insert without an id would fail, and nobody would know why. */
import { visibleText } from '../../core/visible-text.ts';
import type { WireTimelineEntry } from '../../sdk/wire.ts';

/** The last word on each sequence counts: several parts, or attempts, may have looked at it. */
export function renderSequences(timeline: readonly WireTimelineEntry[] = []): string[] {
  const lines = new Map<string, string>();
  for (const { event, detail = {} } of timeline) {
    if (event !== 'sequence_behind' && event !== 'sequence_advanced') continue;
    const text = (name: string) => visibleText(String(detail[name]));
    const sequence = text('sequence');
    const behind = `its next number was ${text('next')}, and ${text('column')} has ${text('farthest')}`;
    if (event === 'sequence_advanced') {
      lines.set(sequence, `  Sequence ${sequence} was advanced: ${behind}`);
      continue;
    }
    const why = detail['reason'] === undefined ? '' : ` It could not be advanced: ${text('reason')}.`;
    const how = detail['reason'] === undefined ? '; or import with --advance-sequences' : '';
    lines.set(
      sequence,
      `  Sequence ${sequence} stands behind: ${behind}, so inserts without ${text('column')} will fail.${why}\n    Set it: ${text('statement')}${how}`,
    );
  }
  return [...lines.values()];
}
