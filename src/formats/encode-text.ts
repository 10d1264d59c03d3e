import { AppError } from '../core/errors.ts';
import type { Encoding } from './format.ts';
import { findWindows1252Byte } from './windows-1252.ts';

/**
 * What turns a writer's text into bytes; any cut of the text is allowed that does not split a surrogate pair. A byte order mark is
 * the writer's to begin with.
 * @throws AppError `format.not_encodable` for a character that the encoding does not have; it is never replaced by `?`
 */
export function createTextEncoder(encoding: Encoding): (text: string) => Uint8Array {
  return ENCODERS[encoding];
}

const ENCODERS: Readonly<Record<Encoding, (text: string) => Uint8Array>> = {
  'utf-8': (text) => Buffer.from(wellFormed(text, 'utf-8'), 'utf8'),
  'utf-16le': (text) => Buffer.from(wellFormed(text, 'utf-16le'), 'utf16le'),
  'utf-16be': (text) => Buffer.from(wellFormed(text, 'utf-16be'), 'utf16le').swap16(),
  'windows-1252': encodeWindows1252,
};

function wellFormed(text: string, encoding: Encoding): string {
  if (text.isWellFormed()) return text;
  throw notEncodable(encoding, text.charCodeAt(text.search(/\p{Surrogate}/u)));
}

function encodeWindows1252(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'latin1');
  // Only text outside ASCII and the upper half of latin1 needs a look at each character.
  if (!/[^\0-\x7f\xa0-\xff]/.test(text)) return bytes;
  for (let i = 0; i < text.length; i += 1) {
    const byte = findWindows1252Byte(text.charAt(i));
    if (byte === undefined) throw notEncodable('windows-1252', text.codePointAt(i) ?? 0);
    bytes[i] = byte;
  }
  return bytes;
}

function notEncodable(encoding: Encoding, codePoint: number): AppError {
  const name = `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
  return new AppError(
    'format.not_encodable',
    `The result contains the character ${name}, which ${encoding} does not have. Choose utf-8 as the encoding.`,
    { details: { encoding, character: name } },
  );
}
