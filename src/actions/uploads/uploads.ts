/** Files that are received, hashed and kept until jobs read them or their time is over. */

import type { IncomingFile } from '../../core/job-request.ts';
import {
  recordUpload,
  getUpload as selectUpload,
  listUploads as selectUploads,
  type Upload,
} from '../../store/uploads.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { type Page, pageOf } from '../page.ts';
import { discardUpload } from './discard-upload.ts';
import { receiveFile } from './receive-file.ts';

/** Keeps a file as an upload, which jobs may read until its time is over. @throws as `receiveFile` */
export async function receiveUpload(
  caller: Caller,
  deps: Pick<ActionDependencies, 'pool' | 'files' | 'settings'>,
  file: Pick<IncomingFile, 'fileName' | 'pieces'>,
): Promise<Upload> {
  authorize(caller, 'uploads.create');
  return receiveFile(deps, file, (kept) =>
    recordUpload(deps.pool, { ...kept, keepMs: deps.settings.uploadsKeepMs }),
  );
}

/** Newest first. */
export async function listUploads(
  caller: Caller,
  { pool }: ActionDependencies,
  query: { readonly before?: string; readonly limit: number },
): Promise<Page<Upload>> {
  authorize(caller, 'uploads.list');
  return pageOf(await selectUploads(pool, { ...query, limit: query.limit + 1 }), query.limit);
}

/** @throws AppError `source.not_found`, `storage.expired` */
export async function readUpload(caller: Caller, { pool }: ActionDependencies, id: string): Promise<Upload> {
  authorize(caller, 'uploads.read', { upload: id });
  return selectUpload(pool, id);
}

/** @throws AppError `source.not_found`, `storage.expired`, `request.conflict` while a job that has not ended needs it */
export async function deleteUpload(caller: Caller, deps: ActionDependencies, id: string): Promise<void> {
  authorize(caller, 'uploads.delete', { upload: id });
  await discardUpload(deps, id);
}
