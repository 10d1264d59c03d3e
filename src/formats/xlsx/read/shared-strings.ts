/**
 * The texts that a workbook keeps once for all of its cells. They may be more than a process has memory for: beyond a limit they are in a
 * file, of which some pages are kept. Source: ECMA-376-1, section 18.4.
 */

import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createTextCell } from './text-cell.ts';
import { createXmlReader, readXml, type XmlHandlers } from './xml-events.ts';

export interface SharedStrings {
  /** Undefined where there is no such text. */
  get(index: number): string | undefined;
  close(): void;
}

/** Bytes of texts that are held in memory. */
const MAX_MEMORY_BYTES = 24 * 1024 * 1024;
const PAGE_BYTES = 256 * 1024;
/** Pages of the file that are held. */
const MAX_PAGES = 64;
/** Of so many texts the place of the first is known; those behind it are found by their lengths. */
const STRIDE = 16;
const HEAD_BYTES = 4;
/** Of a UTF-16 unit in UTF-8. */
const MAX_CHARACTER_BYTES = 3;
/** Decoded texts that are kept, by the lowest bits of their index. */
const RECENT = 4096;

/** No workbook has shared texts without this part. */
export const NO_STRINGS: SharedStrings = { get: () => undefined, close: () => undefined };

/** @param folder for the file, where one is needed; it is removed as soon as it is open */
export async function readSharedStrings(
  part: string,
  bytes: AsyncIterable<Uint8Array>,
  folder: string,
  maxMemoryBytes: number = MAX_MEMORY_BYTES,
): Promise<SharedStrings> {
  const store = createStore(folder, maxMemoryBytes);
  try {
    await readXml(
      part,
      bytes,
      createHandlers((text) => store.add(text)),
    );
    return store.finish();
  } catch (error) {
    store.close();
    throw error;
  }
}

/** No more of the part is read than it takes. */
export async function readFirstStrings(
  part: string,
  bytes: AsyncIterable<Uint8Array>,
  count: number,
): Promise<readonly string[]> {
  const texts: string[] = [];
  const reader = createXmlReader(
    part,
    createHandlers((text) => texts.push(text)),
  );
  for await (const piece of bytes) {
    reader.push(piece);
    if (texts.length >= count) break;
  }
  return texts;
}

function createHandlers(take: (text: string) => void): XmlHandlers {
  const cell = createTextCell();
  return {
    open(name) {
      if (name === 'si') cell.begin();
      else cell.open(name);
    },
    text: (text) => cell.add(text),
    close(name) {
      if (name === 'si') take(cell.end());
      else cell.close(name);
    },
  };
}

/** Texts one behind the other, each with its length in front, in pages of memory or of a file. */
function createStore(folder: string, maxMemoryBytes: number) {
  const starts: number[] = [];
  const memory: Buffer[] = [];
  let page = Buffer.allocUnsafeSlow(PAGE_BYTES);
  let filled = 0;
  let sizeBytes = 0;
  let count = 0;
  let file: number | undefined;

  function flushPage(): void {
    if (file === undefined && (memory.length + 1) * PAGE_BYTES > maxMemoryBytes) spill();
    if (file === undefined) {
      memory.push(page);
      page = Buffer.allocUnsafeSlow(PAGE_BYTES);
    } else writeSync(file, page.subarray(0, filled));
    filled = 0;
  }

  function spill(): void {
    const path = join(folder, `${randomUUID()}.strings`);
    file = openSync(path, 'wx+', 0o600);
    // Nobody finds it any more, whatever becomes of this process.
    rmSync(path);
    for (const held of memory) writeSync(file, held);
    memory.length = 0;
  }

  function append(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const taken = bytes.copy(page, filled, at);
      filled += taken;
      at += taken;
      sizeBytes += taken;
      if (filled === PAGE_BYTES) flushPage();
    }
  }

  function close(): void {
    if (file !== undefined) closeSync(file);
  }

  const head = Buffer.alloc(HEAD_BYTES);
  return {
    add(text: string): void {
      if (count % STRIDE === 0) starts.push(sizeBytes);
      count += 1;
      if (filled + HEAD_BYTES + text.length * MAX_CHARACTER_BYTES < PAGE_BYTES) {
        const length = page.write(text, filled + HEAD_BYTES);
        page.writeUInt32LE(length, filled);
        filled += HEAD_BYTES + length;
        sizeBytes += HEAD_BYTES + length;
        return;
      }
      const bytes = Buffer.from(text);
      head.writeUInt32LE(bytes.length);
      append(head);
      append(bytes);
    },
    close,
    finish(): SharedStrings {
      if (filled > 0) flushPage();
      const pages = file === undefined ? (index: number) => memory[index] as Buffer : createPages(file);
      return createReader(pages, Float64Array.from(starts), count, close);
    },
  };
}

/** The pages of a file, the last few that were asked for at hand. */
function createPages(file: number): (index: number) => Buffer {
  const kept = new Map<number, Buffer>();
  return (index) => {
    const found = kept.get(index);
    if (found !== undefined) return found;
    const [oldest] = kept.keys();
    const reused = kept.size >= MAX_PAGES && oldest !== undefined ? kept.get(oldest) : undefined;
    if (reused !== undefined && oldest !== undefined) kept.delete(oldest);
    const page = reused ?? Buffer.allocUnsafeSlow(PAGE_BYTES);
    readSync(file, page, 0, PAGE_BYTES, index * PAGE_BYTES);
    kept.set(index, page);
    return page;
  };
}

function createReader(
  pageAt: (index: number) => Buffer,
  starts: Float64Array,
  count: number,
  close: () => void,
): SharedStrings {
  const recent: ({ index: number; text: string } | undefined)[] = Array.from({ length: RECENT });
  const bytesAt = (start: number, length: number): Buffer => {
    const page = Math.floor(start / PAGE_BYTES);
    const from = start % PAGE_BYTES;
    if (from + length <= PAGE_BYTES) return pageAt(page).subarray(from, from + length);
    const pieces: Buffer[] = [];
    for (let at = start; at < start + length; ) {
      const own = at % PAGE_BYTES;
      const taken = Math.min(PAGE_BYTES - own, start + length - at);
      pieces.push(Buffer.from(pageAt(Math.floor(at / PAGE_BYTES)).subarray(own, own + taken)));
      at += taken;
    }
    return Buffer.concat(pieces);
  };
  const lengthAt = (start: number): number => {
    const from = start % PAGE_BYTES;
    return from + HEAD_BYTES <= PAGE_BYTES
      ? pageAt(Math.floor(start / PAGE_BYTES)).readUInt32LE(from)
      : bytesAt(start, HEAD_BYTES).readUInt32LE();
  };
  const textAt = (start: number, length: number): string => {
    const from = start % PAGE_BYTES;
    return from + length <= PAGE_BYTES
      ? pageAt(Math.floor(start / PAGE_BYTES)).toString('utf8', from, from + length)
      : bytesAt(start, length).toString();
  };
  // Programs number texts in the order in which cells first have them, so the next one is often wanted next.
  let next = { index: 0, start: 0 };
  const startOf = (index: number): number => {
    if (index === next.index) return next.start;
    let at = starts[Math.floor(index / STRIDE)] as number;
    for (let left = index % STRIDE; left > 0; left -= 1) at += HEAD_BYTES + lengthAt(at);
    return at;
  };
  const find = (index: number): string => {
    const start = startOf(index) + HEAD_BYTES;
    const length = lengthAt(start - HEAD_BYTES);
    next = { index: index + 1, start: start + length };
    return textAt(start, length);
  };
  return {
    get(index) {
      if (!Number.isInteger(index) || index < 0 || index >= count) return undefined;
      const known = recent[index % RECENT];
      if (known?.index === index) return known.text;
      const text = find(index);
      recent[index % RECENT] = { index, text };
      return text;
    },
    close,
  };
}
