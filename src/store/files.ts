/**
 * Files in the data folder: uploads, artifacts, spools. A file appears under its name only when all of it is on disk: written
 * under a temporary name, flushed, renamed, and the folder flushed.
 */
import { createHash, type Hash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../core/errors.ts';

/** Keys of the files that jobs leave begin with it; below it is a folder for each job. */
export const ARTIFACT_FOLDER = 'artifacts';

export interface StoredFile {
  /** Path below the data folder, with `/`. */
  readonly storageKey: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface FileStore {
  /** Absolute path of a stored file, for readers that seek. */
  path(storageKey: string): string;
  /** Streams a file in. @throws AppError `storage.full` below the floor of free space, `request.too_large` over `maxBytes`. */
  save(
    storageKey: string,
    source: Readable | AsyncIterable<Uint8Array>,
    options?: SaveOptions,
  ): Promise<StoredFile>;
  /**
   * Opens a file, or the bytes of it from `start` to `end` (both included). Whoever has removed it meanwhile does not stop the reader.
   *
   * @throws AppError `storage.expired` when it is not there any more, `storage.corrupt` when it has not `sizeBytes`
   */
  open(storageKey: string, sizeBytes: number, range?: { start: number; end: number }): Promise<Readable>;
  remove(storageKey: string): Promise<void>;
  /** Removes a folder and everything below it. */
  removeTree(storageKey: string): Promise<void>;
  list(folder: string): Promise<readonly { name: string; modifiedAt: Date }[]>;
  /** @throws AppError `storage.full` when less than the floor is free. */
  ensureSpace(): Promise<void>;
}

export interface SaveOptions {
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
}

const CHECK_SPACE_EVERY_BYTES = 16 * 1024 * 1024;

/** @param floorBytes free space that is always left, so that PostgreSQL beside us does not run out of disk. */
export function createFileStore(root: string, floorBytes: number): FileStore {
  const base = resolve(root);

  function path(storageKey: string): string {
    const full = resolve(base, storageKey);
    if (!full.startsWith(base + sep)) throw new Error(`storage key ${storageKey} leaves the data folder`);
    return full;
  }

  async function ensureSpace(): Promise<void> {
    const disk = await statfs(base);
    const freeBytes = disk.bavail * disk.bsize;
    if (freeBytes >= floorBytes) return;
    throw new AppError(
      'storage.full',
      `Only ${Math.floor(freeBytes / 1024 / 1024)} MiB are free in ${base}; Waybill keeps ${Math.floor(floorBytes / 1024 / 1024)} MiB ` +
        'free (setting: storage.minFreeBytes). Free some space, or move the data folder.',
      { isRetryable: true },
    );
  }

  return {
    path,
    ensureSpace,
    async save(storageKey, source, options = {}) {
      await ensureSpace();
      const final = path(storageKey);
      // The data folder itself may be entered by others, so that the embedded PostgreSQL reaches its own.
      await mkdir(dirname(final), { recursive: true, mode: 0o700 });
      const temporary = `${final}.${randomUUID()}.tmp`;
      const hash = createHash('sha256');
      try {
        const sizeBytes = await writeDurably(temporary, source, hash, ensureSpace, options);
        await rename(temporary, final);
        await flushFolder(dirname(final));
        return { storageKey, sizeBytes, sha256: hash.digest('hex') };
      } catch (error) {
        await rm(temporary, { force: true });
        throw asStorageError(error);
      }
    },
    open: (storageKey, sizeBytes, range) => openFile(path(storageKey), sizeBytes, range),
    async remove(storageKey) {
      await rm(path(storageKey), { force: true });
    },
    async removeTree(storageKey) {
      await rm(path(storageKey), { force: true, recursive: true });
    },
    async list(folder) {
      const names = await readdir(path(folder)).catch(() => []);
      const found: { name: string; modifiedAt: Date }[] = [];
      for (const name of names) {
        const entry = await stat(join(path(folder), name)).catch(() => undefined);
        if (entry !== undefined) found.push({ name, modifiedAt: entry.mtime });
      }
      return found;
    },
  };
}

async function writeDurably(
  temporary: string,
  source: Readable | AsyncIterable<Uint8Array>,
  hash: Hash,
  ensureSpace: () => Promise<void>,
  options: SaveOptions,
): Promise<number> {
  let sizeBytes = 0;
  let nextCheck = CHECK_SPACE_EVERY_BYTES;
  async function* measure(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const piece of pieces) {
      sizeBytes += piece.byteLength;
      hash.update(piece);
      if (options.maxBytes !== undefined && sizeBytes > options.maxBytes) throw tooLarge(options.maxBytes);
      if (sizeBytes >= nextCheck) {
        await ensureSpace();
        nextCheck = sizeBytes + CHECK_SPACE_EVERY_BYTES;
      }
      yield piece;
    }
  }
  // Opened before anything can fail: a stream that opens by itself may create the file after it was removed.
  const handle = await open(temporary, 'wx');
  // `flush` makes the stream fsync before it closes.
  const sink = handle.createWriteStream({ flush: true });
  await pipeline(source, measure, sink, options.signal === undefined ? {} : { signal: options.signal });
  return sizeBytes;
}

async function openFile(
  path: string,
  sizeBytes: number,
  range: { start: number; end: number } | undefined,
): Promise<Readable> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    throw new AppError('storage.expired', 'The file no longer exists.', { cause: error });
  });
  const found = await handle.stat();
  // Closes itself at its end, and when it is destroyed.
  if (found.size === sizeBytes) return handle.createReadStream(range);
  await handle.close();
  throw new AppError(
    'storage.corrupt',
    `The stored file has ${found.size} bytes, but ${sizeBytes} were written. It was changed, or the disk is damaged.`,
  );
}

function tooLarge(maxBytes: number): AppError {
  return new AppError(
    'request.too_large',
    `The file is larger than ${maxBytes} bytes (limit: limits.uploadBytes).`,
  );
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function asStorageError(error: unknown): unknown {
  const { code } = error as { code?: string };
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new AppError(
    'storage.full',
    'The disk that holds the data folder is full. Free some space and try again.',
    {
      cause: error,
      isRetryable: true,
    },
  );
}
