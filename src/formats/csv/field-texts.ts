import type { ByteWindow } from '../byte-window.ts';
import { type DecodeText, decoderFor, findUndecodable } from '../decode-text.ts';
import type { Encoding, RecordProblem } from '../format.ts';
import { type CsvSyntax, ONLY_NULL } from './csv-syntax.ts';
import { FIELD_ENCODED, FIELD_ESCAPED, FIELD_QUOTED, type RecordScanner } from './record-scanner.ts';

/** Makes text of the fields that the scanner has found. */
export class FieldTexts {
  readonly #encoding: Encoding;
  readonly #decode: DecodeText;
  readonly #window: ByteWindow;
  readonly #scanner: RecordScanner;
  readonly #unescape: CsvSyntax['unescape'];
  /** The window's bytes as text, one character per byte: most fields are plain ASCII and just slices of it. */
  #ascii: string | undefined;
  #asciiStart = 0;
  /** By position; undefined: all. */
  #isWanted: readonly boolean[] | undefined;

  constructor(encoding: Encoding, window: ByteWindow, scanner: RecordScanner, syntax: CsvSyntax) {
    this.#encoding = encoding;
    this.#decode = decoderFor(encoding);
    this.#window = window;
    this.#scanner = scanner;
    this.#unescape = syntax.unescape;
  }

  /** The window has changed. */
  forget(): void {
    this.#ascii = undefined;
  }

  /** From now on `values` makes no text of the other fields: they are `undefined`. */
  want(names: readonly string[], wanted: readonly string[]): void {
    this.#isWanted = names.map((name) => wanted.includes(name));
  }

  /** The values of the record; a field that cannot be decoded is `undefined` and a problem, whether it is wanted or not. */
  values(problems: RecordProblem[]): (string | null | undefined)[] {
    const { bounds, fieldCount } = this.#scanner;
    const count = Math.min(fieldCount, bounds.length / 3);
    const values: (string | null | undefined)[] = [];
    const isWanted = this.#isWanted;
    for (let i = 0; i < count; i += 1) {
      const from = bounds[3 * i] as number;
      const to = bounds[3 * i + 1] as number;
      const flags = bounds[3 * i + 2] as number;
      if (isWanted?.[i] === false && (flags & FIELD_ENCODED) === 0) {
        values.push(undefined);
        continue;
      }
      // An unquoted empty field is NULL, a quoted one is empty text: the same rule as PostgreSQL's COPY.
      if (from === to) values.push((flags & FIELD_QUOTED) === 0 ? null : '');
      else if (flags <= FIELD_QUOTED) values.push(this.#slice(from, to));
      else values.push(this.#decodeField(i, from, to, flags, problems));
    }
    return values;
  }

  /** The same for a record of a file with one column. */
  only(problems: RecordProblem[]): (string | null | undefined)[] {
    const values = this.values(problems);
    const isQuoted = ((this.#scanner.bounds[2] as number) & FIELD_QUOTED) !== 0;
    return values.length === 1 && values[0] === ONLY_NULL && !isQuoted ? [null] : values;
  }

  /** The cells of a header; a byte that is not a character is shown as `\xE9`, so that the others can still be used. */
  headerCells(): string[] {
    const { bounds, fieldCount } = this.#scanner;
    return Array.from({ length: fieldCount }, (_, i) => {
      const from = bounds[3 * i] as number;
      const to = bounds[3 * i + 1] as number;
      const text = this.#decodeLeniently(from, to);
      return ((bounds[3 * i + 2] as number) & FIELD_ESCAPED) === 0 ? text : this.#unescape(text);
    });
  }

  #slice(from: number, to: number): string {
    if (this.#ascii === undefined) {
      const { bytes, start, end } = this.#window;
      this.#asciiStart = start;
      this.#ascii = bytes.toString('latin1', start, end);
    }
    return this.#ascii.substring(from - this.#asciiStart, to - this.#asciiStart);
  }

  #decodeField(
    index: number,
    from: number,
    to: number,
    flags: number,
    problems: RecordProblem[],
  ): string | undefined {
    const text =
      (flags & FIELD_ENCODED) === 0 ? this.#slice(from, to) : this.#decode(this.#window.bytes, from, to);
    if (text !== undefined) return (flags & FIELD_ESCAPED) === 0 ? text : this.#unescape(text);
    const at = findUndecodable(this.#encoding, this.#window.bytes, from, to);
    problems.push({
      code: 'record.bad_encoding',
      params: { offset: this.#window.offsetOf(at), encoding: this.#encoding },
      isFatal: true,
      fieldIndex: index,
    });
    return undefined;
  }

  #decodeLeniently(from: number, to: number): string {
    const { bytes } = this.#window;
    let text = '';
    for (let at = from; at < to; ) {
      const bad = findUndecodable(this.#encoding, bytes, at, to);
      text += this.#decode(bytes, at, bad) ?? '';
      if (bad < to) text += `\\x${(bytes[bad] as number).toString(16).toUpperCase()}`;
      at = bad + 1;
    }
    return text;
  }
}
