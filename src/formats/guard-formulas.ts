/**
 * Texts that are harmless to a spreadsheet, which would run some of them as formulas, and the way back. A file with such texts has the column
 * `GUARD_COLUMN`, which says of each record where an apostrophe was put: so it is known of each value by itself, whatever else was put
 * into the file, moved or sorted in the meantime.
 */
import { GUARD_COLUMN } from '../core/guard-column.ts';
import { headerNames } from './csv/header-names.ts';

/**
 * Puts an apostrophe before what starts with `=`, `+`, `-`, `@` (or their wide forms), a tab or a line end, and also where apostrophes stand before that already, so
 * that `unguardFormula` is its exact inverse. For text values only: a number such as `-5` is no formula. Source: OWASP, CSV Injection.
 */
export function guardFormula(text: string): string {
  return GUARDABLE.test(text) ? `'${text}` : text;
}

/** Takes the apostrophe of `guardFormula` off again; a text that has lost it in a spreadsheet stays as it is. */
export function unguardFormula(text: string): string {
  return text.startsWith("'") && GUARDABLE.test(text) ? text.slice(1) : text;
}

const GUARDABLE = /^'*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]/;

/** Guards the values of one record after the other, and remembers where. */
export interface FormulaGuard {
  /** The file's header: the names, guarded, and `GUARD_COLUMN` behind them. */
  readonly header: readonly string[];
  /** Guards a value of the column at this position, for the record that `cell` will close. */
  readonly guard: (position: number, text: string) => string;
  /** What `GUARD_COLUMN` has for the record; null where nothing was guarded. The next record begins. */
  readonly cell: () => string | null;
  /** Begins the record anew. */
  readonly reset: () => void;
}

/** @param names the header as it is before */
export function createFormulaGuard(names: readonly string[]): FormulaGuard {
  // As a reader will call them: two columns may have one label.
  const known = headerNames(names);
  let guarded: (string | undefined)[] = [];
  return {
    header: [...names.map(guardFormula), GUARD_COLUMN],
    guard(position, text) {
      const safe = guardFormula(text);
      if (safe !== text) guarded.push(known[position]);
      return safe;
    },
    cell() {
      if (guarded.length === 0) return null;
      const cell = JSON.stringify(guarded);
      guarded = [];
      return cell;
    },
    reset() {
      if (guarded.length > 0) guarded = [];
    },
  };
}

/** The columns that a cell of `GUARD_COLUMN` names; undefined where it is no such cell. */
export function guardedColumns(cell: string): readonly string[] | undefined {
  try {
    const names: unknown = JSON.parse(cell);
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined;
  } catch {
    return undefined;
  }
}

/** The names that a header's cells are: a file with guarded texts has guarded names as well. */
export function unguardHeader(cells: readonly string[]): readonly string[] {
  return cells.includes(GUARD_COLUMN) ? cells.map(unguardFormula) : cells;
}
