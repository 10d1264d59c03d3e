/** The rows of a sheet that have a value, as they are in it. Source: ECMA-376-1, sections 18.3.1.4 (c), 18.3.1.73 (row), 18.18.11 (ST_CellType). */
import type { SourceValue } from '../../../core/source-value.ts';
import { WRITTEN_NULL } from '../cells.ts';
import { type CellFormat, GENERAL, showDigits } from './cell-format.ts';
import type { SheetRow } from './row-lines.ts';
import { serialText } from './serial-date.ts';
import type { SharedStrings } from './shared-strings.ts';
import { createTextCell, unescapeText } from './text-cell.ts';
import type { Sheet, Workbook } from './workbook.ts';
import type { Attributes } from './xml-attributes.ts';
import { damagedPart, type XmlHandlers } from './xml-events.ts';

/** Source: Microsoft, Excel specifications and limits. */
const MAX_COLUMNS = 16_384;
const MAX_ROWS = 1_048_576;

export interface SheetLimits {
  /** Cells of a row that are kept. */
  readonly maxFields: number;
  /** Characters of a row. */
  readonly maxRecordBytes: number;
}

/** Rows in the order of the file, a few thousand at a time at most; empty ones, and those that only have a look, are none. */
export async function* sheetRows(
  workbook: Workbook,
  sheet: Sheet,
  strings: SharedStrings,
  limits: SheetLimits,
): AsyncIterable<readonly SheetRow[]> {
  let rows: SheetRow[] = [];
  const handlers = createSheetHandlers({
    workbook,
    part: sheet.path,
    strings,
    limits,
    take: (row) => rows.push(row),
  });
  for await (const _ of workbook.readSheet(sheet, handlers)) {
    if (rows.length === 0) continue;
    yield rows;
    rows = [];
  }
}

interface SheetContext {
  readonly workbook: Pick<Workbook, 'format' | 'is1904'>;
  readonly part: string;
  readonly strings: SharedStrings;
  readonly limits: SheetLimits;
  readonly take: (row: SheetRow) => void;
}

function createSheetHandlers({ workbook, part, strings, limits, take }: SheetContext): XmlHandlers {
  const texts = createTextCell();
  let row = 0;
  let column = 0;
  let cells: SourceValue[] = [];
  let width = 0;
  let size = 0;
  let isInData = false;
  let isInCell = false;
  let type = 'n';
  let style: string | undefined;
  let value: string | undefined;
  let isValue = false;
  let hasFormula = false;

  function beginRow(attributes: Attributes): void {
    const r = attributes.get('r');
    row = r === undefined ? row + 1 : Number(r);
    if (!Number.isInteger(row) || row < 1 || row > MAX_ROWS)
      throw damagedPart(part, `there is a row ${r ?? row}, and a sheet has ${MAX_ROWS}`);
    column = 0;
    cells = [];
    width = 0;
    size = 0;
  }

  function beginCell(attributes: Attributes): void {
    isInCell = true;
    type = attributes.get('t') ?? 'n';
    style = attributes.get('s');
    value = undefined;
    hasFormula = false;
    texts.begin();
    const r = attributes.get('r');
    column = r === undefined ? column + 1 : columnOf(r);
    if (!(column >= 1 && column <= MAX_COLUMNS))
      throw damagedPart(part, `there is a cell ${r ?? column}, and a sheet has ${MAX_COLUMNS} columns`);
  }

  function endCell(): void {
    const read = readCell();
    isInCell = false;
    if (read === undefined) return;
    width = Math.max(width, column);
    size += typeof read === 'string' ? read.length : 16;
    if (column > limits.maxFields || size > limits.maxRecordBytes) return;
    while (cells.length < column) cells.push(null);
    cells[column - 1] = read;
  }

  /** Undefined: a cell that has nothing, or only a look. */
  function readCell(): SourceValue {
    if (type === 'inlineStr') return readText(texts.end());
    if (type === 'str') return readText(unescapeText(value ?? ''));
    if (value === undefined || value === '')
      return hasFormula && value === undefined ? { kind: 'uncalculated', text: '' } : undefined;
    switch (type) {
      case 's':
        return readText(sharedText(value));
      case 'b':
        return {
          kind: 'boolean',
          text: isTrue(value) ? 'true' : 'false',
          shown: isTrue(value) ? 'TRUE' : 'FALSE',
        };
      case 'e':
        return { kind: 'error', text: value };
      case 'd':
        return { kind: 'moment', text: value.trim() };
      default:
        return readNumber(value.trim());
    }
  }

  /** An empty one looks like an empty cell, and is one, unless it was typed as text. */
  function readText(text: string): SourceValue {
    if (text !== '' && text !== WRITTEN_NULL) return text;
    if (format().isQuoted) return text === '' ? '' : null;
    return text === '' ? undefined : text;
  }

  function format(): CellFormat {
    return style === undefined ? GENERAL : workbook.format(style);
  }

  function sharedText(index: string): string {
    const text = strings.get(Number(index));
    if (text === undefined)
      throw damagedPart(part, `row ${row} has the shared text ${index}, which there is not`);
    return text;
  }

  function readNumber(text: string): SourceValue {
    const { kind, code } = format();
    if (kind === 'number') return { kind: 'number', text, shown: text };
    if (kind === 'digits') return { kind: 'number', text, shown: showDigits(text, code) ?? text };
    const shown = serialText(text, kind, workbook.is1904);
    if (shown === undefined) return { kind: 'undated', text };
    return { kind: kind === 'duration' ? 'duration' : 'moment', text: shown };
  }

  function endRow(): void {
    if (width === 0) return;
    const isTooLong = size > limits.maxRecordBytes;
    take(isTooLong ? { row, width, cells: [], isTooLong } : { row, width, cells });
  }

  return {
    open(name, attributes) {
      if (name === 'sheetData') isInData = true;
      else if (!isInData) return;
      else if (name === 'row') beginRow(attributes);
      else if (name === 'c') beginCell(attributes);
      else if (!isInCell) return;
      else if (name === 'v') {
        isValue = true;
        value = '';
      } else if (name === 'f') hasFormula = true;
      else texts.open(name);
    },
    text(text) {
      if (isValue) value += text;
      else if (isInCell) texts.add(text);
    },
    close(name) {
      if (!isInData) return;
      if (name === 'sheetData') isInData = false;
      else if (name === 'row') endRow();
      else if (name === 'c') endCell();
      else if (name === 'v') isValue = false;
      else if (isInCell) texts.close(name);
    },
  };
}

function isTrue(value: string): boolean {
  return value === '1' || value === 'true';
}

/** `A1` is in column 1, `XFD7` in 16,384. NaN for what is not an address. */
function columnOf(address: string): number {
  let column = 0;
  let at = 0;
  for (; at < address.length; at += 1) {
    const code = address.charCodeAt(at);
    if (code === 36) continue;
    const letter = (code | 32) - 96;
    if (letter < 1 || letter > 26) break;
    column = column * 26 + letter;
  }
  return at === address.length ? Number.NaN : column;
}
