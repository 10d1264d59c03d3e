/**
 * A part of a workbook as events, by local names: the prefixes that a program gives them say nothing. A reader of our own, since a sheet is
 * hundreds of megabytes of this: it makes no object for a tag, and looks at an attribute when it is asked for. Source: XML 1.0.
 */
import { AppError } from '../../../core/errors.ts';
import { type Attributes, createAttributes } from './xml-attributes.ts';
import { createEntityReader } from './xml-entities.ts';

export interface XmlHandlers {
  /** @param attributes valid until it returns */
  readonly open?: (name: string, attributes: Attributes) => void;
  readonly close?: (name: string) => void;
  /** Text between tags, CDATA too; may come in several pieces. */
  readonly text?: (text: string) => void;
}

export interface XmlReader {
  /** @throws AppError `source.unreadable` */
  push(bytes: Uint8Array): void;
  /** @throws AppError `source.unreadable` where the part ends early */
  end(): void;
}

/** Elements within elements. The deepest of a workbook has about ten. */
const MAX_DEPTH = 64;
/** Characters of one text or tag. A cell holds 32,767; a shared one may repeat that in many runs, each a text of its own. */
const MAX_TOKEN = 4 * 1024 * 1024;

const SLASH = 47;
const BANG = 33;
const QUESTION = 63;
// oxlint-disable-next-line no-control-regex -- what XML cannot hold
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;
const NOT_BLANK = /[^ \t\r\n]/;

/** @param part its path in the archive, for errors */
export function createXmlReader(part: string, handlers: XmlHandlers): XmlReader {
  const damaged = (reason: string, cause?: unknown) => damagedPart(part, reason, cause);
  const entities = createEntityReader(damaged);
  const attributes = createAttributes(entities, damaged);
  const names: string[] = [];
  const localNames: string[] = [];
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  /** What was pushed and is not told yet: the beginning of a tag, or of an entity. */
  let held = '';
  let textSize = 0;
  let hasRoot = false;

  /** @returns what of it was told; the rest waits for more */
  function tellText(text: string, isEnded: boolean): number {
    if (names.length === 0) {
      if (NOT_BLANK.test(text)) throw damaged('it has text outside of its elements');
      return text.length;
    }
    const end = isEnded ? text.length : entities.wholeLength(text);
    textSize += end;
    if (textSize > MAX_TOKEN) throw tooLong();
    if (end > 0) handlers.text?.(entities.decode(end === text.length ? text : text.slice(0, end)));
    return end;
  }

  function openTag(name: string): void {
    if (names.length === 0 && hasRoot) throw damaged('it has more than one outermost element');
    if (names.length === MAX_DEPTH) throw damaged(`its elements are nested more than ${MAX_DEPTH} deep`);
    hasRoot = true;
    const local = localName(name);
    names.push(name);
    localNames.push(local);
    handlers.open?.(local, attributes);
  }

  function closeTag(): void {
    names.pop();
    handlers.close?.(localNames.pop() ?? '');
  }

  /** @returns where it ends; -1: not yet */
  function readEndTag(text: string, at: number): number {
    const expected = names.at(-1);
    if (expected === undefined) throw damaged('an element ends that was not begun');
    const end = text.indexOf('>', at);
    if (end === -1) return -1;
    const isIt = text.startsWith(expected, at + 2) && isBlank(text, at + 2 + expected.length, end);
    if (!isIt) throw damaged(`<${expected}> ends with ${text.slice(at, Math.min(end + 1, at + 60))}`);
    closeTag();
    return end + 1;
  }

  function readStartTag(text: string, at: number): number {
    const end = attributes.read(text, at + 1);
    if (end === -1) return -1;
    openTag(text.slice(at + 1, attributes.nameEnd));
    if (attributes.isEmptyTag) closeTag();
    return end;
  }

  /** A comment, CDATA or a document type. */
  function readMarked(text: string, at: number): number {
    if (text.startsWith('<!--', at)) return after(text.indexOf('-->', at + 4), 3);
    if (text.startsWith('<![CDATA[', at)) {
      const end = text.indexOf(']]>', at + 9);
      if (end === -1) return -1;
      if (names.length === 0) throw damaged('it has text outside of its elements');
      textSize += end - at;
      if (textSize > MAX_TOKEN) throw tooLong();
      handlers.text?.(entities.normalize(text.slice(at + 9, end)));
      return end + 3;
    }
    if (text.length - at < '<![CDATA['.length && !text.startsWith('<!D', at)) return -1;
    if (text.startsWith('<!D', at)) throw damaged('it has a document type, which no workbook has');
    throw damaged(`it has ${text.slice(at, at + 9)}, which is nothing of XML`);
  }

  function readMarkup(text: string, at: number): number {
    const kind = text.charCodeAt(at + 1);
    if (Number.isNaN(kind)) return -1;
    if (kind === SLASH) return readEndTag(text, at);
    if (kind === BANG) return readMarked(text, at);
    if (kind === QUESTION) return after(text.indexOf('?>', at + 2), 2);
    return readStartTag(text, at);
  }

  function write(piece: string): void {
    if (FORBIDDEN.test(piece)) throw damaged('it has a character that XML cannot hold');
    const text = held === '' ? piece : held + piece;
    let at = 0;
    while (at < text.length) {
      const open = text.indexOf('<', at);
      const end = open === -1 ? text.length : open;
      if (end > at) at += tellText(text.slice(at, end), open !== -1);
      if (open === -1) break;
      const next = readMarkup(text, open);
      if (next === -1) break;
      at = next;
      textSize = 0;
    }
    held = text.slice(at);
    if (held.length > MAX_TOKEN) throw tooLong();
  }

  function tooLong(): AppError {
    return damaged(`it has a text or tag of more than ${MAX_TOKEN} characters`);
  }

  function decode(bytes?: Uint8Array): string {
    try {
      return decoder === undefined ? '' : decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (error) {
      throw damaged('its text is not in the encoding that it says', error);
    }
  }

  return {
    push(bytes) {
      decoder ??= new TextDecoder(encodingOf(bytes), { fatal: true });
      write(decode(bytes));
    },
    end() {
      write(decode());
      const open = names.at(-1);
      if (open !== undefined) throw damaged(`it ends within <${open}>`);
      if (NOT_BLANK.test(held)) throw damaged('it ends within a tag');
      if (!hasRoot) throw damaged('it has no element');
    },
  };
}

function after(found: number, length: number): number {
  return found === -1 ? -1 : found + length;
}

function isBlank(text: string, from: number, to: number): boolean {
  return from === to || (from < to && !NOT_BLANK.test(text.slice(from, to)));
}

/** Reads a part to its end. */
export async function readXml(
  part: string,
  bytes: AsyncIterable<Uint8Array>,
  handlers: XmlHandlers,
): Promise<void> {
  const reader = createXmlReader(part, handlers);
  for await (const piece of bytes) reader.push(piece);
  reader.end();
}

export function damagedPart(part: string, reason: string, cause?: unknown): AppError {
  return new AppError('source.unreadable', `The workbook cannot be read: ${part} is damaged: ${reason}.`, {
    details: { part },
    cause,
  });
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? name : name.slice(colon + 1);
}

/** Source: XML 1.0, appendix F. */
function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}
