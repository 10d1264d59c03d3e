/** Where in a workbook an issue is, as its people say it: `Prices!F17`. */
import type { Issue } from '../../core/issue.ts';
import type { SourceDialect } from '../format.ts';
import { columnLetters } from './cells.ts';

/** Where the fields of a collection stand; plain JSON, kept with the job for as long as it has issues. */
export interface SheetPlaces {
  readonly sheet: string;
  /** Letters of the column, by field. */
  readonly columns: Readonly<Record<string, string>>;
}

/** @returns undefined for a source that is no workbook */
export function findPlaces(
  dialect: SourceDialect,
  sourceFields: readonly string[],
  fields: readonly { readonly field: string; readonly source?: string }[],
): SheetPlaces | undefined {
  if (dialect.format !== 'xlsx') return undefined;
  const columns = fields.flatMap(({ field, source }) => {
    const position = source === undefined ? -1 : sourceFields.indexOf(source);
    return position === -1 ? [] : [[field, columnLetters(position)] as const];
  });
  return { sheet: dialect.sheet ?? '', columns: Object.fromEntries(columns) };
}

/**
 * Adds `cell` to the issues of a workbook; those of other sources stay as they are.
 *
 * @param sourceFacts what a job has pinned of its source, or undefined
 */
export function createCellLocator(sourceFacts: unknown): (issue: Issue) => Issue {
  const { cells } = (sourceFacts ?? {}) as { cells?: SheetPlaces };
  if (cells === undefined) return (issue) => issue;
  const sheet = renderSheet(cells.sheet);
  return (issue) => {
    const column = issue.field === undefined ? undefined : cells.columns[issue.field];
    const place = column === undefined ? `${issue.line}:${issue.line}` : `${column}${issue.line}`;
    return { ...issue, cell: `${sheet}!${place}` };
  };
}

/** In apostrophes where a formula needs them. */
function renderSheet(name: string): string {
  return /^[\p{L}_][\p{L}\p{N}_.]*$/u.test(name) ? name : `'${name.replaceAll("'", "''")}'`;
}
