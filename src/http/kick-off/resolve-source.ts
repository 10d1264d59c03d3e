import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { parseMapping } from '../../collections/parse-mapping.ts';
import { AppError } from '../../core/errors.ts';
import type { ImportOptions, Job } from '../../core/job.ts';
import { readPinnedPart } from '../../store/jobs/parts.ts';
import { getUpload, recordUpload, type Upload } from '../../store/uploads.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { getJob } from '../find-job.ts';
import { type LoadedCollection, loadCollection } from '../load-collection.ts';
import { type ImportRequest, renderDialect } from './request.ts';

/** What an import or validation reads, and what is settled with it. */
export interface ResolvedSource extends LoadedCollection {
  readonly upload: Upload;
  /** Members of `SourceDialect` that are set; the worker finds out the others. */
  readonly dialect?: unknown;
  readonly mapping?: unknown;
  /** Options and scope of the validation that an import repeats. */
  readonly checked?: { readonly options: ImportOptions; readonly scope: Readonly<Record<string, string>> };
}

/** @throws AppError `source.not_found`, `collection.not_found`, `collection.version_changed`, `request.invalid` */
export async function resolveSource(deps: HttpDependencies, request: ImportRequest): Promise<ResolvedSource> {
  const { source } = request;
  if ('job' in source) return resolveCheckedSource(deps, request, await getJob(deps.pool, source.job));
  if (request.collection === undefined) {
    throw new AppError('request.invalid', 'The body of the request is not valid: "collection" is missing.');
  }
  const loaded = await loadCollection(deps.pool, request.collection);
  const upload =
    'upload' in source
      ? await getUpload(deps.pool, source.upload)
      : await keepInlineRecords(deps, source.records);
  const dialect =
    'upload' in source ? renderDialect(request.dialect) : { format: 'jsonl', encoding: 'utf-8' };
  const mapping = request.mapping && parseMapping(request.mapping, loaded.collection);
  return {
    ...loaded,
    upload,
    ...(dialect !== undefined && { dialect }),
    ...(mapping !== undefined && { mapping }),
  };
}

/** "Import what that one checked": the same file, read in the same way, into the same version of the collection. */
async function resolveCheckedSource(
  deps: HttpDependencies,
  request: ImportRequest,
  validation: Job,
): Promise<ResolvedSource> {
  const part = validation.parts[0];
  if (validation.kind !== 'validation' || validation.state !== 'succeeded' || part?.source === undefined) {
    throw new AppError(
      'request.invalid',
      `Job ${validation.number} is no finished validation (it is ${validation.kind === 'validation' ? 'a' : 'an'} ${validation.kind}, ${validation.state}), so nothing was checked that could be imported.`,
    );
  }
  if (request.collection !== undefined && request.collection !== part.collection) {
    throw new AppError(
      'request.invalid',
      `Job ${validation.number} checked records of "${part.collection}", not of "${request.collection}".`,
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
  const pinned = await readPinnedPart(deps.pool, validation.id, part.part);
  return {
    ...loaded,
    upload: await getUpload(deps.pool, part.source.upload),
    ...(pinned.dialect !== undefined && { dialect: pinned.dialect }),
    ...(pinned.mapping !== undefined && { mapping: pinned.mapping }),
    checked: { options: validation.options as ImportOptions, scope: part.scope },
  };
}

/** Records in the request become a file like any other, so that a job can resume and give back its failed rows. */
async function keepInlineRecords(deps: HttpDependencies, records: readonly unknown[]): Promise<Upload> {
  const { inlineRecords, uploadsKeepMs } = deps.settings;
  if (records.length > inlineRecords) {
    throw new AppError(
      'request.too_large',
      `A request may carry ${inlineRecords} records (limit: limits.inlineRecords), got ${records.length}. Upload a file instead.`,
    );
  }
  const id = randomUUID();
  const lines = Readable.from(records.map((record) => Buffer.from(`${JSON.stringify(record)}\n`)));
  const file = await deps.files.save(`uploads/${id}`, lines);
  return recordUpload(deps.pool, { id, fileName: 'records.jsonl', ...file, keepMs: uploadsKeepMs });
}
