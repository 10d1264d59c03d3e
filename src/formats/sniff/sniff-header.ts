import type { SourceValue } from '../format.ts';

type Row = readonly SourceValue[];
type Kind = 'empty' | 'number' | 'date' | 'boolean' | 'text';

export interface HeaderFinding {
  readonly hasHeader: boolean;
  readonly evidence: string;
  /** The rows would look the same if it were otherwise. Default false. */
  readonly isGuess?: boolean;
}

/** Tells whether the first row names the columns: whether it looks unlike the rows below it. */
export function sniffHeader(rows: readonly Row[]): HeaderFinding {
  const [first, ...others] = rows;
  if (first === undefined) return { hasHeader: true, evidence: 'there are no records to compare with' };
  const kinds = first.map((value) => kindOf(value));
  const contrast = kinds.findIndex((kind, i) => kind === 'text' && isTyped(columnKind(others, i)));
  if (contrast !== -1) {
    const evidence = `column ${contrast + 1} holds ${columnKind(others, contrast)}s below the text ${JSON.stringify(first[contrast])}`;
    return { hasHeader: true, evidence };
  }
  const typed = kinds.findIndex(isTyped);
  if (typed !== -1)
    return { hasHeader: false, evidence: `the first row has a ${kinds[typed]} in column ${typed + 1}` };
  // R writes no name above its row names, and spreadsheets none above a column that is empty all the way down.
  const gap = kinds.findIndex((kind, i) => kind === 'empty' && i > 0 && columnKind(others, i) !== 'empty');
  if (gap !== -1) {
    const evidence = `the first row has an empty cell in column ${gap + 1}, the rows below have values there`;
    return { hasHeader: false, evidence, isGuess: true };
  }
  if (new Set(first).size < first.length)
    return { hasHeader: false, evidence: 'the first row has equal cells', isGuess: true };
  const repeated = first.findIndex((value, i) => others.some((row) => row[i] === value));
  if (repeated !== -1) {
    return {
      hasHeader: false,
      evidence: `${JSON.stringify(first[repeated])} occurs again in column ${repeated + 1}`,
      isGuess: true,
    };
  }
  return {
    hasHeader: true,
    evidence: 'assumed: the cells of the first row are texts that do not occur below',
    isGuess: true,
  };
}

/** The kind that nearly all cells of a column have which are not empty. */
function columnKind(rows: readonly Row[], column: number): Kind {
  const kinds = rows.map((row) => kindOf(row[column])).filter((kind) => kind !== 'empty');
  const [first] = kinds;
  if (first === undefined) return 'empty';
  const share = kinds.filter((kind) => kind === first).length / kinds.length;
  return share >= 0.9 ? first : 'text';
}

function isTyped(kind: Kind): boolean {
  return kind === 'number' || kind === 'date' || kind === 'boolean';
}

function kindOf(value: SourceValue): Kind {
  if (typeof value !== 'string' || value.trim() === '') return 'empty';
  if (/^[+-]?(?:\d[\d.,' ]*|[.,]\d+)(?:[eE][+-]?\d+)? ?%?$/.test(value)) return 'number';
  if (/^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}(?:[T ].*)?$/.test(value)) return 'date';
  return /^(?:true|false|yes|no)$/i.test(value) ? 'boolean' : 'text';
}
