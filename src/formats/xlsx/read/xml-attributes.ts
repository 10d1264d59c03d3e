/** The attributes of the start tag that was read last: where each lies in the text, and its value when somebody asks. Source: XML 1.0, section 3.1. */
import type { EntityReader } from './xml-entities.ts';

export interface Attributes {
  /** By its local name, as `id` of `r:id`; one without a prefix is preferred. */
  get(name: string): string | undefined;
}

interface TagReader extends Attributes {
  /**
   * @param at behind the `<`
   * @returns behind its `>`; -1 where the text ends before
   */
  read(text: string, at: number): number;
  /** Where the name of the element ends. */
  readonly nameEnd: number;
  /** It ends with `/>`. */
  readonly isEmptyTag: boolean;
}

const BLANK = 32;
const AMPERSAND = 38;
const SLASH = 47;
const LESS = 60;
const EQUALS = 61;
const GREATER = 62;
const QUOTE = 34;
const APOSTROPHE = 39;
const COLON = 58;
/** Places that are kept for each: begin and end of name and value. */
const PLACES = 4;
const MAX_ATTRIBUTES = 256;

export function createAttributes(entities: EntityReader, damaged: (reason: string) => Error): TagReader {
  const places = new Int32Array(MAX_ATTRIBUTES * PLACES);
  let source = '';
  let count = 0;
  let nameEnd = 0;
  let isEmptyTag = false;

  function add(nameFrom: number, nameTo: number, valueFrom: number, valueTo: number): void {
    if (count === MAX_ATTRIBUTES) throw damaged(`a tag has more than ${MAX_ATTRIBUTES} attributes`);
    for (let other = 0; other < count; other += 1) {
      const from = places[other * PLACES] as number;
      if (
        nameTo - nameFrom === (places[other * PLACES + 1] as number) - from &&
        isSame(from, nameFrom, nameTo)
      )
        throw damaged(`a tag has the attribute ${source.slice(nameFrom, nameTo)} twice`);
    }
    const at = count * PLACES;
    places[at] = nameFrom;
    places[at + 1] = nameTo;
    places[at + 2] = valueFrom;
    places[at + 3] = valueTo;
    count += 1;
  }

  function isSame(from: number, otherFrom: number, otherTo: number): boolean {
    for (let at = otherFrom; at < otherTo; at += 1)
      if (source.charCodeAt(at) !== source.charCodeAt(from + at - otherFrom)) return false;
    return true;
  }

  function valueOf(index: number): string {
    const value = source.slice(places[index * PLACES + 2], places[index * PLACES + 3]);
    if (isPlain(value)) return value;
    if (value.includes('<')) throw damaged(`an attribute has a < in it: ${value.slice(0, 40)}`);
    return entities.decode(value.replaceAll(/\r\n|[\t\n\r]/g, ' '));
  }

  /** @returns behind its value; -1 where the text ends before */
  function readOne(text: string, from: number): number {
    const to = endOfName(text, from);
    const equals = skipBlanks(text, to);
    const open = skipBlanks(text, equals + 1);
    if (open >= text.length) return -1;
    const quote = text.charCodeAt(open);
    if (to === from || text.charCodeAt(equals) !== EQUALS || (quote !== QUOTE && quote !== APOSTROPHE))
      throw damaged(`it has a tag that is none: <${text.slice(from, from + 40)}`);
    const close = text.indexOf(quote === QUOTE ? '"' : "'", open + 1);
    if (close === -1) return -1;
    add(from, to, open + 1, close);
    return close + 1;
  }

  return {
    get nameEnd() {
      return nameEnd;
    },
    get isEmptyTag() {
      return isEmptyTag;
    },
    read(text, start) {
      source = text;
      count = 0;
      isEmptyTag = false;
      nameEnd = endOfName(text, start);
      if (nameEnd >= text.length) return -1;
      if (nameEnd === start) throw damaged(`it has a tag without a name: <${text.slice(start, start + 40)}`);
      for (let at = nameEnd; ; ) {
        const next = skipBlanks(text, at);
        const code = text.charCodeAt(next);
        if (code === GREATER) return next + 1;
        if (code === SLASH) {
          if (next + 1 >= text.length) return -1;
          if (text.charCodeAt(next + 1) !== GREATER) throw damaged('it has a tag with a slash in it');
          isEmptyTag = true;
          return next + 2;
        }
        if (next >= text.length) return -1;
        if (next === at) throw damaged(`it has a tag that is none: <${text.slice(start, start + 40)}`);
        at = readOne(text, next);
        if (at === -1) return -1;
      }
    },
    get(name) {
      let found: number | undefined;
      for (let index = 0; index < count; index += 1) {
        const from = places[index * PLACES] as number;
        const rest = (places[index * PLACES + 1] as number) - from - name.length;
        if (rest < 0 || !source.startsWith(name, from + rest)) continue;
        if (rest === 0) return valueOf(index);
        if (source.charCodeAt(from + rest - 1) === COLON) found ??= index;
      }
      return found === undefined ? undefined : valueOf(found);
    },
  };
}

/** Blanks are blanks, and nothing stands for something else. */
function isPlain(value: string): boolean {
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (code < BLANK || code === AMPERSAND || code === LESS) return false;
  }
  return true;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= BLANK) at += 1;
  return at;
}

/** Letters, digits, marks and what lies beyond ASCII, of which names may have nearly all. */
function endOfName(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const isLetter = (code | 32) >= 97 && (code | 32) <= 122;
    const isLater = (code >= 45 && code <= 58 && code !== SLASH) || code === 95 || code >= 0x80;
    if (!isLetter && !(isLater && (at > from || code === 95 || code === COLON || code >= 0x80))) break;
  }
  return at;
}
