import type { ExportOptions } from '../../core/job.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { NewPart } from '../../store/jobs/create-job.ts';
import { authorize, type Caller } from '../caller.ts';
import { loadCollection } from '../collections/load-collection.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { acceptJob, describeJob } from './accept-job.ts';
import { refuseBesideParts } from './accept-parts.ts';
import { type Accepted, findEarlier, nameRequest } from './idempotency.ts';
import { acceptExportOptions, acceptScope } from './options.ts';
import type { ExportRequest, Origin, PartedExportRequest } from './request.ts';

/** @throws AppError `collection.not_found`, `destination.unknown_location`, `request.invalid`, `request.idempotency_mismatch` */
export async function startExport(
  caller: Caller,
  deps: ActionDependencies,
  request: ExportRequest | PartedExportRequest,
  origin: Origin,
): Promise<Accepted> {
  const parts = 'parts' in request ? request.parts : [request];
  authorize(caller, 'jobs.start', {
    kind: 'export',
    collections: parts.map(({ collection }) => collection),
  });
  const name = nameRequest('exports', request, origin.idempotencyKey);
  const earlier = await findEarlier(deps, name);
  if (earlier !== undefined) return earlier;
  const plan = 'parts' in request ? await planParts(deps, request) : await planWhole(deps, request);
  const { destination } = request;
  const accepted = await acceptJob(deps, {
    kind: 'export',
    ...plan,
    ...(destination !== undefined && { destination }),
    ...(await describeJob(deps, request)),
    ...name,
    ...origin,
  });
  return { ...accepted, surroundings: {} };
}

interface ExportPlan {
  readonly options: ExportOptions;
  readonly parts: readonly NewPart[];
}

async function planWhole({ pool }: ActionDependencies, request: ExportRequest): Promise<ExportPlan> {
  const { stored, collection } = await loadCollection(pool, request.collection);
  const scope = acceptScope(request.scope, collection);
  return {
    options: acceptExportOptions(request, collection),
    parts: [{ collection: stored.name, collectionVersion: stored.version, scope }],
  };
}

/** Fields and filter are of a part's own collection; the rest of the options is for all files. */
async function planParts({ pool }: ActionDependencies, request: PartedExportRequest): Promise<ExportPlan> {
  refuseBesideParts(request, ['collection', 'scope', 'fields', 'filter', 'order']);
  let options: ExportOptions | undefined;
  const parts: NewPart[] = [];
  for (const part of request.parts) {
    const { stored, collection } = await loadCollection(pool, part.collection);
    const { fields, filter, ...shared } = acceptExportOptions({ ...request, ...part }, collection);
    options ??= shared;
    parts.push({
      collection: stored.name,
      collectionVersion: stored.version,
      scope: acceptScope(part.scope, collection),
      ...omitUndefined({ fields, filter }),
    });
  }
  if (options === undefined) throw new Error('the schema lets no request without parts pass');
  return { options, parts };
}
