import type { Job } from '../../core/job.ts';
import { findIdempotentJob, type RequestName } from '../../store/jobs/create-job.ts';
import { findSameContentImport } from '../../store/uploads.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { loadCollection } from '../load-collection.ts';
import type { JobSurroundings } from '../render-job.ts';
import { acceptJob, describeJob, exclusiveKeyOf, hashRequest } from './accept-job.ts';
import { acceptExportOptions, acceptImportOptions, acceptScope, IMPORT_OPTION_NAMES } from './options.ts';
import type { ExportRequest, ImportRequest } from './request.ts';
import { resolveSource } from './resolve-source.ts';

export interface Accepted {
  readonly job: Job;
  readonly isNew: boolean;
  readonly surroundings: JobSurroundings;
}

/** An import or a validation: they differ in their kind alone, so that their verdicts cannot differ. */
export async function acceptImport(
  deps: HttpDependencies,
  kind: 'import' | 'validation',
  request: ImportRequest,
  idempotencyKey: string | undefined,
): Promise<Accepted> {
  const name = nameRequest(`${kind}s`, request, idempotencyKey);
  const earlier = await findEarlier(deps, name);
  if (earlier !== undefined) return earlier;
  const source = await resolveSource(deps, request);
  const { stored, collection, upload, checked } = source;
  const given = Object.fromEntries(
    IMPORT_OPTION_NAMES.flatMap((name) => (request[name] === undefined ? [] : [[name, request[name]]])),
  );
  const options = acceptImportOptions({ ...checked?.options, ...given }, collection);
  const scope = acceptScope(request.scope ?? checked?.scope, collection);
  const sameContentAs =
    kind === 'import'
      ? await findSameContentImport(deps.pool, { sha256: upload.sha256, collection: stored.name, scope })
      : undefined;
  const accepted = await acceptJob(deps, {
    kind,
    options,
    parts: [
      {
        collection: stored.name,
        collectionVersion: stored.version,
        scope,
        source: { upload: upload.id },
        ...(source.dialect !== undefined && { dialect: source.dialect }),
        ...(source.mapping !== undefined && { mapping: source.mapping }),
      },
    ],
    ...describeJob(request),
    ...(kind === 'import' &&
      !options.allowConcurrent && { exclusiveKey: exclusiveKeyOf(stored.name, scope) }),
    ...name,
  });
  return { ...accepted, surroundings: sameContentAs === undefined ? {} : { sameContentAs } };
}

export async function acceptExport(
  deps: HttpDependencies,
  request: ExportRequest,
  idempotencyKey: string | undefined,
): Promise<Accepted> {
  const name = nameRequest('exports', request, idempotencyKey);
  const earlier = await findEarlier(deps, name);
  if (earlier !== undefined) return earlier;
  const { stored, collection } = await loadCollection(deps.pool, request.collection);
  const accepted = await acceptJob(deps, {
    kind: 'export',
    options: acceptExportOptions(request, collection),
    parts: [
      {
        collection: stored.name,
        collectionVersion: stored.version,
        scope: acceptScope(request.scope, collection),
      },
    ],
    ...describeJob(request),
    ...name,
  });
  return { ...accepted, surroundings: {} };
}

export function nameRequest(
  route: string,
  request: unknown,
  idempotencyKey: string | undefined,
): RequestName {
  return idempotencyKey === undefined ? {} : { idempotencyKey, requestHash: hashRequest(route, request) };
}

/** A repeated request gets its job before anything is looked at: what it needed then may be gone by now. */
export async function findEarlier(
  { pool }: Pick<HttpDependencies, 'pool'>,
  name: RequestName,
): Promise<Accepted | undefined> {
  const job = await findIdempotentJob(pool, name);
  return job && { job, isNew: false, surroundings: {} };
}
