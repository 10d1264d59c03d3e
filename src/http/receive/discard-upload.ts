import { inTransaction } from '../../store/database.ts';
import { removeUpload } from '../../store/uploads.ts';
import type { HttpDependencies } from '../dependencies.ts';

/** Removes an upload and its file. @throws AppError as `removeUpload` */
export async function discardUpload(
  { pool, files }: Pick<HttpDependencies, 'pool' | 'files'>,
  id: string,
): Promise<void> {
  const { storageKey } = await inTransaction(pool, (db) => removeUpload(db, id));
  await files.remove(storageKey);
}
