import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createGunzip, createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import { AppError } from '../../core/errors.ts';
import type { Compression } from '../format.ts';
import { type FramePiece, ZstdFrames } from './zstd-frames.ts';

type Bytes = AsyncIterable<Uint8Array>;

/** Of a file, one after the other, that nothing came of: more than the table at the end of a seekable zstd file of 300 GB. */
const MAX_EMPTY_BYTES = 4 * 1024 * 1024;
/** A frame of so few bytes is decompressed at once. A decompressor of its own takes a millisecond: 256 KiB of empty frames took 24 s. */
const SMALL_FRAME_BYTES = 4096;
const SMALL_FRAME_MAX_BYTES = 128 * 1024;
/** Small frames after which others get their turn. */
const FRAMES_AT_ONCE = 50;

/**
 * The decompressed bytes, of all members or frames of the stream.
 * @throws AppError `format.truncated` when the stream ends too early, `source.unreadable` when it is damaged, or goes on with nothing in it
 */
export async function* decompress(source: Bytes, compression: Compression): Bytes {
  try {
    if (compression === 'none') yield* source;
    else yield* refuseEmptiness(source, compression);
  } catch (error) {
    throw describe(error, compression);
  }
}

async function* refuseEmptiness(source: Bytes, compression: 'gzip' | 'zstd'): Bytes {
  let emptyBytes = 0;
  async function* counted(): Bytes {
    for await (const piece of source) {
      emptyBytes += piece.length;
      if (emptyBytes > MAX_EMPTY_BYTES) throw nothingInIt(compression);
      yield piece;
    }
  }
  const pieces = compression === 'gzip' ? through(counted(), createGunzip()) : decompressFrames(counted());
  for await (const piece of pieces) {
    emptyBytes = 0;
    yield piece;
  }
}

async function* through(
  source: Bytes,
  engine: ReturnType<typeof createGunzip | typeof createZstdDecompress>,
): Bytes {
  const input = Readable.from(source, { objectMode: false });
  input.on('error', (error) => engine.destroy(error));
  try {
    yield* input.pipe(engine);
  } finally {
    input.destroy();
    engine.destroy();
  }
}

/** Each frame goes through a decompressor of its own. */
async function* decompressFrames(source: Bytes): Bytes {
  const frames = new ZstdFrames();
  const pieces = splitFrames(source, frames);
  let count = 0;
  try {
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      const small = decompressSmall(next.value);
      if (small === undefined) yield* through(restOfFrame(next.value, pieces), createZstdDecompress());
      else if (small.length > 0) yield small;
      if ((count += 1) % FRAMES_AT_ONCE === 0) await setImmediate();
    }
  } finally {
    await pieces.return();
  }
  if (!frames.isComplete) throw truncated('zstd');
}

/** Undefined: the frame is not small, or what is in it is not. */
function decompressSmall({ bytes, endsFrame }: FramePiece): Uint8Array | undefined {
  if (!endsFrame || bytes.length > SMALL_FRAME_BYTES) return undefined;
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: SMALL_FRAME_MAX_BYTES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw error;
  }
}

async function* splitFrames(source: Bytes, frames: ZstdFrames): AsyncGenerator<FramePiece, void> {
  for await (const chunk of source) yield* frames.split(chunk);
}

async function* restOfFrame(first: FramePiece, pieces: AsyncGenerator<FramePiece, void>): Bytes {
  let piece = first;
  yield piece.bytes;
  while (!piece.endsFrame) {
    const next = await pieces.next();
    if (next.done === true) return;
    piece = next.value;
    yield piece.bytes;
  }
}

function describe(error: unknown, compression: Compression): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') return truncated(compression, error);
  if (!/^(?:Z_|ZSTD_)/.test(code)) return error;
  return new AppError(
    'source.unreadable',
    `The ${compression} data is damaged: ${error.message}. Send the file again.`,
    {
      details: { compression },
      cause: error,
    },
  );
}

function nothingInIt(compression: Compression): AppError {
  return new AppError(
    'source.unreadable',
    `The ${compression} data has ${MAX_EMPTY_BYTES} consecutive bytes that decompress to nothing: the file is damaged, or was made to do harm. Compress the file again.`,
    { details: { compression } },
  );
}

function truncated(compression: Compression, cause?: Error): AppError {
  return new AppError(
    'format.truncated',
    `The ${compression} data is incomplete: the file was cut off, so records may be missing. Send the whole file again.`,
    { details: { compression }, cause },
  );
}
