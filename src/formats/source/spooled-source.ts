import { type FileHandle, rm } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';
import { PIECE_BYTES } from './file-bytes.ts';
import type { SeekableSource } from './seekable-source.ts';
import { FRAME_BYTES, readFrame, type SpoolTable } from './spool.ts';

/**
 * Reads from a spool. A frame that turns out to be damaged removes the spool, so that the next attempt builds it anew.
 * @throws AppError `storage.corrupt` (retryable) from `read` and `readRange`
 */
export function openSpooledSource(
  path: string,
  spool: { file: FileHandle; table: SpoolTable },
): SeekableSource {
  const { file, table } = spool;
  let cached: { index: number; frame: Promise<Buffer> } | undefined;

  const frameAt = (index: number): Promise<Buffer> => {
    if (cached?.index !== index) {
      const frame = readFrame(file, table, index).catch(async (error: unknown) => {
        await rm(path, { force: true });
        throw corrupt(path, error);
      });
      cached = { index, frame };
    }
    return cached.frame;
  };

  async function* read(fromByte: number, signal?: AbortSignal): AsyncIterable<Uint8Array> {
    const first = Math.floor(fromByte / FRAME_BYTES);
    for (let index = first; index < table.frameOffsets.length - 1; index += 1) {
      signal?.throwIfAborted();
      const frame = await frameAt(index);
      for (let at = index === first ? fromByte % FRAME_BYTES : 0; at < frame.length; at += PIECE_BYTES) {
        signal?.throwIfAborted();
        yield frame.subarray(at, at + PIECE_BYTES);
      }
    }
  }

  return {
    sizeBytes: table.sizeBytes,
    read,
    readRange: async (start, end) => {
      const pieces: Buffer[] = [];
      for (let at = start; at < Math.min(end, table.sizeBytes); ) {
        const index = Math.floor(at / FRAME_BYTES);
        const frame = await frameAt(index);
        const piece = frame.subarray(at % FRAME_BYTES, Math.min(frame.length, end - index * FRAME_BYTES));
        pieces.push(piece);
        at += piece.length;
      }
      return Buffer.concat(pieces);
    },
    close: () => file.close(),
  };
}

function corrupt(path: string, cause: unknown): AppError {
  return new AppError('storage.corrupt', `The spool ${path} is damaged; the next attempt builds it again.`, {
    details: { path },
    cause,
    isRetryable: true,
  });
}
