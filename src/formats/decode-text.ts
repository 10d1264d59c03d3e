import { isUtf8 } from 'node:buffer';
import type { Encoding } from './format.ts';
import { WINDOWS_1252_C1, WINDOWS_1252_UNDEFINED } from './windows-1252.ts';

/** The text of `bytes[from, to)`, or `undefined` where the bytes are not valid; never a replacement character. */
export type DecodeText = (bytes: Buffer, from: number, to: number) => string | undefined;

/** UTF-16 sources are normalised to UTF-8 before they are read, so a reader decodes UTF-8 or windows-1252. */
export function decoderFor(encoding: Encoding): DecodeText {
  return encoding === 'windows-1252' ? decodeWindows1252 : decodeUtf8;
}

/** Index of the first byte of `bytes[from, to)` that is not valid; `to` when all are. */
export function findUndecodable(encoding: Encoding, bytes: Buffer, from: number, to: number): number {
  return encoding === 'windows-1252' ? findUndefinedByte(bytes, from, to) : findInvalidUtf8(bytes, from, to);
}

function decodeUtf8(bytes: Buffer, from: number, to: number): string | undefined {
  const text = bytes.toString('utf8', from, to);
  // The replacement character may be in the source itself: only then is the slower check needed.
  return text.includes('\uFFFD') && !isUtf8(bytes.subarray(from, to)) ? undefined : text;
}

function decodeWindows1252(bytes: Buffer, from: number, to: number): string | undefined {
  if (findUndefinedByte(bytes, from, to) < to) return undefined;
  const text = bytes.toString('latin1', from, to);
  return text.replace(
    /[\x80-\x9f]/g,
    (character) => WINDOWS_1252_C1[character.charCodeAt(0) - 0x80] ?? character,
  );
}

function findUndefinedByte(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && !WINDOWS_1252_UNDEFINED.has(bytes[at] as number)) at += 1;
  return at;
}

/** Walks the well-formed sequences of Unicode 16.0, table 3-7. */
function findInvalidUtf8(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const length = sequenceLength(bytes, at);
    if (length === 0 || at + length > to) return at;
    for (let i = 1; i < length; i += 1) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return at;
    at += length;
  }
  return to;
}

/** Length that the first two bytes announce; 0 when no sequence starts so. */
function sequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[at + 1] ?? 0;
  if (first === 0xe0 && second < 0xa0) return 0; // overlong
  if (first === 0xed && second > 0x9f) return 0; // surrogates
  if (first === 0xf0 && second < 0x90) return 0; // overlong
  if (first === 0xf4 && second > 0x8f) return 0; // beyond U+10FFFF
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
