/**
 * Formula guard for failed rows: they are the source's own bytes, so an apostrophe is put into the cell, and nothing else in it changes.
 * Texts are bytes as latin1, as in `drop-added.ts`.
 */
import { GUARD_COLUMN } from '../../core/guard-column.ts';
import { guardedColumns, guardFormula } from '../../formats/guard-formulas.ts';
import { type CsvSigns, splitCells } from './drop-added.ts';

/** A spreadsheet takes it for a number, with its sign or without. */
const NUMBER = /^[+-]?\d+(?:[.,]\d+)*$/;

export interface CellGuard {
  /** The header's cells. */
  header(cells: readonly string[]): readonly string[];
  /** A record's cells, and the names of the columns where an apostrophe stands now. */
  record(cells: readonly string[]): {
    readonly cells: readonly string[];
    readonly guarded: readonly string[];
  };
}

/**
 * @param fields names of the source's columns, as a reader calls them
 * @param added positions of columns that are not the source's own, and will be left out
 * @param decode bytes as latin1 to text
 */
export function createCellGuard(
  fields: readonly string[],
  added: ReadonlySet<number>,
  signs: CsvSigns,
  decode: (bytes: string) => string,
): CellGuard {
  const known = fields.indexOf(GUARD_COLUMN);

  function insideOf(cell: string): { open: string; text: string } {
    const { quote, escape } = signs;
    if (!cell.startsWith(quote)) return { open: '', text: decode(cell) };
    const end = cell.endsWith(quote) ? cell.length - quote.length : cell.length;
    return { open: quote, text: decode(cell.slice(quote.length, end).replaceAll(escape + quote, quote)) };
  }

  function guard(cell: string): string {
    const { open, text } = insideOf(cell);
    if (NUMBER.test(text) || guardFormula(text) === text) return cell;
    return `${open}'${cell.slice(open.length)}`;
  }

  function guardedBefore(cells: readonly string[]): readonly string[] {
    const cell = known === -1 ? undefined : cells[known];
    return (cell === undefined ? undefined : guardedColumns(insideOf(cell).text)) ?? [];
  }

  return {
    // Such a file has guarded names already.
    header: (cells) => (known === -1 ? cells.map(guard) : cells),
    record(cells) {
      const before = new Set(guardedBefore(cells));
      const guarded: string[] = [];
      const safe = cells.map((cell, position) => {
        const name = fields[position];
        if (name === undefined || added.has(position)) return cell;
        // Its apostrophe may have been lost on the way through a spreadsheet.
        const isSafe = before.has(name) && insideOf(cell).text.startsWith("'");
        const now = isSafe ? cell : guard(cell);
        if (now !== cell || isSafe) guarded.push(name);
        return now;
      });
      return { cells: safe, guarded };
    },
  };
}

/** The cells of one record, without its line end. */
export function cellsOf(record: string, signs: CsvSigns): readonly string[] {
  return splitCells(record.replace(/[\r\n]*$/, ''), signs);
}
