import { randomUUID } from 'node:crypto';
import type { IncomingFile } from '../../core/job-request.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { isTransient } from '../../core/sqlstate.ts';
import type { StoredFile } from '../../store/files.ts';
import type { ActionDependencies } from '../dependencies.ts';

/** A file that is durable and that no row speaks of yet. */
export interface KeptFile extends StoredFile {
  /** Of the upload that it will be. */
  readonly id: string;
  readonly fileName?: string;
}

/**
 * Streams a file to disk and, once all of it is durable, has it recorded. Nothing is left of a file that was not.
 *
 * @param isRecorded whether the result speaks of the file; default: always
 * @throws AppError `request.too_large`, `storage.full`, and what the file's bytes and `record` throw
 */
export async function receiveFile<T>(
  { files, settings }: Pick<ActionDependencies, 'files' | 'settings'>,
  { fileName, pieces }: Pick<IncomingFile, 'fileName' | 'pieces'>,
  record: (file: KeptFile) => Promise<T>,
  isRecorded: (result: T) => boolean = () => true,
): Promise<T> {
  const id = randomUUID();
  const file = await files.save(`uploads/${id}`, pieces, { maxBytes: settings.uploadBytes });
  try {
    const result = await record({ id, ...file, ...omitUndefined({ fileName }) });
    if (!isRecorded(result)) await files.remove(file.storageKey);
    return result;
  } catch (error) {
    // A database that went away may have recorded it all the same: then the janitor knows what to do.
    if (!isTransient(error)) await files.remove(file.storageKey);
    throw error;
  }
}
