/** Places that are folders of this machine, or disks of others mounted into it. */
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { Found, Parcel, Transport } from '../transport.ts';
import { findSource, isMissing } from './find-source.ts';
import { checkContent, clearUp, hasContent, putFile, temporaryNameOf } from './put-file.ts';
import { enter } from './real-folder.ts';

export const LOCAL_TRANSPORT: Transport = {
  async find(place) {
    const found = await findSource(place.root, place.path).catch((error: unknown) => {
      throw asSourceError(error, place.address);
    });
    return found.kind === 'file' ? found : namingFolder(found, place.address);
  },

  async deliver(place, parcel, signal) {
    try {
      await deliverInto(await enter(place.root, place.path, { make: true }), parcel, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      throw asDeliveryError(error, `${place.address}, file ${parcel.name}`);
    }
  },

  async write(place, pieces) {
    try {
      const name = place.path.at(-1);
      if (name === undefined) throw new Error('the address is that of a folder, and names no file');
      const folder = await enter(place.root, place.path.slice(0, -1), { make: true });
      await putFile({ folder, name, pieces, temporaryName: temporaryNameOf('text') });
    } catch (error) {
      throw asDeliveryError(error, place.address);
    }
  },
};

async function deliverInto(folder: string, parcel: Parcel, signal: AbortSignal): Promise<void> {
  const { name, mark } = parcel;
  if (parcel.mayBeThere) {
    await clearUp(folder, mark);
    if (await hasContent(join(folder, name), parcel, signal)) return;
  }
  await putFile({
    folder,
    name,
    pieces: await parcel.open(),
    signal,
    temporaryName: temporaryNameOf(mark),
    check: (path) => checkContent(path, parcel, signal),
  });
}

function namingFolder(folder: Extract<Found, { kind: 'folder' }>, address: string): Found {
  return {
    ...folder,
    open: (name) =>
      folder.open(name).catch((error: unknown) => {
        throw asSourceError(error, `${address}/${name}`);
      }),
    list: (below) => namingErrors(folder.list(below), address),
  };
}

async function* namingErrors(names: AsyncIterable<string>, address: string): AsyncIterable<string> {
  try {
    yield* names;
  } catch (error) {
    throw asSourceError(error, address);
  }
}

function asSourceError(error: unknown, address: string): AppError {
  const isNotThere = isMissing(error);
  return new AppError(
    isNotThere ? 'source.not_found' : 'source.unreadable',
    isNotThere
      ? `There is no file at ${address}.`
      : `The file at ${address} cannot be read: ${wordsOf(error)}.`,
    { details: { address }, cause: error, isRetryable: true },
  );
}

/** What cannot be read of our own result stays what it is; everything else is the place's fault, and may pass. */
function asDeliveryError(error: unknown, address: string): AppError {
  if (error instanceof AppError) return error;
  return new AppError('delivery.failed', `${address} could not be written: ${wordsOf(error)}.`, {
    details: { address },
    cause: error,
    isRetryable: true,
  });
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'the folder is not there',
  ENOTDIR: 'a step of the way is a file, not a folder',
  EISDIR: 'there is a folder of this name',
  EACCES: 'it is not allowed',
  EPERM: 'it is not allowed',
  EROFS: 'it is on a disk that can only be read',
  ENOSPC: 'the disk there is full',
  EDQUOT: 'the quota there is used up',
  ELOOP: 'symbolic links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
};

/** Without the paths that the file system's own messages have. */
function wordsOf(error: unknown): string {
  const code = codeOf(error);
  if (code === undefined) return (error as Error).message;
  return WORDS[code] === undefined ? code : `${WORDS[code]} (${code})`;
}

function codeOf(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
