/** Which sheet of a workbook is read, and where its header is. */
import { AppError } from '../../core/errors.ts';
import type { DialectGuess } from '../../core/job.ts';
import { DEFAULT_READ_LIMITS, type SourceRecord, type WorkbookDialect } from '../format.ts';
import type { DecompressionLimits } from '../source/decompression-limits.ts';
import type { SheetRow } from '../xlsx/read/row-lines.ts';
import { NO_STRINGS, type SharedStrings } from '../xlsx/read/shared-strings.ts';
import { sheetRows } from '../xlsx/read/sheet-rows.ts';
import { chooseSheet, openWorkbook, type Sheet, type Workbook } from '../xlsx/read/workbook.ts';
import { type FoundHeader, findHeader, MAX_ROWS_ABOVE, type Recognise } from './find-header.ts';

/** What the user says about a workbook; the rest is found. */
export interface WorkbookOverrides {
  /** Name, in any case, or number, from 1. */
  readonly sheet?: string | number;
  readonly hasHeader?: boolean;
  readonly skipLines?: number;
}

export interface WorkbookFinding {
  readonly dialect: WorkbookDialect;
  readonly evidence: Readonly<Record<string, string>>;
  readonly guesses: readonly DialectGuess[];
  readonly sheets: readonly Pick<Sheet, 'name' | 'state'>[];
}

/** Rows that are looked at. */
const MAX_ROWS = 200;

/**
 * @param path of a local file that is a ZIP archive
 * @throws AppError `source.binary`, `source.unreadable`, `source.empty`, `format.invalid_option`, `format.limit_exceeded`
 */
export async function sniffWorkbook(
  path: string,
  overrides: WorkbookOverrides,
  decompression: DecompressionLimits,
  recognise?: Recognise,
): Promise<WorkbookFinding> {
  const workbook = await openWorkbook(path, decompression);
  try {
    const sheet = chooseSheet(workbook.sheets, overrides.sheet);
    const rows = await firstRows(workbook, sheet);
    if (rows.length === 0) {
      throw new AppError(
        'source.empty',
        `Sheet ${JSON.stringify(sheet.name)} of the workbook is empty: no cell of it has a value. Send one with records${others(workbook.sheets, sheet)}.`,
      );
    }
    return describe(workbook.sheets, sheet, rows, overrides, recognise);
  } finally {
    workbook.close();
  }
}

function others(sheets: readonly Sheet[], sheet: Sheet): string {
  const names = sheets.filter((other) => other !== sheet).map(({ name }) => JSON.stringify(name));
  return names.length === 0 ? '' : `, or name another sheet: ${names.join(', ')}`;
}

function describe(
  sheets: readonly Sheet[],
  sheet: Sheet,
  rows: readonly SheetRow[],
  overrides: WorkbookOverrides,
  recognise: Recognise | undefined,
): WorkbookFinding {
  const header = findOrTakeHeader(rows, overrides, recognise);
  const skipLines = Math.max(header.skipLines, overrides.skipLines ?? 0);
  const guesses: DialectGuess[] = [];
  const visible = sheets.filter(({ state }) => state === 'visible');
  const choice = describeChoice(sheets, sheet, overrides.sheet);
  if (overrides.sheet === undefined && visible.length > 1)
    guesses.push({ what: 'sheet', value: sheet.name, because: choice });
  if (overrides.hasHeader === undefined && header.isGuess === true)
    guesses.push({ what: 'header', value: header.hasHeader, because: header.evidence });
  if (header.skipEvidence !== undefined)
    guesses.push({ what: 'skipLines', value: skipLines, because: header.skipEvidence });
  return {
    dialect: {
      format: 'xlsx',
      encoding: 'utf-8',
      hasBom: false,
      compression: 'none',
      sheet: sheet.name,
      hasHeader: header.hasHeader,
      ...(skipLines > 0 && { skipLines }),
    },
    evidence: {
      format: 'it is an Excel workbook',
      sheet: choice,
      header: header.evidence,
      ...(skipLines > 0 && { skipLines: header.skipEvidence ?? 'set by the user' }),
    },
    guesses,
    sheets: sheets.map(({ name, state }) => ({ name, state })),
  };
}

function describeChoice(sheets: readonly Sheet[], sheet: Sheet, wanted: string | number | undefined): string {
  if (wanted !== undefined) return 'set by the user';
  if (sheets.length === 1) return 'the workbook has one sheet';
  const place =
    sheet.state === 'visible' ? 'the first sheet that is not hidden' : 'the first sheet; all are hidden';
  return `it is ${place}, of ${sheets.length}`;
}

function findOrTakeHeader(
  rows: readonly SheetRow[],
  { hasHeader, skipLines = 0 }: WorkbookOverrides,
  recognise: Recognise | undefined,
): FoundHeader {
  if (hasHeader !== undefined) return { hasHeader, evidence: 'set by the user', skipLines: 0 };
  const records = rows.filter(({ row }) => row > skipLines).map(toRecord);
  const width = usualWidth(records);
  const maxRowsAbove = skipLines > 0 ? 0 : MAX_ROWS_ABOVE;
  return findHeader(records, { width, maxRowsAbove, ...(recognise && { recognise }) });
}

function toRecord({ row, cells }: SheetRow): SourceRecord {
  return { number: row, line: row, startByte: 0, endByte: 0, endLine: row + 1, values: cells };
}

/** Rows end with their last value: the longest of those that are many. */
function usualWidth(records: readonly SourceRecord[]): number {
  const counts = new Map<number, number>();
  for (const { values } of records) counts.set(values.length, (counts.get(values.length) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0] ?? 0;
}

/** Their shared texts are looked for no further than they go: a workbook may have millions of others. */
async function firstRows(workbook: Workbook, sheet: Sheet): Promise<readonly SheetRow[]> {
  let last = -1;
  const looking: SharedStrings = {
    ...NO_STRINGS,
    get: (index) => {
      last = Math.max(last, index);
      return '?';
    },
  };
  const rows = await takeRows(workbook, sheet, looking);
  if (last < 0) return rows;
  const strings = await workbook.firstStrings(last + 1);
  return takeRows(workbook, sheet, { ...NO_STRINGS, get: (index) => strings[index] });
}

async function takeRows(
  workbook: Workbook,
  sheet: Sheet,
  strings: SharedStrings,
): Promise<readonly SheetRow[]> {
  const { maxFields, maxRecordBytes } = DEFAULT_READ_LIMITS;
  const rows: SheetRow[] = [];
  for await (const more of sheetRows(workbook, sheet, strings, { maxFields, maxRecordBytes })) {
    rows.push(...more);
    if (rows.length >= MAX_ROWS) break;
  }
  return rows.slice(0, MAX_ROWS);
}
