import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { AppError } from '../../core/errors.ts';
import type { Compression } from '../format.ts';
import { type FramePiece, ZstdFrames } from './zstd-frames.ts';

type Bytes = AsyncIterable<Uint8Array>;

/**
 * The decompressed bytes, of all members or frames of the stream.
 * @throws AppError `format.truncated` when the stream ends too early, `source.unreadable` when it is damaged
 */
export async function* decompress(source: Bytes, compression: Compression): Bytes {
  try {
    if (compression === 'none') yield* source;
    else if (compression === 'gzip') yield* through(source, createGunzip());
    else yield* decompressFrames(source);
  } catch (error) {
    throw describe(error, compression);
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
  try {
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
      yield* through(restOfFrame(next.value, pieces), createZstdDecompress());
    }
  } finally {
    await pieces.return();
  }
  if (!frames.isComplete) throw truncated('zstd');
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

function truncated(compression: Compression, cause?: Error): AppError {
  return new AppError(
    'format.truncated',
    `The ${compression} data ends before its end: the file was cut off, so records may be missing. Send it again as a whole.`,
    { details: { compression }, cause },
  );
}
