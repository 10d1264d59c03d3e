/**
 * The seekable form of a sheet: one line of JSON for each row that has a value, as `[row, cells, …]`. Each cell is a text whose first
 * character says what it is, or null; what is behind the last value of a row is left out.
 */
import type { SourceValue } from '../../../core/source-value.ts';

export interface SheetRow {
  /** As the sheet counts, from 1. */
  readonly row: number;
  /** Up to the last one with a value, those that are not kept included. */
  readonly width: number;
  readonly cells: readonly SourceValue[];
  /** Its values are not kept, for it has more bytes than a record may. */
  readonly isTooLong?: true;
}

const TAGS = {
  number: 'n',
  boolean: 'b',
  moment: 'd',
  duration: 'u',
  error: 'x',
  uncalculated: 'c',
  undated: 'z',
} as const;

type Tagged = keyof typeof TAGS;
const KINDS: ReadonlyMap<string, Tagged> = new Map(
  Object.entries(TAGS).map(([kind, tag]) => [tag, kind as Tagged]),
);
const TEXT = 's';
/** Number and what is shown for it, apart from each other by a space. */
const SHOWN = 'p';

export function encodeRow({ row, width, cells, isTooLong }: SheetRow): string {
  if (isTooLong) return `[${row},${width}]\n`;
  return `${JSON.stringify([row, width, ...cells.map(encodeCell)])}\n`;
}

function encodeCell(value: SourceValue): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return TEXT + value;
  const { kind, text, shown } = value;
  if (kind === 'number' && shown !== text && shown !== undefined) return `${SHOWN}${text} ${shown}`;
  return (TAGS[kind as Tagged] ?? TEXT) + text;
}

/** @param line as `encodeRow` has written it */
export function decodeRow(line: string): SheetRow {
  const [row, width, ...cells] = JSON.parse(line) as [number, number, ...(string | null)[]];
  if (cells.length === 0) return { row, width, cells: [], isTooLong: true };
  return { row, width, cells: cells.map(decodeCell) };
}

function decodeCell(cell: string | null): SourceValue {
  if (cell === null) return null;
  const text = cell.slice(1);
  const tag = cell.charAt(0);
  if (tag === TEXT) return text;
  if (tag === SHOWN) {
    const space = text.indexOf(' ');
    return { kind: 'number', text: text.slice(0, space), shown: text.slice(space + 1) };
  }
  const kind = KINDS.get(tag) ?? 'error';
  if (kind === 'boolean') return { kind, text, shown: text.toUpperCase() };
  // A number without a format of its own looks as it is written.
  return kind === 'number' ? { kind, text, shown: text } : { kind, text };
}
