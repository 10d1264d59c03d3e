/** A part of a request, checked against its collection and its source. */
import type { Collection } from '../../collections/collection.ts';
import type { Mapping } from '../../collections/mapping.ts';
import { parseMapping } from '../../collections/parse-mapping.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { ImportOptions, PartSource } from '../../core/job.ts';
import type {
  IncomingFile,
  JobRequest,
  PartRequest,
  RequestedExportOptions,
  RequestedSource,
} from '../../core/job-request.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { NewPart } from '../../store/jobs/create-job.ts';
import { getUpload } from '../../store/uploads.ts';
import { loadCollection } from '../collections/load-collection.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { openRecords, readChecked } from './checked-source.ts';
import { acceptExportOptions, acceptScope } from './options.ts';

export interface BoundPart {
  readonly part: NewPart;
  readonly collection: Collection;
  /** A file that is still to be received. */
  readonly coming?: IncomingFile;
  /** Of an upload that is there. */
  readonly sha256?: string;
  /** Options of the validation that an import repeats. */
  readonly checked?: ImportOptions;
}

/** @throws AppError as `startJob` */
export async function bindPart(
  deps: ActionDependencies,
  asked: PartRequest,
  request: JobRequest,
): Promise<BoundPart> {
  const bound = await bindSource(deps, asked);
  return request.kind === 'export' ? select(bound, asked, request) : bound;
}

/**
 * The same where a wire protocol's binding has named collection and fields: when they do not fit what is there, that is not a fault of the
 * client.
 *
 * @throws AppError `config.invalid`, and as `startJob`
 */
export async function bindPartOfBinding(
  deps: ActionDependencies,
  asked: PartRequest,
  request: JobRequest,
): Promise<BoundPart> {
  const bound = await bindSource(deps, asked).catch((error: unknown) => {
    if (isAppError(error, 'collection.not_found') || isAppError(error, 'request.invalid'))
      throw misfit(error.message);
    throw error;
  });
  const { collection } = bound;
  const whole: RequestedExportOptions | undefined = request.options;
  const names = new Set(collection.fields.map(({ name }) => name));
  const missing = (asked.fields ?? whole?.fields ?? []).filter((field) => !names.has(field));
  if (missing.length > 0) {
    throw misfit(`Collection "${asked.collection}" has no field ${missing.join(', ')}`);
  }
  return request.kind === 'export' ? select(bound, asked, request) : bound;
}

function misfit(problem: string): AppError {
  return new AppError('config.invalid', `The binding of the protocol does not fit: ${problem}`);
}

async function bindSource(deps: ActionDependencies, asked: PartRequest): Promise<BoundPart> {
  const { source } = asked;
  if (source !== undefined && 'job' in source) return bindChecked(deps, asked, source.job);
  const coming = comingFile(source, deps.settings.inlineRecords);
  if (asked.collection === undefined) {
    throw new AppError('request.invalid', 'The request is not valid: "collection" is missing.');
  }
  const { stored, collection } = await loadCollection(deps.pool, asked.collection);
  const mapping = asked.pinned?.mapping ?? mappingOf(asked, collection);
  const kept = keptSource(source);
  const upload =
    kept?.upload === undefined || 'location' in kept ? undefined : await getUpload(deps.pool, kept.upload);
  const part = {
    collection: stored.name,
    collectionVersion: stored.version,
    scope: acceptScope(asked.scope, collection),
    ...omitUndefined({ source: kept, dialect: dialectOf(asked), mapping }),
  };
  return { part, collection, ...omitUndefined({ coming, sha256: upload?.sha256 }) };
}

/** "Import what that one checked": the same file, read in the same way, into the same version of the collection. */
async function bindChecked(deps: ActionDependencies, asked: PartRequest, job: string): Promise<BoundPart> {
  const { stored, collection, upload, pinned, checked } = await readChecked(deps, asked.collection, job);
  const part = {
    collection: stored.name,
    collectionVersion: stored.version,
    scope: acceptScope(asked.scope ?? checked.scope, collection),
    source: { upload: upload.id },
    ...omitUndefined({ dialect: pinned.dialect, mapping: pinned.mapping }),
  };
  return { part, collection, sha256: upload.sha256, checked: checked.options };
}

/** Records in the request become a file like any other. */
function comingFile(source: RequestedSource | undefined, maxRecords: number): IncomingFile | undefined {
  if (source === undefined) return undefined;
  if ('records' in source) return openRecords(source.records, maxRecords);
  return 'file' in source ? source.file : undefined;
}

function keptSource(source: RequestedSource | undefined): PartSource | undefined {
  if (source === undefined || 'records' in source || 'file' in source || 'job' in source) return undefined;
  return source;
}

function dialectOf({ source, dialect, pinned }: PartRequest): unknown {
  if (source !== undefined && 'records' in source) return { format: 'jsonl', encoding: 'utf-8' };
  return pinned?.dialect ?? dialect;
}

/** @throws AppError `request.invalid` */
function mappingOf({ mapping, sourceNames }: PartRequest, collection: Collection): Mapping | undefined {
  if (sourceNames !== undefined) {
    const fields = Object.entries(sourceNames).map(([field, source]) => ({ field, source }));
    return parseMapping({ fields }, collection);
  }
  return mapping === undefined ? undefined : parseMapping(mapping, collection);
}

/** What an export takes of a part, in place of what it takes of all. @throws AppError `request.invalid` */
function select(bound: BoundPart, asked: PartRequest, { options, parts }: JobRequest): BoundPart {
  const { fields, filter } = asked;
  const own = omitUndefined({ fields, filter });
  // What is for all is checked against the first collection with the options of the job.
  if (Object.keys(own).length === 0 && asked === parts[0]) return bound;
  const { collection } = bound;
  const whole: RequestedExportOptions | undefined = options;
  const accepted = acceptExportOptions({ ...whole, ...own, collection: collection.name }, collection);
  const part = {
    ...bound.part,
    ...(fields !== undefined && { fields: accepted.fields }),
    ...(filter !== undefined && { filter: accepted.filter }),
  };
  return { ...bound, part: omitUndefined(part) };
}
