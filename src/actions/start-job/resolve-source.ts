import { Readable } from 'node:stream';
import { parseMapping } from '../../collections/parse-mapping.ts';
import { AppError } from '../../core/errors.ts';
import type { ImportOptions, Job, SourceByReference } from '../../core/job.ts';
import { readPinnedPart } from '../../store/jobs/parts.ts';
import { getUpload, type Upload } from '../../store/uploads.ts';
import { type LoadedCollection, loadCollection } from '../collections/load-collection.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { getJob } from '../jobs/find-job.ts';
import type { IncomingFile } from '../uploads/receive-file.ts';
import { type FileImportRequest, type ImportRequest, renderDialect } from './request.ts';

/** What an import or validation reads, and what is settled with it. */
export interface ResolvedSource extends LoadedCollection {
  /** An upload that is there, a file that is still to be received, or a place that the worker fetches it from. */
  readonly source: Upload | IncomingFile | SourceByReference;
  /** Members of `SourceDialect` that are set; the worker finds out the others. */
  readonly dialect?: unknown;
  readonly mapping?: unknown;
  /** Options and scope of the validation that an import repeats. */
  readonly checked?: { readonly options: ImportOptions; readonly scope: Readonly<Record<string, string>> };
}

/** @throws AppError `source.*`, `storage.expired`, `job.not_found`, `collection.*`, `request.invalid` */
export async function resolveSource(
  deps: ActionDependencies,
  request: ImportRequest,
): Promise<ResolvedSource> {
  const { source } = request;
  if ('job' in source) return resolveCheckedSource(deps, request, await getJob(deps.pool, source.job));
  if ('url' in source) {
    throw new AppError(
      'source.unsupported',
      'A source cannot be fetched from a URL yet. Send the file itself, to /v1/uploads or with the kick-off.',
    );
  }
  if ('records' in source) {
    const records = openRecords(source.records, deps.settings.inlineRecords);
    return resolveComingFile(deps, { ...request, dialect: { format: 'jsonl', encoding: 'utf-8' } }, records);
  }
  if ('location' in source)
    return { ...(await resolveCollection(deps, request)), source, ...dialectOf(request) };
  const { upload, ...resolved } = await resolveUpload(deps, request, source.upload);
  return { ...resolved, source: upload, ...dialectOf(request) };
}

/** An upload that is there, for a collection. @throws AppError `collection.not_found`, `source.not_found`, `storage.expired`, `request.invalid` */
export async function resolveUpload(
  deps: ActionDependencies,
  request: Pick<FileImportRequest, 'collection' | 'mapping'>,
  uploadId: string,
): Promise<LoadedCollection & Pick<ResolvedSource, 'mapping'> & { readonly upload: Upload }> {
  const resolved = await resolveCollection(deps, request);
  return { ...resolved, upload: await getUpload(deps.pool, uploadId) };
}

/** The same for a file that comes with the request. @throws AppError `collection.not_found`, `request.invalid` */
export async function resolveComingFile(
  deps: ActionDependencies,
  request: FileImportRequest,
  file: IncomingFile,
): Promise<ResolvedSource> {
  return { ...(await resolveCollection(deps, request)), source: file, ...dialectOf(request) };
}

async function resolveCollection(
  { pool }: ActionDependencies,
  request: Pick<FileImportRequest, 'collection' | 'mapping'>,
): Promise<LoadedCollection & Pick<ResolvedSource, 'mapping'>> {
  if (request.collection === undefined) {
    throw new AppError('request.invalid', 'The request is not valid: "collection" is missing.');
  }
  const loaded = await loadCollection(pool, request.collection);
  if (request.mapping === undefined) return loaded;
  return { ...loaded, mapping: parseMapping(request.mapping, loaded.collection) };
}

function dialectOf({ dialect }: FileImportRequest): Pick<ResolvedSource, 'dialect'> {
  return dialect === undefined ? {} : { dialect: renderDialect(dialect) };
}

/** "Import what that one checked": the same file, read in the same way, into the same version of the collection. */
async function resolveCheckedSource(
  deps: ActionDependencies,
  request: ImportRequest,
  validation: Job,
): Promise<ResolvedSource> {
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
    source: await getUpload(deps.pool, part.source.upload),
    ...(pinned.dialect !== undefined && { dialect: pinned.dialect }),
    ...(pinned.mapping !== undefined && { mapping: pinned.mapping }),
    checked: { options: validation.options as ImportOptions, scope: part.scope },
  };
}

/** Records in the request become a file like any other, so that a job can resume and give back its failed rows. */
function openRecords(records: readonly unknown[], limit: number): IncomingFile {
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
