/** What a job says of rows that mode `replace` should have deleted, and that a trigger or policy kept. */
import { amountOf } from '../../core/amount.ts';
import type { WireTimelineEntry } from '../../sdk/wire.ts';

/** The last word on each part counts: several attempts may have looked. */
export function renderKeptRows(timeline: readonly WireTimelineEntry[] = []): string[] {
  const lines = new Map<unknown, string>();
  for (const { event, detail = {} } of timeline) {
    if (event !== 'rows_kept') continue;
    const rows = Number(detail['rows']);
    lines.set(
      detail['part'],
      `  ${amountOf(rows, 'row')} that the file does not name ${rows === 1 ? 'is' : 'are'} still there: a trigger or policy of the table kept ${rows === 1 ? 'it' : 'them'}`,
    );
  }
  return [...lines.values()];
}
