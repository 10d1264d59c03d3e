import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';

/** Bytes of one piece: enough for a few hundred records, little enough for many jobs at once. */
export const PIECE_BYTES = 64 * 1024;

/** The bytes of an open file from `fromByte` to its end, each piece a buffer of its own. */
export async function* fileBytes(
  file: FileHandle,
  fromByte: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  let at = fromByte;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/**
 * The same for who has done with a piece when asking for the next: two buffers in turn, of which one is filled while the other is worked
 * on. Waiting for each piece took a fifth of the time of a pass.
 */
export async function* fileBytesAhead(
  file: FileHandle,
  fromByte: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  let [buffer, spare] = [Buffer.allocUnsafeSlow(PIECE_BYTES), Buffer.allocUnsafeSlow(PIECE_BYTES)];
  const fill = (target: Buffer, at: number) => {
    const filling = file.read(target, 0, PIECE_BYTES, at);
    // It is awaited when the next piece is asked for, if ever; closing the file waits for it.
    filling.catch(() => {});
    return filling;
  };
  let at = fromByte;
  for (let filling = fill(buffer, at); ; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await filling;
    if (bytesRead === 0) return;
    at += bytesRead;
    filling = fill(spare, at);
    yield buffer.subarray(0, bytesRead);
    [buffer, spare] = [spare, buffer];
  }
}

/** Exactly the bytes `[start, end)`, less where the file ends before. */
export async function readFully(file: FileHandle, start: number, end: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, end - start));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Opens a file for reading. @throws AppError `source.not_found`, `source.is_directory` */
export async function openFile(path: string): Promise<FileHandle> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new AppError('source.not_found', `There is no file ${path}.`, { details: { path }, cause: error });
  });
  if (!(await file.stat()).isDirectory()) return file;
  await file.close();
  throw new AppError('source.is_directory', `${path} is a folder; give the path of one file.`, {
    details: { path },
  });
}
