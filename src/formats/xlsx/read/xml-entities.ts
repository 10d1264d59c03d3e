/** What text stands for in XML: entities, and line ends. Source: XML 1.0, sections 2.11, 4.1, 4.6. */

export interface EntityReader {
  /** Text as it is meant. @throws what `damaged` makes, for an entity that nobody knows */
  decode(text: string): string;
  /** Line ends alone, as in CDATA. */
  normalize(text: string): string;
  /** How much of it can be decoded without what follows. */
  wholeLength(text: string): number;
}

const NAMED: ReadonlyMap<string, string> = new Map(
  Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }),
);
/** Of an entity with all of its leading zeros. */
const MAX_ENTITY = 32;
const CR = 13;

export function createEntityReader(damaged: (reason: string) => Error): EntityReader {
  const replace = (whole: string, name: string) => {
    const found = name.startsWith('#') ? character(name.slice(1)) : NAMED.get(name);
    if (found === undefined || !whole.endsWith(';'))
      throw damaged(`it has the entity ${whole}, which nobody knows`);
    return found;
  };
  const normalize = (text: string) => (text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text);
  return {
    normalize,
    decode(text) {
      const lines = normalize(text);
      return lines.includes('&') ? lines.replaceAll(/&([^;&\s]{0,31});?/g, replace) : lines;
    },
    wholeLength(text) {
      const entity = text.lastIndexOf('&');
      const isOpen = entity !== -1 && text.length - entity < MAX_ENTITY && !text.includes(';', entity);
      if (isOpen) return entity;
      return text.charCodeAt(text.length - 1) === CR ? text.length - 1 : text.length;
    },
  };
}

/** @param digits decimal, or hexadecimal behind an x */
function character(digits: string): string | undefined {
  const isHex = digits.startsWith('x');
  if (!(isHex ? /^x[\da-f]+$/i : /^\d+$/).test(digits)) return undefined;
  const code = Number.parseInt(isHex ? digits.slice(1) : digits, isHex ? 16 : 10);
  const isOne =
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    (code >= 0x10000 && code <= 0x10ffff);
  return isOne ? String.fromCodePoint(code) : undefined;
}
