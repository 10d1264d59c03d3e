import { loadCollection } from '../collections/load-collection.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { acceptJob, describeJob } from './accept-job.ts';
import { type Accepted, findEarlier, nameRequest } from './idempotency.ts';
import { acceptExportOptions, acceptScope } from './options.ts';
import type { Origin } from './origin.ts';
import type { ExportRequest } from './request.ts';

/** @throws AppError `collection.not_found`, `destination.unknown_location`, `request.invalid`, `request.idempotency_mismatch` */
export async function acceptExport(
  deps: HttpDependencies,
  request: ExportRequest,
  origin: Origin,
): Promise<Accepted> {
  const name = nameRequest('exports', request, origin.idempotencyKey);
  const earlier = await findEarlier(deps, name);
  if (earlier !== undefined) return earlier;
  const { stored, collection } = await loadCollection(deps.pool, request.collection);
  const { destination } = request;
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
    ...(destination !== undefined && { destination }),
    ...(await describeJob(deps, request)),
    ...name,
    ...origin,
  });
  return { ...accepted, surroundings: {} };
}
