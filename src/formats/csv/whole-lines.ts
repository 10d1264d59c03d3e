/** What is compared with the beginning of a line, or with all of it, before the line is taken for a record. */
import { AppError } from '../../core/errors.ts';
import type { CsvDialect } from '../format.ts';
import { findWindows1252Byte } from '../windows-1252.ts';

/** A text in the bytes of the (normalised) source; undefined where its encoding does not have it. */
export function encodeLine({ encoding }: CsvDialect, text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined;
  if (encoding !== 'windows-1252') return Buffer.from(text);
  const bytes = Array.from(text, (character) => findWindows1252Byte(character));
  return bytes.includes(undefined) ? undefined : Buffer.from(bytes as number[]);
}

/** @throws AppError `format.invalid_option` for a comment that a record could begin with, or that is not text of one line */
export function parseComment(dialect: CsvDialect): Buffer | undefined {
  const { comment, delimiter, quote } = dialect;
  if (comment === undefined) return undefined;
  const bytes = encodeLine(dialect, comment);
  const why =
    bytes === undefined
      ? 'windows-1252 does not have it'
      : comment === '' || /[\r\n\uFEFF\0]/.test(comment) || !comment.isWellFormed()
        ? 'it must be a text without line ends, byte order mark and NUL'
        : comment.startsWith(delimiter) || comment.startsWith(quote)
          ? 'a record may begin with it, since it begins with the delimiter or the quote'
          : undefined;
  if (why === undefined) return bytes;
  throw new AppError(
    'format.invalid_option',
    `The CSV comment ${JSON.stringify(comment)} cannot be used: ${why}.`,
    { details: { option: 'comment', got: comment } },
  );
}

const BLANKS: readonly number[] = [0x20, 0x09, 0x0a, 0x0d];

/** Blanks and tabs alone, and the line end. */
export function isBlankLine(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (!BLANKS.includes(bytes[at] as number)) return false;
  return true;
}

/** Ctrl-Z, with which DOS ended a text, or the `\\.` that ends the data of a COPY in a script of psql. */
export function isEndMark(bytes: Buffer, from: number, to: number): boolean {
  let end = to;
  while (end > from && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end -= 1;
  if (end - from === 1) return bytes[from] === 0x1a;
  return end - from === 2 && bytes[from] === 0x5c && bytes[from + 1] === 0x2e;
}

/** The line once more, with its line end, and maybe with the byte order mark of the file that was put behind. */
export function isLineAgain(line: Buffer | undefined, bytes: Buffer, from: number, to: number): boolean {
  if (line === undefined || to - from > line.length + 5) return false;
  const hasBom = bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf;
  const start = hasBom ? from + 3 : from;
  let end = to;
  while (end > start && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end -= 1;
  return end - start === line.length && bytes.subarray(start, end).equals(line);
}
