import type { NewJob, NewPart, RequestName } from '../../store/jobs/create-job.ts';
import { findSameContentImport } from '../../store/uploads.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { type IncomingFile, type KeptFile, receiveFile } from '../uploads/receive-file.ts';
import { acceptJob, describeJob, exclusiveKeyOf } from './accept-job.ts';
import { acceptParts } from './accept-parts.ts';
import { type Accepted, findEarlier, findEarlierOfFile, nameRequest } from './idempotency.ts';
import { acceptImportOptions, acceptScope, givenImportOptions } from './options.ts';
import type { FileImportRequest, ImportRequest, Origin, PartedImportRequest } from './request.ts';
import { type ResolvedSource, resolveComingFile, resolveSource } from './resolve-source.ts';

/** They differ in their kind alone, so that their verdicts cannot differ. */
export type ImportKind = 'import' | 'validation';

/** An import or a validation of what its description names. @throws AppError as `acceptParts`, and `source.*` */
export async function startImport(
  caller: Caller,
  deps: ActionDependencies,
  kind: ImportKind,
  request: ImportRequest | PartedImportRequest,
  origin: Origin,
): Promise<Accepted> {
  const collections = 'parts' in request ? request.parts.map(({ collection }) => collection) : named(request);
  authorize(caller, 'jobs.start', { kind, collections });
  if ('parts' in request) return acceptParts(deps, kind, request, origin);
  const name = nameRequest(`${kind}s`, request, origin.idempotencyKey);
  const earlier = await findEarlier(deps, name);
  if (earlier !== undefined) return earlier;
  const resolved = await resolveSource(deps, request);
  const plan = await planImport(deps, kind, request, resolved, origin);
  const { source } = resolved;
  if ('location' in source) {
    const accepted = await acceptJob(deps, { ...plan.job, parts: [{ ...plan.part, source }], ...name });
    return { ...accepted, surroundings: {} };
  }
  if ('id' in source) return createImport(deps, plan, source, name);
  return receiveFile(
    deps,
    source,
    (file) => createImport(deps, plan, file, name, file),
    ({ isNew }) => isNew,
  );
}

/** The same of a file that comes with the request. Whatever can be refused is refused before the file is read. */
export async function startImportOfFile(
  caller: Caller,
  deps: ActionDependencies,
  kind: ImportKind,
  request: FileImportRequest,
  file: IncomingFile,
  origin: Origin,
): Promise<Accepted> {
  authorize(caller, 'jobs.start', { kind, collections: named(request) });
  const nameOf = (sha256: string) =>
    nameRequest(`${kind}s`, { ...request, source: { sha256 } }, origin.idempotencyKey);
  const earlier = await findEarlierOfFile(deps, file, origin.idempotencyKey, nameOf);
  if (earlier !== undefined) return earlier;
  const plan = await planImport(deps, kind, request, await resolveComingFile(deps, request, file), origin);
  return receiveFile(
    deps,
    file,
    (kept) => createImport(deps, plan, kept, nameOf(kept.sha256), kept),
    ({ isNew }) => isNew,
  );
}

function named({ collection }: FileImportRequest): readonly string[] {
  return collection === undefined ? [] : [collection];
}

/** A job but for the file that it reads. */
interface ImportPlan {
  readonly job: Omit<NewJob, 'parts'>;
  readonly part: Omit<NewPart, 'source'>;
}

async function planImport(
  deps: ActionDependencies,
  kind: ImportKind,
  request: FileImportRequest,
  { stored, collection, dialect, mapping, checked }: ResolvedSource,
  origin: Origin,
): Promise<ImportPlan> {
  const options = acceptImportOptions({ ...checked?.options, ...givenImportOptions(request) }, collection);
  const scope = acceptScope(request.scope ?? checked?.scope, collection);
  return {
    job: {
      kind,
      options,
      ...(await describeJob(deps, request)),
      ...origin,
      ...(kind === 'import' &&
        !options.allowConcurrent && { exclusiveKeys: [exclusiveKeyOf(stored.name, scope)] }),
    },
    part: {
      collection: stored.name,
      collectionVersion: stored.version,
      scope,
      ...(dialect !== undefined && { dialect }),
      ...(mapping !== undefined && { mapping }),
    },
  };
}

/** @param kept the file, where it is recorded with the job */
async function createImport(
  deps: ActionDependencies,
  { job, part }: ImportPlan,
  { id, sha256 }: { readonly id: string; readonly sha256: string },
  name: RequestName,
  kept?: KeptFile,
): Promise<Accepted> {
  const same = { sha256, collection: part.collection, scope: part.scope };
  const sameContentAs = job.kind === 'import' ? await findSameContentImport(deps.pool, same) : undefined;
  const accepted = await acceptJob(
    deps,
    { ...job, parts: [{ ...part, source: { upload: id } }], ...name },
    kept,
  );
  return { ...accepted, surroundings: sameContentAs === undefined ? {} : { sameContentAs } };
}
