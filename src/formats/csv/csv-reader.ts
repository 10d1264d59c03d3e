import { AppError } from '../../core/errors.ts';
import { skipBom } from '../bom.ts';
import { ByteWindow } from '../byte-window.ts';
import type {
  ByteRange,
  CsvDialect,
  ReadOptions,
  RecordProblem,
  RecordReader,
  SourceRecord,
} from '../format.ts';
import { unguardHeader } from '../guard-formulas.ts';
import { parseCsvSyntax } from './csv-syntax.ts';
import { FieldTexts } from './field-texts.ts';
import { columnNames, headerNames } from './header-names.ts';
import { countLineEnds, findLineEnd } from './line-ends.ts';
import { INCOMPLETE, RecordScanner } from './record-scanner.ts';
import { encodeLine, isBlankLine, isEndMark, isLineAgain, parseComment } from './whole-lines.ts';

const CR = 0x0d;

/** A record that is given up: its start is known, its end is the next line end from where the window stands. */
interface Skip {
  readonly startByte: number;
  /** Line on which the window stands. */
  readonly line: number;
  readonly problem: RecordProblem;
}

/**
 * Reads CSV records from pushed bytes.
 *
 * A record longer than `maxRecordBytes`, or whose quote is open there or at the end of the source, is given up: reading goes on
 * after the next line end, for an open quote that of the line with the quote, so that one stray quote costs one line and not the
 * rest of the file. What is given up depends on the bytes alone, not on how they were cut into pushes.
 *
 * Blank lines are not records. A byte order mark at the start of the file is skipped, and so are the lines that the dialect says, and
 * comments. The header's line once more is a remark: files were put together.
 */
export class CsvReader implements RecordReader {
  readonly fields: string[];
  headerCells: readonly string[] | undefined;
  headerBytes: ByteRange | undefined;
  readonly #dialect: CsvDialect;
  readonly #limits: ReadOptions['limits'];
  readonly #wanted: ReadOptions['wanted'];
  readonly #window: ByteWindow;
  readonly #scanner: RecordScanner;
  readonly #texts: FieldTexts;
  #line: number;
  #nextNumber: number;
  #mayHaveBom: boolean;
  #awaitsHeader: boolean;
  #hasNames: boolean;
  #linesToSkip: number;
  /** The window stands inside a line that is not read. */
  #isInside = false;
  readonly #comment: Uint8Array | undefined;
  readonly #headerLine: Buffer | undefined;
  #skip: Skip | undefined;
  /** Bytes that must be there before another scan can be worth it; doubling keeps long records linear. */
  #worthwhileLength = 1;

  constructor(dialect: CsvDialect, options: ReadOptions) {
    const position = options.position ?? { byte: 0, line: 1, record: 1 };
    const syntax = parseCsvSyntax(dialect);
    this.#dialect = dialect;
    this.#limits = options.limits;
    this.#wanted = options.wanted;
    this.#window = new ByteWindow(position.byte);
    this.#scanner = new RecordScanner(syntax, options.limits.maxFields);
    this.#texts = new FieldTexts(dialect.encoding, this.#window, this.#scanner, syntax);
    this.#line = position.line;
    this.#nextNumber = position.record;
    this.#mayHaveBom = position.byte === 0 && dialect.encoding !== 'windows-1252';
    this.#awaitsHeader = position.byte === 0 && dialect.hasHeader;
    this.#linesToSkip = position.byte === 0 ? (dialect.skipLines ?? 0) : 0;
    this.#comment = parseComment(dialect);
    this.#headerLine = encodeLine(dialect, dialect.headerLine);
    this.fields = [];
    this.#hasNames = false;
    if (options.fields !== undefined) this.#setNames(options.fields);
  }

  push(bytes: Uint8Array): SourceRecord[] {
    this.#window.append(bytes);
    return this.#window.length < this.#worthwhileLength ? [] : this.#read(false);
  }

  end(): SourceRecord[] {
    return this.#read(true);
  }

  #read(isLast: boolean): SourceRecord[] {
    const records: SourceRecord[] = [];
    const window = this.#window;
    if (this.#mayHaveBom && !skipBom(window, isLast)) return records;
    this.#mayHaveBom = false;
    this.#texts.forget();
    this.#worthwhileLength = 1;
    while (window.start < window.end) {
      if (this.#skip !== undefined) {
        if (!this.#finishSkip(this.#skip, isLast, records)) break;
        continue;
      }
      if (this.#passesOver(isLast)) {
        if (!this.#passOver(isLast)) break;
        continue;
      }
      const cap = window.start + this.#limits.maxRecordBytes;
      const to = Math.min(window.end, cap);
      const end = this.#scanner.scan(window.bytes, window.start, to, isLast && to === window.end);
      if (end !== INCOMPLETE) {
        if (!isLast && this.#mayEndSource(end)) {
          this.#worthwhileLength = window.length + 1;
          break;
        }
        this.#takeRecord(end, records);
      } else if (isLast || window.end > cap) {
        this.#giveUp(to);
      } else {
        this.#worthwhileLength = Math.min(2 * window.length, this.#limits.maxRecordBytes + 1);
        break;
      }
    }
    if (isLast && this.#skip !== undefined) this.#emitSkipped(this.#skip, 0, records);
    return records;
  }

  #takeRecord(end: number, records: SourceRecord[]): void {
    const window = this.#window;
    const line = this.#line;
    const endLine = line + this.#scanner.lineEnds;
    if (!this.#scanner.isBlank && !this.#isNoRecord(end)) {
      if (this.#awaitsHeader) this.#takeHeader(end);
      else records.push(this.#createRecord(line, endLine, end));
    }
    window.start = end;
    this.#line = endLine;
  }

  /** A line of one field where records have several: blanks alone, or the end of the source. */
  #isNoRecord(end: number): boolean {
    if (this.#scanner.fieldCount > 1 || (this.fields.length < 2 && !this.#awaitsHeader)) return false;
    const { bytes, start } = this.#window;
    return isBlankLine(bytes, start, end) || (end === this.#window.end && isEndMark(bytes, start, end));
  }

  /** What would mark the end of the source, were it the last line of it: only the bytes to come tell. */
  #mayEndSource(end: number): boolean {
    const { bytes, start } = this.#window;
    return end === this.#window.end && end - start <= 4 && isEndMark(bytes, start, end);
  }

  #createRecord(line: number, endLine: number, end: number): SourceRecord {
    const window = this.#window;
    const count = this.#scanner.fieldCount;
    if (!this.#hasNames) this.#setNames(columnNames(this.#checkedCount(count)));
    const problems: RecordProblem[] = [];
    if (this.#scanner.hasStrayText) problems.push({ code: 'record.stray_quote', params: {}, isFatal: true });
    const expected = this.fields.length;
    if (count !== expected) {
      const code = count < expected ? 'record.ragged_short' : 'record.ragged_long';
      problems.push({ code, params: { actual: count, expected }, isFatal: false });
    }
    const isRemark = isLineAgain(this.#headerLine, window.bytes, window.start, end);
    if (isRemark)
      problems.push({ code: 'record.header_again', params: {}, isFatal: false, severity: 'warning' });
    const values = expected === 1 ? this.#texts.only(problems) : this.#texts.values(problems);
    const record = {
      number: this.#nextNumber,
      line,
      startByte: window.offsetOf(window.start),
      endByte: window.offsetOf(end),
      endLine,
      values,
      ...(isRemark && { isRemark }),
    };
    this.#nextNumber += 1;
    return problems.length === 0 ? record : { ...record, problems };
  }

  /** The next line is one of those that are not read. A comment that is not whole yet counts as one until it is. */
  #passesOver(isLast: boolean): boolean {
    return this.#isInside || this.#linesToSkip > 0 || this.#startsComment(isLast);
  }

  #startsComment(isLast: boolean): boolean {
    const comment = this.#comment;
    if (comment === undefined) return false;
    const { bytes, start, length } = this.#window;
    const known = Math.min(comment.length, length);
    for (let i = 0; i < known; i += 1) if (bytes[start + i] !== comment[i]) return false;
    return known === comment.length || !isLast;
  }

  /** @returns false when more bytes are needed */
  #passOver(isLast: boolean): boolean {
    const window = this.#window;
    if (!this.#isInside && this.#linesToSkip === 0 && window.length < (this.#comment?.length ?? 0))
      return false;
    const end = findLineEnd(window.bytes, window.start, window.end, isLast);
    window.start = end.next;
    this.#isInside = !end.isFound;
    if (!end.isFound) return false;
    this.#line += 1;
    if (this.#linesToSkip > 0) this.#linesToSkip -= 1;
    return true;
  }

  #takeHeader(end: number): void {
    this.#awaitsHeader = false;
    const window = this.#window;
    this.headerBytes = { startByte: window.offsetOf(window.start), endByte: window.offsetOf(end) };
    if (this.#hasNames) return;
    if (this.#scanner.hasStrayText) throw this.#unreadableHeader('there is text after a closing quote');
    this.#checkedCount(this.#scanner.fieldCount);
    this.headerCells = unguardHeader(this.#texts.headerCells());
    this.#setNames(headerNames(this.headerCells));
  }

  #checkedCount(count: number): number {
    const limit = this.#limits.maxFields;
    if (count <= limit) return count;
    throw new AppError(
      'format.limit_exceeded',
      `The source has ${count} fields; at most ${limit} are read (limit: limits.recordFields).`,
      {
        details: { limit: 'limits.recordFields', maximum: limit, actual: count },
      },
    );
  }

  #setNames(names: readonly string[]): void {
    this.#hasNames = true;
    this.fields.push(...names);
    if (this.#wanted !== undefined) this.#texts.want(names, this.#wanted);
  }

  /** The record at the window's start does not end before `to`, which is the limit or the end of the source. */
  #giveUp(to: number): void {
    const window = this.#window;
    const { openQuote } = this.#scanner;
    const limit = this.#limits.maxRecordBytes;
    // A CR there ends the record, unless an LF follows: the skip will see.
    const afterLimit = window.bytes[to - 1] === CR ? to - 1 : to;
    const resumeAt = openQuote === -1 ? afterLimit : openQuote;
    const line = this.#line + countLineEnds(window.bytes, window.start, resumeAt);
    const problem: RecordProblem =
      openQuote === -1
        ? { code: 'record.too_long', params: { limit }, isFatal: true }
        : {
            code: 'record.unclosed_quote',
            params: { offset: window.offsetOf(openQuote), line, limit },
            isFatal: true,
          };
    if (this.#awaitsHeader)
      throw this.#unreadableHeader(`a quote is never closed, or it has more than ${limit} bytes`);
    this.#skip = { startByte: window.offsetOf(window.start), line, problem };
    window.start = resumeAt;
  }

  /** @returns false when more bytes are needed */
  #finishSkip(skip: Skip, isLast: boolean, records: SourceRecord[]): boolean {
    const window = this.#window;
    const end = findLineEnd(window.bytes, window.start, window.end, isLast);
    window.start = end.next;
    if (!end.isFound) return false;
    this.#emitSkipped(skip, 1, records);
    return true;
  }

  #emitSkipped(skip: Skip, lineEnds: number, records: SourceRecord[]): void {
    records.push({
      number: this.#nextNumber,
      line: this.#line,
      startByte: skip.startByte,
      endByte: this.#window.offsetOf(this.#window.start),
      endLine: skip.line + lineEnds,
      values: [],
      problems: [skip.problem],
    });
    this.#nextNumber += 1;
    this.#line = skip.line + lineEnds;
    this.#skip = undefined;
  }

  #unreadableHeader(reason: string): AppError {
    return new AppError(
      'source.unreadable',
      `The header of the CSV source cannot be read: ${reason}. Correct its first line; no record can be read without the header.`,
      { details: { line: this.#line, delimiter: this.#dialect.delimiter, quote: this.#dialect.quote } },
    );
  }
}
