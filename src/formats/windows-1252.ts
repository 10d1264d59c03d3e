/** Characters of the bytes 0x80 to 0x9F, where windows-1252 differs from latin1; five bytes have none. Source: WHATWG Encoding. */
export const WINDOWS_1252_C1: readonly string[] = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'.split('');

/** The bytes that no character has. Decoders of browsers let them pass as control characters; here they are issues. */
export const WINDOWS_1252_UNDEFINED: ReadonlySet<number> = new Set([0x81, 0x8d, 0x8f, 0x90, 0x9d]);

const BYTE_OF: ReadonlyMap<string, number> = new Map(
  WINDOWS_1252_C1.map((character, i) => [character, 0x80 + i] as const).filter(
    ([, byte]) => !WINDOWS_1252_UNDEFINED.has(byte),
  ),
);

/** The byte of one character (UTF-16 code unit), or `undefined` when windows-1252 does not have it. */
export function findWindows1252Byte(character: string): number | undefined {
  const code = character.charCodeAt(0);
  return code < 0x80 || (code >= 0xa0 && code <= 0xff) ? code : BYTE_OF.get(character);
}
