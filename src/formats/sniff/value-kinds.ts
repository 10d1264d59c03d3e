/** What a cell looks like, and the cells of a column. */
import type { SourceValue } from '../format.ts';

export type Kind = 'empty' | 'number' | 'signed number' | 'percentage' | 'date' | 'boolean' | 'text';

/** The kind that nearly all cells of a column have which are not empty. */
export function columnKind(rows: readonly (readonly SourceValue[])[], column: number): Kind {
  const kinds = rows.map((row) => kindOf(row[column])).filter((kind) => kind !== 'empty');
  const [first] = kinds;
  if (first === undefined) return 'empty';
  const share = kinds.filter((kind) => kind === first).length / kinds.length;
  return share >= 0.9 ? first : kinds.every(isNumeric) ? 'number' : 'text';
}

export function isTyped(kind: Kind): boolean {
  return kind !== 'empty' && kind !== 'text';
}

function isNumeric(kind: Kind): boolean {
  return kind === 'number' || kind === 'signed number';
}

/** Of cells that are no text. */
const CELL_KINDS: Readonly<Partial<Record<string, Kind>>> = {
  number: 'number',
  boolean: 'boolean',
  moment: 'date',
};

export function kindOf(value: SourceValue): Kind {
  if (typeof value === 'object' && value !== null) return CELL_KINDS[value.kind] ?? 'text';
  if (typeof value !== 'string' || value.trim() === '') return 'empty';
  if (/^[+-]?(?:\d[\d.,' ]*|[.,]\d+)(?:[eE][+-]?\d+)? ?%?$/.test(value)) {
    if (value.endsWith('%')) return 'percentage';
    return value.startsWith('+') ? 'signed number' : 'number';
  }
  if (/^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ].*)?$/.test(value)) return 'date';
  return /^(?:true|false|yes|no)$/i.test(value) ? 'boolean' : 'text';
}
