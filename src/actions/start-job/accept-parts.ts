/** Imports and validations of several parts: each a collection with an upload; the options are those of all. */
import { AppError } from '../../core/errors.ts';
import type { ImportOptions } from '../../core/job.ts';
import type { NewPart } from '../../store/jobs/create-job.ts';
import { findSameContentImport } from '../../store/uploads.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { acceptJob, describeJob, exclusiveKeyOf } from './accept-job.ts';
import { type Accepted, findEarlier, nameRequest } from './idempotency.ts';
import { acceptScope, givenImportOptions, sharedImportOptions } from './options.ts';
import type { Origin } from './request.ts';
import { type ImportPartRequest, type PartedImportRequest, renderDialect } from './request.ts';
import { resolveUpload } from './resolve-source.ts';

/** @throws AppError `request.invalid`, `collection.not_found`, `source.not_found`, `storage.expired`, `request.idempotency_mismatch` */
export async function acceptParts(
  deps: ActionDependencies,
  kind: 'import' | 'validation',
  request: PartedImportRequest,
  origin: Origin,
): Promise<Accepted> {
  const name = nameRequest(`${kind}s`, request, origin.idempotencyKey);
  const earlier = await findEarlier(deps, name);
  if (earlier !== undefined) return earlier;
  refuseBesideParts(request, ['collection', 'source', 'scope', 'mapping', 'dialect']);
  const resolved = [];
  for (const part of request.parts) resolved.push(await resolvePart(deps, part));
  const options = sharedImportOptions(
    givenImportOptions(request),
    resolved.map(({ collection }) => collection),
  );
  const parts = resolved.map(({ part }) => part);
  const accepted = await acceptJob(deps, {
    kind,
    options,
    parts,
    ...(await describeJob(deps, request)),
    ...exclusiveKeys(kind, options, parts),
    ...name,
    ...origin,
  });
  const sameContentAs = kind === 'import' ? await findSameContent(deps, resolved) : undefined;
  return { ...accepted, surroundings: sameContentAs === undefined ? {} : { sameContentAs } };
}

/** @throws AppError `request.invalid` for members that each part has for itself */
export function refuseBesideParts(request: object, members: readonly string[]): void {
  const [given] = members.filter((member) => member in request);
  if (given === undefined) return;
  throw new AppError(
    'request.invalid',
    `The request has "parts", so "${given}" belongs in each of the parts, if it is needed there.`,
  );
}

function exclusiveKeys(
  kind: 'import' | 'validation',
  { allowConcurrent }: ImportOptions,
  parts: readonly NewPart[],
): { exclusiveKeys?: readonly string[] } {
  if (kind === 'validation' || allowConcurrent) return {};
  return { exclusiveKeys: parts.map(({ collection, scope }) => exclusiveKeyOf(collection, scope)) };
}

async function resolvePart(deps: ActionDependencies, request: ImportPartRequest) {
  const { stored, collection, upload, mapping } = await resolveUpload(deps, request, request.source.upload);
  const dialect = renderDialect(request.dialect);
  const part: NewPart = {
    collection: stored.name,
    collectionVersion: stored.version,
    scope: acceptScope(request.scope, collection),
    source: { upload: upload.id },
    ...(dialect !== undefined && { dialect }),
    ...(mapping !== undefined && { mapping }),
  };
  return { collection, part, sha256: upload.sha256 };
}

/** The latest import that had the same bytes for one of the parts. */
async function findSameContent(
  { pool }: ActionDependencies,
  resolved: readonly { readonly part: NewPart; readonly sha256: string }[],
): Promise<{ id: string; number: number } | undefined> {
  const found = await Promise.all(
    resolved.map(({ part: { collection, scope }, sha256 }) =>
      findSameContentImport(pool, { sha256, collection, scope }),
    ),
  );
  return found.flatMap((one) => one ?? []).toSorted((a, b) => b.number - a.number)[0];
}
