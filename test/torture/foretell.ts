/**
 * The oracle: what an import must do, computed from the records, what the table held before, and what the documentation promises. It
 * imports nothing of Waybill.
 */
import { FIELDS, type Field, type SentRecord } from './records.ts';

/** Values in the order of `FIELDS` without the key, as PostgreSQL writes them. */
export type Row = readonly (string | null)[];
/** Rows by their key. */
export type Table = ReadonlyMap<string, Row>;

export interface ImportWish {
  readonly mode: 'insert' | 'update' | 'upsert' | 'delete' | 'replace';
  readonly duplicates: 'error' | 'first' | 'last';
  readonly atomicity: 'chunk' | 'all';
  readonly replaceDespiteErrors: boolean;
  readonly maxErrors?: number;
}

export interface Fate {
  readonly outcome: 'created' | 'updated' | 'unchanged' | 'deleted' | 'skipped' | 'rejected';
  /** Codes that must be among the record's issues. */
  readonly codes: readonly string[];
  /** What the table has under the record's key afterwards; absent: what it had. */
  readonly row?: Row | 'gone';
}

export const VALUE_FIELDS = FIELDS.filter((field) => field !== 'id');

/** The fate of each record, in the order of the file. Each depends on the whole file, and on no chunk. */
export function foretell(before: Table, records: readonly SentRecord[], wish: ImportWish): readonly Fate[] {
  const counting = recordsThatCount(records, wish.duplicates);
  const fates = records.map((record, at) =>
    fateOf(before, record, counting.get(keyOf(record) ?? '') ?? at, at, wish),
  );
  return fates;
}

/** Undefined: the record's key is not readable. */
export function keyOf({ cells, defects }: SentRecord): string | undefined {
  return defects.id === undefined ? (cells.id ?? undefined) : undefined;
}

/** Which record of a key counts is decided by the file alone, whatever else is wrong with it. */
function recordsThatCount(
  records: readonly SentRecord[],
  policy: ImportWish['duplicates'],
): Map<string, number> {
  const counting = new Map<string, number>();
  for (const [at, record] of records.entries()) {
    const key = keyOf(record);
    if (key !== undefined && (policy === 'last' || !counting.has(key))) counting.set(key, at);
  }
  return counting;
}

function fateOf(before: Table, record: SentRecord, counting: number, at: number, wish: ImportWish): Fate {
  const codes = Object.values(record.defects);
  if (counting !== at) {
    if (wish.duplicates !== 'error') return { outcome: 'skipped', codes: [] };
    // What is refused by the file alone is not held against the database as well.
    const ofFile = codes.filter((code) => code !== 'reference.not_found');
    return { outcome: 'rejected', codes: [...ofFile, 'key.duplicate'] };
  }
  if (codes.length > 0) return { outcome: 'rejected', codes };
  const old = before.get(keyOf(record) ?? '');
  const { mode } = wish;
  if (old === undefined && (mode === 'update' || mode === 'delete')) {
    return { outcome: 'rejected', codes: ['key.not_found'] };
  }
  if (old !== undefined && mode === 'insert') return { outcome: 'rejected', codes: ['key.exists'] };
  if (mode === 'delete') return { outcome: 'deleted', codes, row: 'gone' };
  const row = mergeRow(old, record);
  if (old === undefined) return { outcome: 'created', codes, row };
  return { outcome: isSameRow(old, row) ? 'unchanged' : 'updated', codes, row };
}

/** Absent is not null: a field that the record does not have keeps what is there. */
function mergeRow(old: Row | undefined, { cells }: SentRecord): Row {
  return VALUE_FIELDS.map((field: Field, at) => {
    const cell = cells[field];
    return cell === undefined ? (old?.[at] ?? null) : cell;
  });
}

export function isSameRow(one: Row, other: Row): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at]);
}

/** The table after the first records have landed, as many as there are fates. */
export function applyFates(
  before: Table,
  records: readonly SentRecord[],
  fates: readonly Fate[],
): Map<string, Row> {
  const table = new Map(before);
  for (const [at, { row }] of fates.entries()) {
    const key = keyOf(records[at] as SentRecord);
    if (row === undefined || key === undefined) continue;
    if (row === 'gone') table.delete(key);
    else table.set(key, row);
  }
  return table;
}

/** Mode replace, once all is in: keys that no record has named, not even a refused one. */
export function keysToRemove(before: Table, records: readonly SentRecord[]): readonly string[] {
  const named = new Set(records.map(keyOf));
  return [...before.keys()].filter((key) => !named.has(key));
}

export type Outcomes = Readonly<Record<Fate['outcome'] | 'removed', number>>;

export function countOutcomes(fates: readonly Fate[], removed = 0): Outcomes {
  const counts = { created: 0, updated: 0, unchanged: 0, deleted: 0, skipped: 0, rejected: 0, removed };
  for (const { outcome } of fates) counts[outcome] += 1;
  return counts;
}
