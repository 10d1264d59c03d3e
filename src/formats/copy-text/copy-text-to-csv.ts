import { ByteWindow } from '../byte-window.ts';
import { ONLY_NULL } from '../csv/csv-syntax.ts';

const ONLY_NULL_BYTES = Buffer.from(ONLY_NULL);
const TAB = 0x09;
const LF = 0x0a;
const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;
const CAPITAL_N = 0x4e;

/** What a letter after a backslash stands for. Source: PostgreSQL documentation, COPY, File Formats, Text Format. */
const ESCAPED = new Map([
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, LF],
  [0x72, 0x0d],
  [0x74, TAB],
  [0x76, 0x0b],
]);

export interface CopyTextToCsvOptions {
  /** One ASCII character each; quotes are escaped by doubling. */
  readonly delimiter: string;
  readonly quote: string;
  readonly lineEnd: string;
  readonly columnCount: number;
  /** By column: turns PostgreSQL's text of a value into the file's; undefined leaves it as it is. */
  readonly renderers: readonly (((text: string) => string) | undefined)[];
  /** The header's line, which no row may be, and what is written in its place. */
  readonly headerAgain?: { readonly line: string; readonly instead: string };
  /** One more cell behind each row, made of what the renderers have seen of it. */
  readonly added?: {
    /** A row begins, maybe once more: its first part may have come before the rest. */
    readonly reset: () => void;
    readonly cell: () => string | null;
  };
}

export interface CsvRows {
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** The next row is here already, and would not fit. */
  readonly isFull: boolean;
}

/**
 * COPY text to CSV, bytes to bytes, by the rules of the CSV writer (NULL is an unquoted empty field, empty text is `""`, a single column is
 * always quoted but for its NULL). No value becomes a string unless its column asks for it, which makes this three times as fast as decoding rows. UTF-8 only.
 */
export class CopyTextToCsv {
  readonly #options: CopyTextToCsvOptions;
  readonly #window = new ByteWindow(0);
  readonly #isSpecial = new Uint8Array(256);
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #lineEnd: Buffer;
  readonly #isSingle: boolean;
  readonly #headerLine: Buffer | undefined;
  readonly #insteadOfHeader: Buffer;
  #out = Buffer.allocUnsafe(64 * 1024);
  #used = 0;

  constructor(options: CopyTextToCsvOptions) {
    this.#options = options;
    this.#delimiter = options.delimiter.charCodeAt(0);
    this.#quote = options.quote.charCodeAt(0);
    this.#lineEnd = Buffer.from(options.lineEnd);
    this.#isSingle = options.columnCount === 1 && options.added === undefined;
    this.#headerLine = options.headerAgain && Buffer.from(options.headerAgain.line);
    this.#insteadOfHeader = Buffer.from(options.headerAgain?.instead ?? '');
    for (const byte of [this.#delimiter, this.#quote, 0x0d]) this.#isSpecial[byte] = 1;
  }

  /** Takes the next bytes of the COPY; they are copied. */
  push(bytes: Uint8Array): void {
    this.#window.append(bytes);
  }

  /**
   * The rows that are complete, as far as the limits allow. `bytes` is valid until the next call.
   *
   * @param limit `bytes` is the room for rows; at least one row is given when `isFirst`, however large
   */
  take(limit: { records: number; bytes: number; isFirst: boolean }): CsvRows {
    const window = this.#window;
    this.#reserve(window.length);
    this.#used = 0;
    let rows = 0;
    while (rows < limit.records && window.length > 0) {
      const before = this.#used;
      const next = this.#row(window.start);
      if (next === -1) {
        this.#used = before;
        break;
      }
      if (this.#used > limit.bytes && !(limit.isFirst && rows === 0)) {
        this.#used = before;
        return { bytes: this.#out.subarray(0, before), rows, isFull: true };
      }
      window.start = next;
      rows += 1;
    }
    return { bytes: this.#out.subarray(0, this.#used), rows, isFull: false };
  }

  /** Whether bytes are left; after the last push they are an unfinished row. */
  get isEmpty(): boolean {
    return this.#window.length === 0;
  }

  /** Room for the worst case of this many bytes: every one is a quote in a value of its own, or ends a row. */
  #reserve(inputBytes: number): void {
    const needed = inputBytes * (4 + this.#lineEnd.length) + 64;
    if (this.#out.length < needed) this.#out = Buffer.allocUnsafe(needed);
  }

  /** Writes one row; gives the index after it, or -1 where it is not complete. */
  #row(start: number): number {
    const { columnCount, added } = this.#options;
    let at = start;
    const outStart = this.#used;
    added?.reset();
    for (let column = 0; ; column += 1) {
      if (column > 0) this.#out[this.#used++] = this.#delimiter;
      at = this.#value(at, column);
      if (at === -1) return -1;
      const end = this.#window.bytes[at] as number;
      at += 1;
      if (end === TAB) continue;
      if (column + 1 !== columnCount)
        throw new Error(`a row of COPY has ${column + 1} columns instead of ${columnCount}`);
      if (added !== undefined) this.#addCell(added.cell());
      this.#used += this.#lineEnd.copy(this.#out, this.#used);
      if (this.#used - outStart === this.#headerLine?.length) this.#tellFromHeader(outStart);
      return at;
    }
  }

  #tellFromHeader(outStart: number): void {
    const line = this.#out.subarray(outStart, this.#used);
    if (this.#headerLine === undefined || !this.#headerLine.equals(line)) return;
    this.#used = outStart;
    this.#makeRoom(this.#insteadOfHeader.length);
    this.#used += this.#insteadOfHeader.copy(this.#out, outStart);
  }

  /** Writes one value; gives the index of the tab or line feed after it. */
  #value(start: number, column: number): number {
    const { bytes, end: limit } = this.#window;
    const isSpecial = this.#isSpecial;
    let needsQuotes = false;
    let isEscaped = false;
    let at = start;
    for (; at < limit; at += 1) {
      const byte = bytes[at] as number;
      if (byte === TAB || byte === LF) break;
      if (byte === BACKSLASH) {
        isEscaped = true;
        at += 1;
      } else if (isSpecial[byte] === 1) {
        needsQuotes = true;
      }
    }
    if (at >= limit) return -1;
    const isNull = isEscaped && at - start === 2 && bytes[start + 1] === CAPITAL_N;
    if (isNull) {
      if (this.#isSingle) this.#copy(ONLY_NULL_BYTES, 0, ONLY_NULL_BYTES.length);
    } else if (isEscaped || this.#options.renderers[column] !== undefined) {
      this.#writeText(this.#decode(start, at), column);
    } else if (needsQuotes || at === start || this.#isSingle || looksOtherwise(bytes, start, at)) {
      this.#writeQuoted(bytes, start, at);
    } else {
      this.#copy(bytes, start, at);
    }
    return at;
  }

  #writeQuotes(count: number): void {
    for (let i = 0; i < count; i += 1) this.#out[this.#used++] = this.#quote;
  }

  #copy(bytes: Buffer, start: number, end: number): void {
    const out = this.#out;
    let used = this.#used;
    // Most values are short: a loop beats the call of a copy.
    for (let at = start; at < end; at += 1) out[used++] = bytes[at] as number;
    this.#used = used;
  }

  #writeQuoted(bytes: Buffer, start: number, end: number): void {
    this.#writeQuotes(1);
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] as number;
      if (byte === this.#quote) this.#writeQuotes(1);
      this.#out[this.#used++] = byte;
    }
    this.#writeQuotes(1);
  }

  #decode(start: number, end: number): Buffer {
    const { bytes } = this.#window;
    const decoded = Buffer.allocUnsafe(end - start);
    let length = 0;
    for (let at = start; at < end; at += 1) {
      let byte = bytes[at] as number;
      if (byte === BACKSLASH) {
        at += 1;
        const letter = bytes[at] as number;
        byte = ESCAPED.get(letter) ?? letter;
      }
      decoded[length++] = byte;
    }
    return decoded.subarray(0, length);
  }

  #writeText(decoded: Buffer, column: number): void {
    const render = this.#options.renderers[column];
    this.#writeCell(render === undefined ? decoded : Buffer.from(render(decoded.toString())));
  }

  #addCell(text: string | null): void {
    this.#makeRoom(1 + this.#lineEnd.length);
    this.#out[this.#used++] = this.#delimiter;
    if (text !== null) this.#writeCell(Buffer.from(text));
  }

  /** What a renderer gives may be longer than what it was given. */
  #writeCell(value: Buffer): void {
    this.#makeRoom(value.length * 2 + 2);
    if (this.#needsQuotes(value)) this.#writeQuoted(value, 0, value.length);
    else this.#copy(value, 0, value.length);
  }

  #needsQuotes(value: Buffer): boolean {
    if (value.length === 0 || this.#isSingle || looksOtherwise(value, 0, value.length)) return true;
    for (const byte of value) if (byte === LF || this.#isSpecial[byte] === 1) return true;
    return false;
  }

  #makeRoom(extra: number): void {
    const reserved = this.#window.length * (4 + this.#lineEnd.length) + 64;
    if (this.#used + extra + reserved <= this.#out.length) return;
    const larger = Buffer.allocUnsafe((this.#used + extra + reserved) * 2);
    this.#out.copy(larger, 0, 0, this.#used);
    this.#out = larger;
  }
}

/** At the start of a file it would be taken for a byte order mark, or in apostrophes for quoted. */
function looksOtherwise(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[start] === APOSTROPHE) return end - start > 1 && bytes[end - 1] === APOSTROPHE;
  return bytes[start] === 0xef && bytes[start + 1] === 0xbb && bytes[start + 2] === 0xbf;
}
