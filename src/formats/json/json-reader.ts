import { skipBom } from '../bom.ts';
import { ByteWindow } from '../byte-window.ts';
import type { JsonDialect, ReadOptions, RecordReader, SourceRecord } from '../format.ts';
import { ElementScanner } from './element-scanner.ts';
import { ObjectRecords, type RecordPlace } from './object-records.ts';

const LF = 0x0a;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/**
 * start: before the opening bracket. first: after it. separator: after an element. element: after a comma. inside: an element
 * whose end is not known. after: the closing bracket. refused: what follows is no part of an array and is not read.
 */
type Phase = 'start' | 'first' | 'separator' | 'element' | 'inside' | 'after' | 'refused';

/**
 * Reads the elements of one JSON array of objects, without loading it. Elements are found by their own brackets, so line breaks
 * may stand anywhere, and a comma that is missing or one too many costs one record and not the rest of the file: the element that
 * no comma comes before has a problem, and where there should be an element a record without bytes says so. Where the source ends
 * before the array does, the last record says so: a cut file is never taken for a whole one.
 */
export class JsonReader implements RecordReader {
  readonly fields: readonly string[];
  readonly #records: ObjectRecords;
  readonly #window: ByteWindow;
  readonly #scanner = new ElementScanner();
  readonly #maxRecordBytes: number;
  #phase: Phase;
  /** Line of the window's start. */
  #line: number;
  #mayHaveBom: boolean;
  /** Bytes of the element from the window's start that have been scanned. */
  #scanned = 0;
  /** First byte of an element over the limit, whose bytes are dropped as they come. */
  #tooLongFrom: number | undefined;
  /** The element follows another one without a comma. */
  #lacksComma = false;

  constructor(dialect: JsonDialect, options: ReadOptions) {
    const position = options.position ?? { byte: 0, line: 1, record: 1 };
    this.#records = new ObjectRecords(dialect, options);
    this.fields = this.#records.fields;
    this.#window = new ByteWindow(position.byte);
    this.#maxRecordBytes = options.limits.maxRecordBytes;
    this.#phase = position.byte === 0 ? 'start' : position.record === 1 ? 'first' : 'separator';
    this.#line = position.line;
    this.#mayHaveBom = position.byte === 0 && dialect.encoding !== 'windows-1252';
  }

  push(bytes: Uint8Array): SourceRecord[] {
    this.#window.append(bytes);
    return this.#read(false);
  }

  end(): SourceRecord[] {
    const records = this.#read(true);
    this.#finish(records);
    return records;
  }

  #read(isLast: boolean): SourceRecord[] {
    const records: SourceRecord[] = [];
    if (this.#mayHaveBom && !skipBom(this.#window, isLast)) return records;
    this.#mayHaveBom = false;
    while (this.#step(records));
    return records;
  }

  /** @returns false when more bytes are needed */
  #step(records: SourceRecord[]): boolean {
    if (this.#phase === 'refused') return this.#drop();
    if (this.#phase === 'inside') return this.#continueElement(records);
    const byte = this.#skipSpace();
    if (byte === undefined) return false;
    if (this.#phase === 'start') this.#begin(byte, records);
    else if (this.#phase === 'after') this.#refuseRest(records, 'there is more after the end of the array');
    else if (byte === CLOSE_ARRAY && this.#phase !== 'element') this.#enter('after');
    else if (byte === COMMA && this.#phase === 'separator') this.#enter('element');
    else if (byte === COMMA || byte === CLOSE_ARRAY) this.#missElement(byte, records);
    else this.#enterElement();
    return true;
  }

  #drop(): false {
    this.#window.start = this.#window.end;
    return false;
  }

  #skipSpace(): number | undefined {
    const window = this.#window;
    while (window.start < window.end) {
      const byte = window.bytes[window.start] as number;
      if (byte === LF) this.#line += 1;
      else if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return byte;
      window.start += 1;
    }
    return undefined;
  }

  #begin(byte: number, records: SourceRecord[]): void {
    if (byte !== OPEN_ARRAY) {
      this.#refuseRest(records, 'the file is not an array of objects: it does not begin with [');
      return;
    }
    this.#enter('first');
  }

  /** Takes the sign that comes next. */
  #enter(phase: Phase): void {
    this.#window.start += 1;
    this.#phase = phase;
  }

  /** The comma or bracket stays: after the missing element it is where it belongs. */
  #missElement(byte: number, records: SourceRecord[]): void {
    const before = byte === COMMA ? 'this comma' : 'the end of the array';
    records.push(this.#records.notJson(this.#emptyPlace(), `there is no element before ${before}`));
    this.#phase = 'separator';
  }

  #enterElement(): void {
    this.#lacksComma = this.#phase === 'separator';
    this.#scanner.reset();
    this.#scanned = 0;
    this.#phase = 'inside';
  }

  #continueElement(records: SourceRecord[]): boolean {
    const window = this.#window;
    const end = this.#scanner.scan(window.bytes, window.start + this.#scanned, window.end);
    if (end !== -1) {
      this.#takeElement(end, records);
      return true;
    }
    this.#scanned = window.length;
    if (this.#tooLongFrom !== undefined || window.length > this.#maxRecordBytes) {
      this.#tooLongFrom ??= window.offsetOf(window.start);
      window.start = window.end;
      this.#scanned = 0;
    }
    return false;
  }

  #takeElement(end: number, records: SourceRecord[]): void {
    const window = this.#window;
    const place = this.#place(end);
    if (place.endByte - place.startByte > this.#maxRecordBytes) records.push(this.#records.tooLong(place));
    else records.push(this.#records.parse(window, window.start, end, place, this.#lacksComma));
    window.start = end;
    this.#line = place.endLine;
    this.#tooLongFrom = undefined;
    this.#phase = 'separator';
  }

  #place(end: number): RecordPlace {
    return {
      line: this.#line,
      endLine: this.#line + this.#scanner.lineEnds,
      startByte: this.#tooLongFrom ?? this.#window.offsetOf(this.#window.start),
      endByte: this.#window.offsetOf(end),
    };
  }

  /** One record stands for everything from here to the end of the source. */
  #refuseRest(records: SourceRecord[], reason: string): void {
    records.push(this.#records.notJson(this.#emptyPlace(), reason));
    this.#phase = 'refused';
  }

  #emptyPlace(): RecordPlace {
    const byte = this.#window.offsetOf(this.#window.start);
    return { line: this.#line, endLine: this.#line, startByte: byte, endByte: byte };
  }

  #finish(records: SourceRecord[]): void {
    if (this.#phase === 'after' || this.#phase === 'refused') return;
    const reason =
      this.#phase === 'inside'
        ? 'the file ends inside this element'
        : 'the file ends before the end of the array';
    if (this.#phase !== 'inside') this.#scanner.reset();
    records.push(this.#records.notJson(this.#place(this.#window.end), reason));
  }
}
