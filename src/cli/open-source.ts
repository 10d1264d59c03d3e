import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { AppError } from '../core/errors.ts';
import type { Client } from '../sdk/client.ts';
import type { WireUpload } from '../sdk/wire.ts';

/** Sends a file, or standard input for `-`. @throws AppError `source.not_found`, `source.is_directory`, `source.unreadable` */
export async function uploadSource(client: Client, cwd: string, file: string): Promise<WireUpload> {
  if (file === '-') return client.upload(process.stdin);
  await checkSource(cwd, file);
  const path = resolve(cwd, file);
  return client.upload(openFile(path, file), basename(path));
}

/** Finds out what can be known of a source without reading it. @throws AppError as `uploadSource` */
export async function checkSource(cwd: string, file: string): Promise<void> {
  if (file !== '-') await checkFile(resolve(cwd, file), file);
}

function openFile(path: string, shown: string): Readable {
  const stream = createReadStream(path);
  // fetch hands on the error of the stream as its cause, so it must be one of ours.
  stream.once('error', (error) => stream.destroy(unreadable(shown, error)));
  return stream;
}

async function checkFile(path: string, shown: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw new AppError('source.not_found', `There is no file ${shown}.`, { cause: error });
    throw unreadable(shown, error);
  });
  if (found.isDirectory()) {
    throw new AppError('source.is_directory', `${shown} is a folder; name one file in it.`);
  }
}

function unreadable(shown: string, cause: Error): AppError {
  return new AppError('source.unreadable', `${shown} cannot be read: ${cause.message}`, { cause });
}
