import type { SourceValue } from '../format.ts';
import { columnKind, isTyped, kindOf } from './value-kinds.ts';

type Row = readonly SourceValue[];

export interface HeaderFinding {
  readonly hasHeader: boolean;
  readonly evidence: string;
  /** The rows would look the same if it were otherwise. Default false. */
  readonly isGuess?: boolean;
}

/** Share of the cells of an all-text first row that recur below, from which it looks like one record of many. */
const RECURRING_SHARE = 0.5;

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
  return kinds.some(isTyped) ? sniffTyped(first, others) : sniffTexts(first, others);
}

/** Years, dates, percents, or yes and no, may be names: where each differs from what stands below, or they go up in steps. */
function sniffTyped(first: Row, others: readonly Row[]): HeaderFinding {
  const typed = first.flatMap((value, i) => (isTyped(kindOf(value)) ? [i] : []));
  const kind = kindOf(first[typed[0] ?? 0]);
  const column = (typed[0] ?? 0) + 1;
  const none = {
    hasHeader: false,
    evidence: `the first row has a ${kind} in column ${column}`,
    isGuess: true,
  };
  // Names differ, and there is one for each column.
  const isFull = first.every((value) => kindOf(value) !== 'empty');
  if (!isFull || others.length === 0 || new Set(first).size < first.length) return none;
  const isUnlike = (i: number) => {
    const below = columnKind(others, i);
    return below !== 'empty' && below !== kindOf(first[i]);
  };
  if (typed.every(isUnlike)) {
    const evidence = `column ${column} holds ${columnKind(others, column - 1)}s below the ${kind} ${JSON.stringify(first[column - 1])}`;
    return { hasHeader: true, evidence, isGuess: true };
  }
  const stepped = typed.filter((i) => !isUnlike(i));
  const isInSteps = areSteps(first, stepped) && others.filter((row) => areSteps(row, stepped)).length === 0;
  if (!isInSteps || typed.length === first.length) return none;
  const evidence = `the numbers of the first row go up in steps from ${JSON.stringify(first[stepped[0] ?? 0])}, those below do not`;
  return { hasHeader: true, evidence, isGuess: true };
}

/** `2019, 2020, 2021` and `38, 40, 42`; two alone only where they are years. */
function areSteps(row: Row, positions: readonly number[]): boolean {
  const texts = positions.map((i) => row[i]);
  if (!texts.every((text) => typeof text === 'string' && /^\d{1,6}$/.test(text))) return false;
  const numbers = texts.map(Number);
  const areYears = numbers.every((number) => number >= 1800 && number <= 2200);
  if (numbers.length < 2 || (numbers.length === 2 && !areYears)) return false;
  const [a = 0, b = 0] = numbers;
  return b > a && numbers.every((number, i) => number === a + i * (b - a));
}

function sniffTexts(first: Row, others: readonly Row[]): HeaderFinding {
  // R writes no name above its row names, and spreadsheets none above a column that is empty all the way down.
  const gap = first.findIndex(
    (value, i) => kindOf(value) === 'empty' && i > 0 && columnKind(others, i) !== 'empty',
  );
  if (gap !== -1) {
    const evidence = `the first row has an empty cell in column ${gap + 1}, the rows below have values there`;
    return { hasHeader: false, evidence, isGuess: true };
  }
  // A row that recurs as a whole is the header of a file that was put behind.
  const rest = others.filter((row) => !row.every((value, i) => value === first[i]));
  const named = first.flatMap((value, i) => (kindOf(value) === 'empty' ? [] : [i]));
  const recurring = named.filter((i) => rest.some((row) => row[i] === first[i]));
  const [repeated = 0] = recurring;
  const isRecord = recurring.length > 0 && recurring.length >= named.length * RECURRING_SHARE;
  const isMany = rest.filter((row) => row[repeated] === first[repeated]).length > 1;
  if (isRecord && (isMany || recurring.length > named.length * RECURRING_SHARE || named.length === 1)) {
    return {
      hasHeader: false,
      evidence: `${JSON.stringify(first[repeated])} occurs again in column ${repeated + 1}`,
      isGuess: true,
    };
  }
  return {
    hasHeader: true,
    evidence: 'assumed: the cells of the first row are texts, and look like names',
    isGuess: true,
  };
}
