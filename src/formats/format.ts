/**
 * The seam between bytes and records. A format is a folder beside this file; `formats/formats.ts` lists them.
 *
 * Readers are fed bytes and give back records, synchronously: they run in a thread of their own, and one call per
 * slice of bytes (not per record) keeps them fast. They never throw for what a file contains: what is wrong with a
 * record is a problem of that record, at a position.
 */
import type { IssueCode, IssueParams, IssueSeverity } from '../core/issue.ts';
import type { CellText, JsonText, SourceValue } from '../core/source-value.ts';

export type { CellText, JsonText, SourceValue };

export interface RecordProblem {
  readonly code: IssueCode;
  readonly params: IssueParams;
  /** Default: error. A warning does not reject the record. */
  readonly severity?: IssueSeverity;
  /**
   * True when the bytes are broken (encoding, quotes, JSON syntax): they go into the file of unreadable records. False when
   * the record can be read and is wrong (ragged, a name twice): it is rejected all the same, and comes back in the failed rows.
   */
  readonly isFatal: boolean;
  /** Position of the field in `RecordReader.fields`, where one field is to blame. */
  readonly fieldIndex?: number;
  /** The offending value, where there is one worth showing. */
  readonly value?: string;
}

export interface SourceRecord {
  /** From 1. The header is not a record. */
  readonly number: number;
  /** Line of the record's first byte, from 1. */
  readonly line: number;
  /** First byte of the record and first byte after its line end, in the seekable source. */
  readonly startByte: number;
  readonly endByte: number;
  /** Line of `endByte`, from 1: with `endByte` and `number + 1` it is where reading can resume. */
  readonly endLine: number;
  /** By position in `RecordReader.fields`; shorter where fields are absent, longer in a ragged record. */
  readonly values: readonly SourceValue[];
  /** A record with a problem other than a warning is rejected, whether its bytes can be used (`isFatal`) or not. */
  readonly problems?: readonly RecordProblem[];
  /** It is none of the collection's records, but says in its problems, all warnings, what was found beside them. It counts as skipped. */
  readonly isRemark?: true;
}

/** False: a problem of it rejects the record before any rule is looked at. */
export function isReadable({ problems }: SourceRecord): boolean {
  return problems === undefined || problems.every(({ severity }) => severity === 'warning');
}

export const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export const COMPRESSIONS = ['none', 'gzip', 'zstd'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** zip: an archive with one entry, which only exports write. */
export const RESULT_COMPRESSIONS = [...COMPRESSIONS, 'zip'] as const;
export type ResultCompression = (typeof RESULT_COMPRESSIONS)[number];

export interface CsvDialect {
  readonly format: 'csv';
  readonly encoding: Encoding;
  readonly hasBom: boolean;
  readonly compression: Compression;
  /** One character; not a quote and not a line end. */
  readonly delimiter: string;
  readonly quote: string;
  /** Same as `quote` (doubled quotes, RFC 4180), or a character such as a backslash. */
  readonly escape: string;
  readonly hasHeader: boolean;
  readonly lineEnd: '\n' | '\r\n' | '\r';
  /** Lines before the header, or before the first record, that are not read. Default 0. */
  readonly skipLines?: number;
  /** A line that begins with this is not a record, wherever it stands; absent: every line is one. */
  readonly comment?: string;
  /**
   * The header as it is in the source, without its line end, where the same line again is none of the records: it was put there with
   * the file that it headed. Absent: a record like any other.
   */
  readonly headerLine?: string;
}

export interface JsonDialect {
  readonly format: 'jsonl' | 'json';
  readonly encoding: Encoding;
  readonly hasBom: boolean;
  readonly compression: Compression;
  /** jsonl: its records say what was found while the file was made (`findings.ts`). */
  readonly hasFindings?: true;
}

/** A workbook, which has an encoding and a compression of its own. */
export interface WorkbookDialect {
  readonly format: 'xlsx';
  /** Of the XML inside. */
  readonly encoding: 'utf-8';
  readonly hasBom: false;
  readonly compression: 'none';
  readonly hasHeader: boolean;
  /** The one that is read, by its name. One that is written is named after the collection. */
  readonly sheet?: string;
  /** Rows of the sheet before the header, or before the first record, that are not read. Default 0. */
  readonly skipLines?: number;
}

/** A source of rows and columns, whose fields are all there from the first record on. */
export function isTable(dialect: SourceDialect): dialect is CsvDialect | WorkbookDialect {
  return dialect.format === 'csv' || dialect.format === 'xlsx';
}

/** How the bytes of one source are to be read: found by sniffing or set, then pinned with the job. Plain JSON. */
export type SourceDialect = CsvDialect | JsonDialect | WorkbookDialect;
export type FormatName = SourceDialect['format'];

/** How a result is written. */
export type ResultDialect = SourceDialect;
export type ResultFormatName = ResultDialect['format'];

export interface ReadLimits {
  /** Bytes of one record; the longer one is a problem at its first byte and reading resumes on the next line. */
  readonly maxRecordBytes: number;
  /** Nesting of JSON values. */
  readonly maxDepth: number;
  /** Fields of one record. */
  readonly maxFields: number;
}

export const DEFAULT_READ_LIMITS: ReadLimits = Object.freeze({
  maxRecordBytes: 16 * 1024 * 1024,
  maxDepth: 64,
  maxFields: 2000,
});

/** Where a reader starts: at the beginning of the source or of its first record, or at the end of a record. */
export interface ReadPosition {
  readonly byte: number;
  /** Line of that byte, from 1. */
  readonly line: number;
  /** Number that the first record read will get. */
  readonly record: number;
}

export interface ByteRange {
  readonly startByte: number;
  readonly endByte: number;
}

export interface RecordReader {
  /** Names by position. Complete from the first record on for CSV; grows as new names appear for JSON. */
  readonly fields: readonly string[];
  /** Cells of the header as they stand there, where `fields` has had to tell equal ones apart. */
  readonly headerCells?: readonly string[] | undefined;
  /** Where the header is in the source. */
  readonly headerBytes?: ByteRange | undefined;
  /**
   * Takes the next bytes of the seekable source (UTF-8 or windows-1252; they are copied); gives the records they complete.
   * @throws AppError `source.unreadable` when a CSV header cannot be read: without names there are no records
   */
  push(bytes: Uint8Array): SourceRecord[];
  /** The source has ended: gives what was left, with a problem where the source ends inside a record. */
  end(): SourceRecord[];
}

export interface ReadOptions {
  readonly dialect: SourceDialect;
  readonly limits: ReadLimits;
  /** Names pinned earlier; required when `position` is not the start of the file. A header is then skipped unread. */
  readonly fields?: readonly string[];
  readonly position?: ReadPosition;
  /**
   * Names whose values are asked for; absent: all. A reader may leave the others `undefined`, and finds every problem all the same: a pass
   * over the keys needs no text of what it does not look at.
   */
  readonly wanted?: readonly string[];
}

export interface WriteOptions {
  readonly dialect: ResultDialect;
  readonly fields: readonly string[];
  /** Texts of the header, by field, where it shows others than the names. JSON has none. */
  readonly header?: readonly string[];
}

/** Turns rows of an export into text, which `createTextEncoder` turns into bytes. `undefined` leaves a name out in JSON and is an empty field in CSV. */
export interface RecordWriter {
  /** Text before the first record: BOM, header, opening bracket. May be called again behind `end`, for one more file. */
  begin(): string;
  record(values: readonly SourceValue[]): string;
  end(): string;
  /** CSV: the line that no record may be, and how one with these values is written. */
  readonly headerAgain?: { readonly line: string; readonly instead: string };
}

/** What an export can be written in. */
export interface ResultFormat {
  readonly name: ResultFormatName;
  readonly mediaType: string;
  readonly extension: string;
  /** Numbers, booleans and nested values stay what they are; else each value is text in the collection's notation. */
  readonly isTyped: boolean;
  /** @throws AppError `format.invalid_option` for a dialect that contradicts itself */
  createWriter(options: WriteOptions): RecordWriter;
  /** Where the writer's text is not a file yet, but a sheet in one. */
  readonly sheets?: SheetPackage;
}

/** How sheets become a file. */
export interface SheetPackage {
  /** Records that one sheet can hold. */
  maxRecords(dialect: ResultDialect): number;
  /** The file's bytes. The sheets are read one after the other; `title` names them. */
  pack(sheets: AsyncIterable<AsyncIterable<Uint8Array>>, title: string): AsyncIterable<Uint8Array>;
}

/** What can be read as well as written. */
export interface Format extends ResultFormat {
  readonly name: FormatName;
  /** @throws AppError `format.invalid_option` for a dialect that contradicts itself */
  createReader(options: ReadOptions): RecordReader;
}
