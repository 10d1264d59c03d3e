import { skipBom } from '../bom.ts';
import { ByteWindow } from '../byte-window.ts';
import type { JsonDialect, ReadOptions, RecordReader, SourceRecord } from '../format.ts';
import { ObjectRecords } from '../json/object-records.ts';

const LF = 0x0a;

/**
 * Reads one JSON object per line. Lines end with LF (a CR before it is white space to JSON); blank lines are not records. Since
 * JSON text has no raw line break, one broken line never harms the next.
 */
export class JsonlReader implements RecordReader {
  readonly fields: readonly string[];
  readonly #records: ObjectRecords;
  readonly #window: ByteWindow;
  readonly #maxRecordBytes: number;
  #line: number;
  #mayHaveBom: boolean;
  /** Bytes from the window's start in which there is no line end. */
  #searched = 0;
  /** First byte of a line over the limit, whose bytes are dropped as they come. */
  #tooLongFrom: number | undefined;

  constructor(dialect: JsonDialect, options: ReadOptions) {
    this.#records = new ObjectRecords(dialect, options);
    this.fields = this.#records.fields;
    this.#window = new ByteWindow(options.position?.byte ?? 0);
    this.#maxRecordBytes = options.limits.maxRecordBytes;
    this.#line = options.position?.line ?? 1;
    this.#mayHaveBom = (options.position?.byte ?? 0) === 0 && dialect.encoding !== 'windows-1252';
  }

  push(bytes: Uint8Array): SourceRecord[] {
    this.#window.append(bytes);
    return this.#read(false);
  }

  end(): SourceRecord[] {
    return this.#read(true);
  }

  #read(isLast: boolean): SourceRecord[] {
    const records: SourceRecord[] = [];
    const window = this.#window;
    if (this.#mayHaveBom && !skipBom(window, isLast)) return records;
    this.#mayHaveBom = false;
    const bytes = window.bytes.subarray(0, window.end);
    for (;;) {
      const lineEnd = bytes.indexOf(LF, window.start + this.#searched);
      if (lineEnd === -1) break;
      this.#takeLine(lineEnd + 1, 1, records);
    }
    this.#searched = window.length;
    if (isLast && (window.length > 0 || this.#tooLongFrom !== undefined))
      this.#takeLine(window.end, 0, records);
    else if (window.length > this.#maxRecordBytes || this.#tooLongFrom !== undefined) this.#dropBytes();
    return records;
  }

  #takeLine(to: number, lineEnds: number, records: SourceRecord[]): void {
    const window = this.#window;
    const from = window.start;
    const place = {
      line: this.#line,
      endLine: this.#line + lineEnds,
      startByte: this.#tooLongFrom ?? window.offsetOf(from),
      endByte: window.offsetOf(to),
    };
    if (place.endByte - place.startByte > this.#maxRecordBytes) records.push(this.#records.tooLong(place));
    else if (!isBlank(window.bytes, from, to)) records.push(this.#records.parse(window, from, to, place));
    window.start = to;
    this.#line = place.endLine;
    this.#searched = 0;
    this.#tooLongFrom = undefined;
  }

  #dropBytes(): void {
    this.#tooLongFrom ??= this.#window.offsetOf(this.#window.start);
    this.#window.start = this.#window.end;
    this.#searched = 0;
  }
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  let at = from;
  while (at < to && isSpace(bytes[at] as number)) at += 1;
  return at === to;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === LF || byte === 0x0d || byte === 0x09;
}
