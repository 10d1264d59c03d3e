/**
 * Where the header of a CSV source is: known by the names that are expected there, else guessed from how its rows look. Rows above it are
 * titles and comments, which are not records.
 */
import { columnNames } from '../csv/header-names.ts';
import type { SourceRecord, SourceValue } from '../format.ts';
import { type HeaderFinding, sniffHeader } from './sniff-header.ts';

/** What is expected of a source: how many different fields these names lead to. */
export type Recognise = (names: readonly string[]) => number;

export interface FoundHeader extends HeaderFinding {
  /** Lines before the header. */
  readonly skipLines: number;
  /** Why; set where there are some. */
  readonly skipEvidence?: string;
}

/** Records among which the header is looked for. */
export const MAX_ROWS_ABOVE = 50;

export interface HeaderSearch {
  /** Fields that most records have. */
  readonly width: number;
  /** Rows above the header that may be no records: 0, or `MAX_ROWS_ABOVE`. */
  readonly maxRowsAbove: number;
  readonly recognise?: Recognise;
}

/** @param records the first ones, read as if there were no header */
export function findHeader(records: readonly SourceRecord[], search: HeaderSearch): FoundHeader {
  const { width, maxRowsAbove } = search;
  const known = findKnown(records, search);
  if (known !== undefined) return known;
  const above = countTitles(records, width, maxRowsAbove);
  const rows = records.map((record) => record.values);
  const below = sniffHeader(rows.slice(above));
  if (above === 0 || !below.hasHeader) return { ...sniffHeader(rows), skipLines: 0 };
  const line = records[above]?.line ?? 1;
  return {
    ...below,
    skipLines: line - 1,
    skipEvidence: `the lines above line ${line} have less in them than the records`,
  };
}

/** The most fields that a row which may be the header has the names of; below the first one, a single name may as well be a value. */
export function countKnown(records: readonly SourceRecord[], recognise: Recognise): number {
  const [first = 0, ...later] = records
    .slice(0, MAX_ROWS_ABOVE + 1)
    .map(({ values }) => recognise(namesOf(values)));
  return Math.max(first, ...later.filter((count) => count > 1));
}

/** A source is read so that it has the most of the fields that are expected; undefined where it has none either way. */
function findKnown(
  records: readonly SourceRecord[],
  { width, maxRowsAbove, recognise }: HeaderSearch,
): FoundHeader | undefined {
  if (recognise === undefined) return undefined;
  const withoutHeader = recognise(columnNames(width));
  const found = records.slice(0, maxRowsAbove + 1).map(({ values }) => recognise(namesOf(values)));
  const [first = 0] = found;
  const best = findBest(records, found, withoutHeader);
  if (best > 0) {
    const line = records[best]?.line ?? 1;
    const evidence = `line ${line} has the names of ${found[best]} fields`;
    return { hasHeader: true, evidence, skipLines: line - 1, skipEvidence: evidence };
  }
  if (first === 0 && withoutHeader === 0) return undefined;
  return first >= withoutHeader
    ? { hasHeader: true, evidence: `the first row has the names of ${first} fields`, skipLines: 0 }
    : {
        hasHeader: false,
        evidence: `${withoutHeader} fields are called as columns without a header are`,
        skipLines: 0,
      };
}

/**
 * Row of the header; 0 unless a later one is plainly it: names for most of its cells, more than the first row has, and at least two, so
 * that a value which happens to be a name is never taken for one.
 */
function findBest(records: readonly SourceRecord[], found: readonly number[], withoutHeader: number): number {
  const [first = 0] = found;
  const best = found.indexOf(Math.max(...found));
  const count = found[best] ?? 0;
  const cells = filledCells(records[best]?.values ?? []);
  const isFirstTitle = first === 0 || filledCells(records[0]?.values ?? []) === 1;
  return isFirstTitle && count > Math.max(1, withoutHeader) && 2 * count >= cells ? best : 0;
}

function namesOf(values: readonly SourceValue[]): string[] {
  return values.map(cellText);
}

/**
 * Rows at the top that look like titles or comments: fewer cells than the records have, the first of them at most half as many.
 * A row that is short of one cell may as well be a header over columns that it does not name.
 */
export function countTitles(records: readonly SourceRecord[], width: number, maxRows: number): number {
  const usual = usualCells(records);
  const first = records[0];
  if (width < 2 || usual < 2 || first === undefined) return 0;
  const isTitle = (record: SourceRecord) => filledCells(record.values) < usual;
  const isNamed = first.values.length === width && width - filledCells(first.values) < 2;
  if (isNamed || 2 * filledCells(first.values) > usual) return 0;
  const rows = records.slice(0, maxRows + 1);
  const header = rows.findIndex((record) => !isTitle(record) && record.values.length === width);
  return header === -1 || header + 1 >= records.length ? 0 : header;
}

/** The number of filled cells that most records have. */
function usualCells(records: readonly SourceRecord[]): number {
  const counts = new Map<number, number>();
  for (const { values } of records) {
    const filled = filledCells(values);
    counts.set(filled, (counts.get(filled) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0] ?? 0;
}

function filledCells(values: readonly SourceValue[]): number {
  return values.filter((value) => cellText(value).trim() !== '').length;
}

/** What a person sees in the cell. */
function cellText(value: SourceValue): string {
  return typeof value === 'string' ? value : (value?.shown ?? value?.text ?? '');
}
