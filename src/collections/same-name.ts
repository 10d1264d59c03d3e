/** When two names are one to a person who reads them. */

/** Letters that nobody sees: zero-width ones, marks of direction, byte order marks, soft hyphens. */
const INVISIBLE = /[\p{Cf}\p{Variation_Selector}\u115F\u1160\u3164\uFFA0]|\u034F|\u17B4|\u17B5/gu;

/** The same for names that differ by case, blanks, `_` and `-`, by letters that nobody sees, or by how an accent is encoded. */
export function simplifyName(name: string): string {
  return name
    .replaceAll(INVISIBLE, '')
    .normalize('NFC')
    .toLowerCase()
    .normalize('NFC')
    .replaceAll(/[\s_-]+/g, '');
}

/** The same for names that look the same: letters that nobody sees and the encoding of accents do not count, blanks of all kinds are one. */
export function lookOf(name: string): string {
  return name.replaceAll(INVISIBLE, '').normalize('NFC').replaceAll(/\s+/g, ' ').trim();
}
