/** A file appears under its name only when all of it is on disk: written beside it, flushed, checked, renamed, and the folder flushed. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

type Pieces = Readable | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface PutFile {
  readonly folder: string;
  readonly name: string;
  readonly pieces: Pieces;
  readonly signal?: AbortSignal;
  /** Of what is written on the way. */
  readonly temporaryName: string;
  /** Called when all of it is on disk, before it gets its name. @throws whatever keeps it from getting it */
  readonly check?: (path: string) => Promise<void>;
}

/** @throws the file system's errors, and what `check` throws; nothing is left then, unless the process is killed */
export async function putFile(file: PutFile): Promise<void> {
  const options = file.signal === undefined ? {} : { signal: file.signal };
  const temporary = join(file.folder, file.temporaryName);
  // Opened before anything can fail: a stream that opens by itself may create the file after it was removed.
  const handle = await open(temporary, 'wx');
  try {
    // `flush` makes the stream fsync before it closes.
    await pipeline(file.pieces, handle.createWriteStream({ flush: true }), options);
    await file.check?.(temporary);
    file.signal?.throwIfAborted();
    await rename(temporary, join(file.folder, file.name));
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  await flushFolder(file.folder);
}

/** @param mark of whoever writes: `clearUp` finds by it what a killed process has left */
export function temporaryNameOf(mark: string): string {
  return `${prefixOf(mark)}${randomUUID()}.part`;
}

/** Removes what earlier tries with this mark have left on the way. */
export async function clearUp(folder: string, mark: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.startsWith(prefixOf(mark)));
  for (const name of left) await rm(join(folder, name), { force: true });
}

function prefixOf(mark: string): string {
  return `.waybill-${mark}-`;
}

/** Whether a regular file of this size and content is there. Reads it only if the size fits. */
export async function hasContent(
  path: string,
  content: { readonly sizeBytes: number; readonly sha256: string },
  signal: AbortSignal,
): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isFile() !== true || found.size !== content.sizeBytes) return false;
  return (await hashOf(path, signal)) === content.sha256;
}

/** @throws Error when the file on disk is not what it should be */
export async function checkContent(
  path: string,
  content: { readonly sizeBytes: number; readonly sha256: string },
  signal: AbortSignal,
): Promise<void> {
  const { size } = await stat(path);
  if (size !== content.sizeBytes) {
    throw new Error(`${size} bytes arrived where ${content.sizeBytes} were sent`);
  }
  if ((await hashOf(path, signal)) !== content.sha256) {
    throw new Error('what arrived is not what was sent: its SHA-256 is another one');
  }
}

async function hashOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest('hex');
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
