import { ByteWindow } from '../byte-window.ts';

const LF = 0x0a;

/** A row of COPY text: its columns in order, `null` for `\N`. */
export type CopyTextRow = (string | null)[];

/**
 * Decodes PostgreSQL's COPY text format (UTF-8, tab between columns, LF after each row, backslash escapes) from pushed bytes.
 * Trusts its input, which PostgreSQL has made: raw tabs and line breaks only ever separate.
 * Source: PostgreSQL documentation, COPY, File Formats, Text Format.
 */
export class CopyTextReader {
  readonly #window = new ByteWindow(0);
  /** Bytes from the window's start in which there is no line end. */
  #searched = 0;

  /** Gives the rows that the bytes complete; the bytes are copied. */
  push(bytes: Uint8Array): CopyTextRow[] {
    const window = this.#window;
    window.append(bytes);
    const lastEnd = window.bytes.subarray(window.start + this.#searched, window.end).lastIndexOf(LF);
    if (lastEnd === -1) {
      this.#searched = window.length;
      return [];
    }
    const end = window.start + this.#searched + lastEnd;
    const text = window.bytes.toString('utf8', window.start, end);
    window.start = end + 1;
    this.#searched = window.length;
    return text.split('\n').map(decodeRow);
  }

  /** @throws Error when the last row is not complete: the COPY was cut off */
  end(): void {
    if (this.#window.length > 0) throw new Error('COPY text ended inside a row');
  }
}

function decodeRow(line: string): CopyTextRow {
  const columns: CopyTextRow = line.split('\t');
  if (!line.includes('\\')) return columns;
  for (let i = 0; i < columns.length; i += 1) {
    const column = columns[i] as string;
    if (column === '\\N') columns[i] = null;
    else if (column.includes('\\')) columns[i] = column.replace(ESCAPE, unescape);
  }
  return columns;
}

const ESCAPE = /\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|([^]))/g;

const CONTROLS: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

function unescape(_: string, hex: string | undefined, octal: string | undefined, character: string): string {
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
  return CONTROLS[character] ?? character;
}
