import { AppError } from '../../core/errors.ts';

/**
 * A small body, or a part of one, as text.
 *
 * @param what such as `body` or `part "job"`, for the messages
 * @throws AppError `request.too_large`, or `request.invalid` when it is not UTF-8
 */
export async function readText(
  bytes: AsyncIterable<Uint8Array>,
  { what, maxBytes }: { what: string; maxBytes: number },
): Promise<string> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of bytes) {
    sizeBytes += piece.byteLength;
    if (sizeBytes > maxBytes) {
      throw new AppError('request.too_large', `The ${what} is larger than ${maxBytes} bytes, its limit.`);
    }
    pieces.push(piece);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces));
  } catch (error) {
    throw new AppError('request.invalid', `The ${what} is not UTF-8.`, { cause: error });
  }
}
