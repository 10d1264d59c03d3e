/** Sources that are more than an upload: what a validation has checked, and records in the request itself. */
import { Readable } from 'node:stream';
import { AppError } from '../../core/errors.ts';
import type { ImportOptions } from '../../core/job.ts';
import type { IncomingFile } from '../../core/job-request.ts';
import { type PinnedPart, readPinnedPart } from '../../store/jobs/parts.ts';
import { getUpload, type Upload } from '../../store/uploads.ts';
import { type LoadedCollection, loadCollection } from '../collections/load-collection.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { getJob } from '../jobs/find-job.ts';

export interface CheckedSource extends LoadedCollection {
  readonly upload: Upload;
  readonly pinned: PinnedPart;
  readonly checked: {
    readonly options: ImportOptions;
    readonly scope: Readonly<Record<string, string>>;
  };
}

/**
 * The one part of a validation that has succeeded, if its collection has not changed since.
 *
 * @param collection as the request names it, where it does
 * @throws AppError `job.not_found`, `request.invalid`, `collection.version_changed`, `storage.expired`
 */
export async function readChecked(
  deps: ActionDependencies,
  collection: string | undefined,
  idOrNumber: string,
): Promise<CheckedSource> {
  const validation = await getJob(deps.pool, idOrNumber);
  const [part, ...others] = validation.parts;
  if (others.length > 0) {
    throw new AppError(
      'request.invalid',
      `Job ${validation.number} checked ${validation.parts.length} parts. Import them as "parts", each with its collection and upload.`,
    );
  }
  if (
    validation.kind !== 'validation' ||
    validation.state !== 'succeeded' ||
    part?.source?.upload === undefined
  ) {
    throw new AppError(
      'request.invalid',
      `Job ${validation.number} is no finished validation (it is ${validation.kind === 'validation' ? 'a' : 'an'} ${validation.kind}, ${validation.state}), so nothing was checked that could be imported.`,
    );
  }
  if (collection !== undefined && collection !== part.collection) {
    throw new AppError(
      'request.invalid',
      `Job ${validation.number} checked records of "${part.collection}", not of "${collection}".`,
    );
  }
  const loaded = await loadCollection(deps.pool, part.collection);
  if (loaded.stored.version !== part.collectionVersion) {
    throw new AppError(
      'collection.version_changed',
      `Job ${validation.number} checked against version ${part.collectionVersion} of "${part.collection}", which is now at version ${loaded.stored.version}. Validate again.`,
      { details: { checked: part.collectionVersion, current: loaded.stored.version } },
    );
  }
  return {
    ...loaded,
    upload: await getUpload(deps.pool, part.source.upload),
    pinned: await readPinnedPart(deps.pool, validation.id, part.part),
    checked: { options: validation.options as ImportOptions, scope: part.scope },
  };
}

/**
 * Records in the request become a file like any other, so that a job can resume and give back its failed rows.
 *
 * @throws AppError `request.too_large`
 */
export function openRecords(records: readonly unknown[], limit: number): IncomingFile {
  if (records.length > limit) {
    throw new AppError(
      'request.too_large',
      `A request may contain at most ${limit} records (limit: limits.inlineRecords), got ${records.length}. Upload a file instead.`,
    );
  }
  return {
    fileName: 'records.jsonl',
    pieces: Readable.from(records.map((record) => Buffer.from(`${JSON.stringify(record)}\n`))),
    release: () => {},
  };
}
