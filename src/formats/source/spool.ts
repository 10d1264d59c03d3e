import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, crc32, zstdCompress, zstdDecompress } from 'node:zlib';
import { writeDurably } from './durable-file.ts';
import { readFully } from './file-bytes.ts';

/** Decompressed bytes of one frame; the last one may have fewer. */
export const FRAME_BYTES = 1024 * 1024;

const MAGIC = Buffer.from('WBSPOOL1');
/** At the file's end: size of the content, number of frames, CRC-32 of the frame table and these, magic. */
const TRAILER_BYTES = 8 + 8 + 4 + MAGIC.length;

const compressFrame = promisify(zstdCompress);
const decompressFrame = promisify(zstdDecompress);

const COMPRESS_OPTIONS = {
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
};

/** A spool that is there and whole: where its frames begin. */
export interface SpoolTable {
  readonly sizeBytes: number;
  /** Offset in the file of each frame, and of the end of the last one. */
  readonly frameOffsets: Float64Array;
}

/**
 * Writes bytes as independent zstd frames, each of `FRAME_BYTES`, followed by a table of where they begin: any byte is then one
 * small decompression away.
 * @param check called with the number of bytes so far; may throw to give up
 */
export async function writeSpool(
  path: string,
  source: AsyncIterable<Uint8Array>,
  check: (sizeBytes: number) => void,
): Promise<void> {
  await writeDurably(path, async (file) => {
    const offsets = [0];
    let sizeBytes = 0;
    const frame = Buffer.allocUnsafe(FRAME_BYTES);
    let filled = 0;
    const flush = async () => {
      const compressed = await compressFrame(frame.subarray(0, filled), COMPRESS_OPTIONS);
      await file.appendFile(compressed);
      offsets.push((offsets.at(-1) as number) + compressed.length);
      filled = 0;
    };
    for await (const chunk of source) {
      sizeBytes += chunk.length;
      check(sizeBytes);
      for (let at = 0; at < chunk.length; ) {
        const part = chunk.subarray(at, at + FRAME_BYTES - filled);
        frame.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled === FRAME_BYTES) await flush();
      }
    }
    if (filled > 0) await flush();
    await file.appendFile(renderTable(offsets, sizeBytes));
  });
}

function renderTable(offsets: readonly number[], sizeBytes: number): Buffer {
  const table = Buffer.from(Float64Array.from(offsets).buffer);
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeDoubleLE(sizeBytes, 0);
  trailer.writeDoubleLE(offsets.length - 1, 8);
  trailer.writeUInt32LE(crc32(trailer.subarray(0, 16), crc32(table)), 16);
  MAGIC.copy(trailer, 20);
  return Buffer.concat([table, trailer]);
}

/** The table of an open spool, or `undefined` when the file is damaged or from another version: it must be built anew. */
async function readSpoolTable(file: FileHandle): Promise<SpoolTable | undefined> {
  const { size } = await file.stat();
  if (size < TRAILER_BYTES) return undefined;
  const trailer = await readFully(file, size - TRAILER_BYTES, size);
  if (!trailer.subarray(20).equals(MAGIC)) return undefined;
  const frames = trailer.readDoubleLE(8);
  const tableStart = size - TRAILER_BYTES - 8 * (frames + 1);
  if (!(tableStart >= 0)) return undefined;
  const table = await readFully(file, tableStart, size - TRAILER_BYTES);
  if (crc32(trailer.subarray(0, 16), crc32(table)) !== trailer.readUInt32LE(16)) return undefined;
  const frameOffsets = new Float64Array(Uint8Array.from(table).buffer);
  return frameOffsets[frames] === tableStart
    ? { sizeBytes: trailer.readDoubleLE(0), frameOffsets }
    : undefined;
}

/**
 * The content of one frame.
 * @throws Error of zlib when the frame is damaged (each has a checksum)
 */
export async function readFrame(file: FileHandle, table: SpoolTable, index: number): Promise<Buffer> {
  const start = table.frameOffsets[index] as number;
  return await decompressFrame(await readFully(file, start, table.frameOffsets[index + 1] as number));
}

/** Opens a spool with its table, or `undefined` where there is none that can be used. */
export async function findSpool(path: string): Promise<{ file: FileHandle; table: SpoolTable } | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  const table = await readSpoolTable(file);
  if (table !== undefined) return { file, table };
  await file.close();
  return undefined;
}
