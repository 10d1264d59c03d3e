import type { CsvSyntax } from './csv-syntax.ts';

/** The bytes given so far do not tell where the record ends. */
export const INCOMPLETE = -1;

export const FIELD_QUOTED = 1;
export const FIELD_ESCAPED = 2;
/** The field has bytes above 0x7F and must be decoded; the others are the same in every encoding. */
export const FIELD_ENCODED = 4;

const LF = 0x0a;
const CR = 0x0d;

/**
 * The one CSV state machine: from the first byte of a record it finds its fields and its end, over bytes, without making text.
 * It keeps no state between calls: a record that the bytes do not complete is scanned again from its start.
 *
 * - A quote is special only as the first character of a field; elsewhere in an unquoted field it is text.
 * - A line ends with LF, CRLF or CR, mixed as they come. Inside quotes they are text.
 * - Text after a closing quote belongs to no field: `hasStrayText`; the record still ends at its delimiters and line end.
 */
export class RecordScanner {
  /** Fields of the last record; only the first `maxFields` have bounds. */
  fieldCount = 0;
  /** Line ends in the last record, its own included. */
  lineEnds = 0;
  hasStrayText = false;
  /** Index of the quote that is still open where the bytes end, or -1. */
  openQuote = -1;
  /** Three numbers per field: index of the first byte, index after the last, flags. */
  readonly bounds: Int32Array;

  readonly #syntax: CsvSyntax;
  readonly #maxFields: number;
  readonly #quoteByte: number;
  /** Bits of the bytes that the content of an escaped field has beside its text. */
  readonly #quotingBits: number;
  readonly #endsPlain = new Uint8Array(256);
  readonly #endsQuoted = new Uint8Array(256);

  constructor(syntax: CsvSyntax, maxFields: number) {
    this.#syntax = syntax;
    this.#maxFields = maxFields;
    this.bounds = new Int32Array(3 * maxFields);
    this.#quoteByte = syntax.quote[0] as number;
    this.#quotingBits = this.#quoteByte | (syntax.escape[0] as number);
    for (const byte of [LF, CR, syntax.delimiter[0] as number]) this.#endsPlain[byte] = 1;
    for (const byte of [LF, CR, this.#quoteByte, syntax.escape[0] as number]) this.#endsQuoted[byte] = 1;
  }

  /** The last record is a line without a byte, which is none. */
  get isBlank(): boolean {
    return this.fieldCount === 1 && this.bounds[0] === this.bounds[1] && this.bounds[2] === 0;
  }

  /**
   * Scans the record that starts at `from`.
   * @param isLast the source ends at `to`, so that the last record needs no line end
   * @returns index after its line end, or `INCOMPLETE` (also where a quote is open at the end of the source)
   */
  scan(bytes: Buffer, from: number, to: number, isLast: boolean): number {
    this.fieldCount = 0;
    this.lineEnds = 0;
    this.hasStrayText = false;
    this.openQuote = -1;
    let at = from;
    for (;;) {
      at = this.#isQuote(bytes, at, to) ? this.#scanQuoted(bytes, at, to) : this.#scanPlain(bytes, at, to);
      if (at === INCOMPLETE) return INCOMPLETE;
      if (at >= to) return isLast ? to : INCOMPLETE;
      const byte = bytes[at];
      if (byte === LF) return this.#endLine(at + 1);
      if (byte === CR) {
        if (at + 1 < to) return this.#endLine(bytes[at + 1] === LF ? at + 2 : at + 1);
        return isLast ? this.#endLine(to) : INCOMPLETE;
      }
      at += this.#syntax.delimiter.length;
    }
  }

  #endLine(at: number): number {
    this.lineEnds += 1;
    return at;
  }

  #scanPlain(bytes: Buffer, from: number, to: number): number {
    const ends = this.#endsPlain;
    const { delimiter } = this.#syntax;
    let at = from;
    let seen = 0;
    for (;;) {
      let byte = 0;
      while (at < to && ends[(byte = bytes[at] as number)] === 0) {
        seen |= byte;
        at += 1;
      }
      if (at >= to || byte === LF || byte === CR || matches(delimiter, bytes, at, to)) break;
      seen |= byte;
      at += 1;
    }
    this.#addField(from, at, seen > 0x7f ? FIELD_ENCODED : 0);
    return at;
  }

  #scanQuoted(bytes: Buffer, from: number, to: number): number {
    const { quote, escape, isDoubling } = this.#syntax;
    const ends = this.#endsQuoted;
    const contentStart = from + quote.length;
    let at = contentStart;
    let seen = 0;
    let flags = FIELD_QUOTED;
    this.openQuote = from;
    for (;;) {
      let byte = 0;
      while (at < to && ends[(byte = bytes[at] as number)] === 0) {
        seen |= byte;
        at += 1;
      }
      if (at >= to) return INCOMPLETE;
      if (byte === LF || byte === CR) {
        if (byte === CR || bytes[at - 1] !== CR) this.lineEnds += 1;
        at += 1;
      } else if (!isDoubling && matches(escape, bytes, at, to)) {
        const next = at + escape.length;
        const escaped = matches(escape, bytes, next, to)
          ? escape
          : matches(quote, bytes, next, to)
            ? quote
            : undefined;
        if (escaped !== undefined) flags |= FIELD_ESCAPED;
        at = next + (escaped?.length ?? 0);
      } else if (matches(quote, bytes, at, to)) {
        const next = at + quote.length;
        if (!isDoubling || !matches(quote, bytes, next, to)) break;
        flags |= FIELD_ESCAPED;
        at = next + quote.length;
      } else {
        seen |= byte;
        at += 1;
      }
    }
    this.openQuote = -1;
    if ((flags & FIELD_ESCAPED) !== 0) seen |= this.#quotingBits;
    this.#addField(contentStart, at, seen > 0x7f ? flags | FIELD_ENCODED : flags);
    return this.#skipStrayText(bytes, at + quote.length, to);
  }

  #skipStrayText(bytes: Buffer, from: number, to: number): number {
    const { delimiter } = this.#syntax;
    let at = from;
    while (at < to && bytes[at] !== LF && bytes[at] !== CR && !matches(delimiter, bytes, at, to)) at += 1;
    if (at > from) this.hasStrayText = true;
    return at;
  }

  #addField(from: number, to: number, flags: number): void {
    if (this.fieldCount < this.#maxFields) {
      const at = this.fieldCount * 3;
      this.bounds[at] = from;
      this.bounds[at + 1] = to;
      this.bounds[at + 2] = flags;
    }
    this.fieldCount += 1;
  }

  #isQuote(bytes: Buffer, at: number, to: number): boolean {
    return bytes[at] === this.#quoteByte && matches(this.#syntax.quote, bytes, at, to);
  }
}

function matches(character: Uint8Array, bytes: Buffer, at: number, to: number): boolean {
  if (at + character.length > to) return false;
  for (let i = 0; i < character.length; i += 1) if (bytes[at + i] !== character[i]) return false;
  return true;
}
