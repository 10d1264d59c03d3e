import { stat } from 'node:fs/promises';
import { AppError } from '../../core/errors.ts';
import type { JobPart } from '../../core/job.ts';
import { getUpload, type Upload } from '../../store/uploads.ts';
import type { WorkerDependencies } from '../dependencies.ts';

/** The upload that a part reads. @throws AppError `source.changed` when its file is not there, or not what was sent */
export async function findUpload(deps: WorkerDependencies, part: JobPart): Promise<Upload> {
  if (part.source?.upload === undefined) throw new Error(`part ${part.part} of an import has no source`);
  const upload = await getUpload(deps.pool, part.source.upload);
  const file = await stat(deps.files.path(upload.storageKey)).catch(() => undefined);
  if (file === undefined || file.size !== upload.sizeBytes) {
    throw new AppError(
      'source.changed',
      `The file of upload ${upload.id} ${file === undefined ? 'is gone' : `has ${file.size} bytes instead of ${upload.sizeBytes}`}. Send it again.`,
    );
  }
  return upload;
}
