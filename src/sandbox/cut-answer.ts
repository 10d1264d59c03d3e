import { Readable } from 'node:stream';
import { setImmediate as afterIo } from 'node:timers/promises';

/**
 * A body that stops in its middle and takes the connection with it: half of it, where its size is known, else half of its first piece.
 *
 * @param sizeBytes as it is announced
 */
export function cutInHalf(body: string | Uint8Array | Readable, sizeBytes: number | undefined): Readable {
  return Readable.from(half(body instanceof Readable ? body : [Buffer.from(body)], sizeBytes), {
    objectMode: false,
  });
}

async function* half(
  pieces: Iterable<Uint8Array> | AsyncIterable<string | Uint8Array>,
  sizeBytes: number | undefined,
): AsyncGenerator<Uint8Array> {
  let left = sizeBytes === undefined ? undefined : Math.floor(sizeBytes / 2);
  for await (const piece of pieces) {
    const bytes = Buffer.from(piece);
    left ??= Math.floor(bytes.length / 2);
    yield bytes.subarray(0, left);
    left -= Math.min(left, bytes.length);
    if (left === 0) break;
  }
  // What was sent is to be on its way before the connection goes.
  await afterIo();
  throw new Error('The scenario of the sandbox cuts the connection.');
}
