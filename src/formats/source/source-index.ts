import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { ReadPosition } from '../format.ts';
import { writeDurably } from './durable-file.ts';

/** What one pass over a source has found out. */
export interface SourceIndex {
  /** Exact number of records, those with problems included. */
  readonly records: number;
  /** Records between two positions. */
  readonly every: number;
  /** All names, by position; to be given to readers that start at a position. */
  readonly fields: readonly string[];
  /** Where reading starts for the records 1, 1 + every, 1 + 2 · every, …; that of the first is its first byte. */
  readonly positions: readonly ReadPosition[];
}

/** File: magic, CRC-32 of the rest, length of a JSON head (UTF-8), the head, then byte and line of each position as doubles. */
const MAGIC = Buffer.from('WBINDEX1');
const HEAD_START = MAGIC.length + 8;

/** Writes the index durably; 16 bytes per position. */
export async function writeSourceIndex(path: string, index: SourceIndex): Promise<void> {
  const { records, every, fields, positions } = index;
  const head = Buffer.from(JSON.stringify({ records, every, fields }), 'utf8');
  const doubles = Float64Array.from(positions.flatMap(({ byte, line }) => [byte, line]));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const rest = Buffer.concat([length, head, Buffer.from(doubles.buffer)]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(rest));
  await writeDurably(path, async (file) => {
    await file.writeFile(Buffer.concat([MAGIC, checksum, rest]));
  });
}

/** The index written at `path`, or `undefined` where there is none or it is damaged: the pass must be made again. */
export async function findSourceIndex(path: string): Promise<SourceIndex | undefined> {
  const file = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined || file.length < HEAD_START || !file.subarray(0, MAGIC.length).equals(MAGIC))
    return undefined;
  if (crc32(file.subarray(MAGIC.length + 4)) !== file.readUInt32LE(MAGIC.length)) return undefined;
  const headEnd = HEAD_START + file.readUInt32LE(MAGIC.length + 4);
  const head = JSON.parse(file.toString('utf8', HEAD_START, headEnd)) as Pick<
    SourceIndex,
    'records' | 'every' | 'fields'
  >;
  const doubles = new Float64Array(Uint8Array.from(file.subarray(headEnd)).buffer);
  const positions = Array.from({ length: doubles.length / 2 }, (_, i) => ({
    byte: doubles[2 * i] as number,
    line: doubles[2 * i + 1] as number,
    record: 1 + i * head.every,
  }));
  return { ...head, positions };
}

/** The last noted position at or before `record` (from 1); the start of the source when there are no records. */
export function findPosition(index: SourceIndex, record: number): ReadPosition {
  const at = Math.min(Math.floor((record - 1) / index.every), index.positions.length - 1);
  return index.positions[Math.max(0, at)] ?? { byte: 0, line: 1, record: 1 };
}
