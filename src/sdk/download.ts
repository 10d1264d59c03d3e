import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../core/errors.ts';
import { type ServerAddress, send } from './request.ts';

/**
 * Downloads to `path`: under a temporary name first, so that a file with this name is always whole. A device or a pipe (`/dev/null`) is
 * written to as it is: a rename would put a file in its place.
 *
 * @returns bytes received
 * @throws AppError `usage.invalid` when `path` is a folder or cannot be written, `storage.full` when there is no space for it,
 *   `storage.corrupt` when what arrived is not what the server announced
 */
export async function downloadToFile(server: ServerAddress, url: string, path: string): Promise<number> {
  const present = await stat(path).catch(() => undefined);
  if (present?.isDirectory()) throw new AppError('usage.invalid', `${path} is a folder; name a file in it.`);
  try {
    if (present?.isFile()) return await downloadWhole(server, url, await realpath(path));
    if (present !== undefined) return await receive(server, url, () => createWriteStream(path));
    await mkdir(dirname(path), { recursive: true });
    return await downloadWhole(server, url, path);
  } catch (error) {
    throw isOfFile(error) ? unwritable(path, error) : error;
  }
}

/** What the network does wrong comes as the cause of another error: a call of the system that failed was one for the file. */
function isOfFile(error: unknown): error is NodeJS.ErrnoException {
  return (error as NodeJS.ErrnoException).syscall !== undefined;
}

function unwritable(path: string, error: NodeJS.ErrnoException): AppError {
  const isFull = error.code === 'ENOSPC' || error.code === 'EDQUOT';
  const message = `${path} cannot be written: ${error.message}`;
  return new AppError(isFull ? 'storage.full' : 'usage.invalid', message, { cause: error });
}

async function downloadWhole(server: ServerAddress, url: string, path: string): Promise<number> {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    const sizeBytes = await receive(server, url, () =>
      createWriteStream(temporary, { flags: 'wx', flush: true }),
    );
    await rename(temporary, path);
    return sizeBytes;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Downloads into a stream, which is ended unless it is the process's standard output. Who reads that may have seen enough (`| head`):
 * then the download ends, and is no failure.
 */
export function downloadTo(server: ServerAddress, url: string, sink: Writable): Promise<number> {
  return receive(server, url, () => sink);
}

/** @param open makes the sink when there is something to receive: until then nobody would hear of its errors */
async function receive(server: ServerAddress, url: string, open: () => Writable): Promise<number> {
  const response = await send(server, url);
  const sink = open();
  const expected = response.headers.get('etag')?.replaceAll('"', '');
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const meter = new Transform({
    transform(piece: Uint8Array, _encoding, done) {
      sizeBytes += piece.byteLength;
      hash.update(piece);
      done(null, piece);
    },
  });
  const body = Readable.fromWeb(response.body ?? new Blob([]).stream());
  try {
    await pipeline(body, meter, sink, { end: sink !== process.stdout });
  } catch (error) {
    if (sink === process.stdout && (error as NodeJS.ErrnoException).code === 'EPIPE') return sizeBytes;
    throw error;
  }
  const received = hash.digest('hex');
  if (expected !== undefined && expected !== received) {
    throw new AppError(
      'storage.corrupt',
      `The download of ${url} arrived damaged: its SHA-256 is ${received}, expected ${expected}. Try again.`,
      {
        isRetryable: true,
      },
    );
  }
  return sizeBytes;
}
