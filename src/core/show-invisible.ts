/** Texts for people, in which letters that nobody sees are told: two that look the same are no riddle then. */
import { visibleText } from './visible-text.ts';

/**
 * Zero-width letters, marks of direction, byte order marks, blanks other than the usual one. A joiner inside a picture of several is left
 * alone: there it shows.
 */
const INVISIBLE =
  /(?<![\p{Extended_Pictographic}\uFE0F\p{Emoji_Modifier}])\u200D|[^\P{Cf}\u200D]|[^\P{Z} ]|[\u034F\u115F\u1160\u3164\uFFA0]/gu;

/** `U+00A0` for what nobody sees, in angle brackets, and for an accent that stands apart from its letter. */
export function showInvisible(text: string): string {
  // Most texts have none, and are looked at once.
  if (/^[\u0020-\u007E\n\r\t]*$/.test(text)) return text;
  return text
    .replaceAll(/\P{M}\p{M}+/gu, (letter) => (letter.normalize('NFC') === letter ? letter : apart(letter)))
    .replaceAll(INVISIBLE, codeOf);
}

/** A name in a message. */
export function showName(name: string): string {
  return visibleText(showInvisible(name));
}

/** The same in quotes. */
export function quoteName(name: string): string {
  return `"${showName(name)}"`;
}

function apart(letter: string): string {
  return letter.replaceAll(/\p{M}/gu, codeOf);
}

function codeOf(letter: string): string {
  return `<U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;
}
