import { AppError } from '../../core/errors.ts';
import type { CsvDialect, Encoding } from '../format.ts';
import { findWindows1252Byte } from '../windows-1252.ts';

/** NULL in a file of one column, without quotes: an empty line is not a record there. As PostgreSQL's COPY and MySQL write it. */
export const ONLY_NULL = '\\N';

/** The characters of a CSV dialect as the bytes in which they occur in the (normalised) source. */
export interface CsvSyntax {
  readonly delimiter: Uint8Array;
  readonly quote: Uint8Array;
  readonly escape: Uint8Array;
  /** Quotes inside quoted fields are doubled (RFC 4180, section 2, rule 7). */
  readonly isDoubling: boolean;
  /** Takes the escapes out of the content of a quoted field. */
  readonly unescape: (content: string) => string;
}

/** @throws AppError `format.invalid_option` when a character is not one character, is a line end, or is used twice */
export function parseCsvSyntax(dialect: CsvDialect): CsvSyntax {
  const { delimiter, quote, escape, encoding } = dialect;
  const syntax = {
    delimiter: parseCharacter('delimiter', delimiter, encoding),
    quote: parseCharacter('quote', quote, encoding),
    escape: parseCharacter('escape', escape, encoding),
  };
  if (delimiter === quote || delimiter === escape) {
    throw invalid('delimiter', delimiter, 'it must differ from the quote and the escape');
  }
  const isDoubling = quote === escape;
  return { ...syntax, isDoubling, unescape: isDoubling ? undouble(quote) : unescapeWith(quote, escape) };
}

function parseCharacter(option: string, character: string, encoding: Encoding): Uint8Array {
  if (!/^.$/su.test(character)) throw invalid(option, character, 'it must be exactly one character');
  if (/[\r\n\uFEFF\0]/.test(character) || !character.isWellFormed()) {
    throw invalid(option, character, 'it cannot be a line end, a byte order mark or NUL');
  }
  if (encoding !== 'windows-1252') return Buffer.from(character, 'utf8');
  const byte = findWindows1252Byte(character);
  if (character.length > 1 || byte === undefined)
    throw invalid(option, character, 'windows-1252 does not have it');
  return Uint8Array.of(byte);
}

function invalid(option: string, got: string, reason: string): AppError {
  return new AppError(
    'format.invalid_option',
    `The CSV ${option} ${JSON.stringify(got)} cannot be used: ${reason}.`,
    {
      details: { option, got },
    },
  );
}

function undouble(quote: string): (content: string) => string {
  const doubled = quote + quote;
  return (content) => content.replaceAll(doubled, quote);
}

/** An escape before anything but a quote or an escape is an ordinary character, as in Spark and MySQL exports of plain text. */
function unescapeWith(quote: string, escape: string): (content: string) => string {
  const literal = (character: string) => character.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const pattern = new RegExp(`${literal(escape)}(${literal(escape)}|${literal(quote)})`, 'gu');
  return (content) => content.replace(pattern, '$1');
}
