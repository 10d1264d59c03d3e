import { AppError } from '../../../core/errors.ts';
import { ByteWindow } from '../../byte-window.ts';
import { columnNames, headerNames } from '../../csv/header-names.ts';
import type {
  ByteRange,
  ReadOptions,
  RecordProblem,
  RecordReader,
  SourceRecord,
  SourceValue,
  WorkbookDialect,
} from '../../format.ts';
import { decodeRow, type SheetRow } from './row-lines.ts';

const LF = 0x0a;

/** Reads records from the seekable form of a sheet. A record's line is its row in the sheet. */
export class SheetReader implements RecordReader {
  readonly fields: string[] = [];
  headerCells: readonly string[] | undefined;
  headerBytes: ByteRange | undefined;
  readonly #limits: ReadOptions['limits'];
  readonly #window: ByteWindow;
  readonly #rowsToSkip: number;
  #nextNumber: number;
  #awaitsHeader: boolean;
  #hasNames = false;

  constructor(dialect: WorkbookDialect, options: ReadOptions) {
    const position = options.position ?? { byte: 0, line: 1, record: 1 };
    this.#limits = options.limits;
    this.#window = new ByteWindow(position.byte);
    this.#nextNumber = position.record;
    this.#awaitsHeader = position.byte === 0 && dialect.hasHeader;
    this.#rowsToSkip = position.byte === 0 ? (dialect.skipLines ?? 0) : 0;
    if (options.fields !== undefined) this.#setNames(options.fields);
  }

  push(bytes: Uint8Array): SourceRecord[] {
    this.#window.append(bytes);
    const window = this.#window;
    const records: SourceRecord[] = [];
    const held = window.bytes.subarray(0, window.end);
    for (let end = held.indexOf(LF, window.start); end !== -1; end = held.indexOf(LF, window.start)) {
      this.#takeLine(end + 1, records);
    }
    return records;
  }

  /** Each line of a spool is whole. */
  end(): SourceRecord[] {
    return [];
  }

  #takeLine(end: number, records: SourceRecord[]): void {
    const window = this.#window;
    const { start } = window;
    const row = decodeRow(window.bytes.toString('utf8', start, end));
    const bytes = { startByte: window.offsetOf(start), endByte: window.offsetOf(end) };
    window.start = end;
    if (row.row <= this.#rowsToSkip) return;
    if (this.#awaitsHeader) this.#takeHeader(row, bytes);
    else records.push(this.#createRecord(row, bytes));
  }

  #takeHeader(row: SheetRow, bytes: ByteRange): void {
    this.#awaitsHeader = false;
    this.headerBytes = bytes;
    if (this.#hasNames) return;
    this.#checkWidth(row);
    const cells = row.cells.map(nameOf);
    this.headerCells = cells;
    this.#setNames(headerNames(cells));
  }

  #createRecord(row: SheetRow, bytes: ByteRange): SourceRecord {
    if (!this.#hasNames) {
      this.#checkWidth(row);
      this.#setNames(columnNames(row.width));
    }
    const problems = this.#problemsOf(row, bytes);
    const record = {
      number: this.#nextNumber,
      line: row.row,
      ...bytes,
      endLine: row.row + 1,
      values: this.#valuesOf(row),
      ...(problems.length > 0 && { problems }),
    };
    this.#nextNumber += 1;
    return record;
  }

  /** A row ends with its last value: what is behind is empty. */
  #valuesOf({ cells }: SheetRow): readonly SourceValue[] {
    const missing = this.fields.length - cells.length;
    return missing <= 0 ? cells : [...cells, ...Array.from({ length: missing }, () => null)];
  }

  #problemsOf(row: SheetRow, { startByte, endByte }: ByteRange): RecordProblem[] {
    const limit = this.#limits.maxRecordBytes;
    if (row.isTooLong || endByte - startByte > limit)
      return [{ code: 'record.too_long', params: { limit }, isFatal: true }];
    const expected = this.fields.length;
    return row.width > expected
      ? [{ code: 'record.ragged_long', params: { actual: row.width, expected }, isFatal: false }]
      : [];
  }

  #checkWidth({ width, row }: SheetRow): void {
    const maximum = this.#limits.maxFields;
    if (width <= maximum) return;
    throw new AppError(
      'format.limit_exceeded',
      `Row ${row} of the sheet has a value in column ${width}; at most ${maximum} fields are read (limit: limits.recordFields).`,
      { details: { limit: 'limits.recordFields', maximum, actual: width } },
    );
  }

  #setNames(names: readonly string[]): void {
    this.#hasNames = true;
    this.fields.push(...names);
  }
}

/** A header of years is one of numbers. */
function nameOf(value: SourceValue): string {
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? '' : (value.shown ?? value.text);
}
