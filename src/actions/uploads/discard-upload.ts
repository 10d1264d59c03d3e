import { inTransaction } from '../../store/database.ts';
import { removeUpload } from '../../store/uploads.ts';
import type { ActionDependencies } from '../dependencies.ts';

/** Removes what nobody asked to keep. What cannot be removed now, or what a job needs after all, goes when its time is over. */
export async function discardUploads(
  deps: Pick<ActionDependencies, 'pool' | 'files'>,
  ids: readonly string[],
): Promise<void> {
  await Promise.allSettled(ids.map((id) => discardUpload(deps, id)));
}

/** Removes an upload and its file. @throws AppError as `removeUpload` */
export async function discardUpload(
  { pool, files }: Pick<ActionDependencies, 'pool' | 'files'>,
  id: string,
): Promise<void> {
  const { storageKey } = await inTransaction(pool, (db) => removeUpload(db, id));
  await files.remove(storageKey);
}
