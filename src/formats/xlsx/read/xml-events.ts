/** A part of a workbook as events, by local names: the prefixes that a program gives them say nothing. */
import { SaxesParser } from 'saxes';
import { AppError } from '../../../core/errors.ts';

export type Attributes = Readonly<Record<string, string>>;

export interface XmlHandlers {
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

/** @param part its path in the archive, for errors */
export function createXmlReader(part: string, handlers: XmlHandlers): XmlReader {
  const parser = new SaxesParser({ position: false });
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let depth = 0;
  let pending = 0;
  parser.on('error', (error) => {
    throw damagedPart(part, error.message);
  });
  parser.on('doctype', () => {
    throw damagedPart(part, 'it has a document type, which no workbook has');
  });
  parser.on('opentag', ({ name, attributes }) => {
    pending = 0;
    depth += 1;
    if (depth > MAX_DEPTH) throw damagedPart(part, `its elements are nested more than ${MAX_DEPTH} deep`);
    handlers.open?.(localName(name), attributes as Attributes);
  });
  parser.on('closetag', ({ name }) => {
    pending = 0;
    depth -= 1;
    handlers.close?.(localName(name));
  });
  const { text } = handlers;
  if (text !== undefined) {
    parser.on('text', text);
    parser.on('cdata', text);
  }
  const write = (piece: string) => {
    pending += piece.length;
    if (pending > MAX_TOKEN + piece.length)
      throw damagedPart(part, `it has a text or tag of more than ${MAX_TOKEN} characters`);
    parser.write(piece);
  };
  const decode = (bytes?: Uint8Array): string => {
    try {
      return decoder === undefined ? '' : decoder.decode(bytes, { stream: bytes !== undefined });
    } catch (error) {
      throw damagedPart(part, 'its text is not in the encoding that it says', error);
    }
  };
  return {
    push(bytes) {
      decoder ??= new TextDecoder(encodingOf(bytes), { fatal: true });
      write(decode(bytes));
    },
    end() {
      write(decode());
      parser.close();
    },
  };
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

/** An attribute by its local name, as `id` of `r:id`. */
export function attributeOf(attributes: Attributes, name: string): string | undefined {
  const plain = attributes[name];
  if (plain !== undefined) return plain;
  const key = Object.keys(attributes).find((candidate) => candidate.endsWith(`:${name}`));
  return key === undefined ? undefined : attributes[key];
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
