/** A request for a job, checked against what is there: what `startJob` writes. */
import { fillImportOptions, type ImportOptions } from '../../core/import-options.ts';
import type { ExportOptions } from '../../core/job.ts';
import type { IncomingFile, JobRequest, RequestedExportOptions } from '../../core/job-request.ts';
import { NOTIFY_DEFAULTS, type NotifyRequest } from '../../core/notification.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { NewJob } from '../../store/jobs/create-job.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { getJob } from '../jobs/find-job.ts';
import type { KeptFile } from '../uploads/receive-file.ts';
import { checkLocations } from './accept-job.ts';
import { type BoundPart, bindPart, bindPartOfBinding } from './bind-part.ts';
import type { KickOff } from './kick-off.ts';
import { acceptExportOptions, sharedImportOptions } from './options.ts';
import { acceptResultOptions } from './result-options.ts';

/** Bytes of a part, and where they go. */
export interface PartContent {
  readonly sha256: string;
  readonly collection: string;
  readonly scope: Readonly<Record<string, string>>;
}

export interface PreparedJob {
  /** A file that is still to be received: the source of the only part. */
  readonly coming: IncomingFile | undefined;
  /** The job, with the file that has come. */
  withFile(kept?: KeptFile): {
    readonly job: NewJob & { readonly id?: string };
    readonly contents: readonly PartContent[];
  };
}

/** @throws AppError as `startJob` */
export async function prepareJob(deps: ActionDependencies, kickOff: KickOff): Promise<PreparedJob> {
  const { request, protocol } = kickOff;
  const bound: BoundPart[] = [];
  const bind = protocol === undefined ? bindPart : bindPartOfBinding;
  for (const part of request.parts) bound.push(await bind(deps, part, request));
  const options = acceptOptions(request, bound);
  const job = {
    kind: request.kind,
    options,
    ...(await acceptRest(deps, request)),
    ...omitUndefined({
      id: kickOff.id,
      traceparent: kickOff.traceparent,
      origin: protocol === undefined ? undefined : { protocol, facts: request.facts ?? {} },
    }),
  };
  const exclusiveKeys = exclusiveKeysOf(request, options, bound);
  return {
    coming: bound.find(({ coming }) => coming !== undefined)?.coming,
    withFile(kept) {
      const parts = bound.map(({ part, coming }) =>
        coming === undefined || kept === undefined ? part : { ...part, source: { upload: kept.id } },
      );
      checkLocations(deps.locations, { ...job, parts });
      const contents = bound.flatMap(({ part: { collection, scope }, coming, sha256 }) => {
        const hash = coming === undefined ? sha256 : kept?.sha256;
        return hash === undefined ? [] : [{ sha256: hash, collection, scope }];
      });
      return { job: { ...job, parts, exclusiveKeys }, contents };
    },
  };
}

/** The same for every job that writes to the same collection and scope: they do it one after another. */
export function exclusiveKeyOf(collection: string, scope: Readonly<Record<string, string>>): string {
  return JSON.stringify([collection, Object.entries(scope).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** What a job must have for itself while it runs: whatever it writes to, unless it may run beside others, and what its request names. */
function exclusiveKeysOf(
  { kind, exclusiveKey }: JobRequest,
  options: ImportOptions | ExportOptions,
  bound: readonly BoundPart[],
): readonly string[] {
  const isWriting = kind === 'import' && !(options as ImportOptions).allowConcurrent;
  return [
    ...(isWriting ? bound.map(({ part: { collection, scope } }) => exclusiveKeyOf(collection, scope)) : []),
    ...(exclusiveKey === undefined ? [] : [exclusiveKey]),
  ];
}

function acceptOptions(
  { kind, options = {} }: JobRequest,
  bound: readonly BoundPart[],
): ImportOptions | ExportOptions {
  const collections = bound.map(({ collection }) => collection);
  const [first] = collections;
  if (kind !== 'export') {
    const given = { ...bound[0]?.checked, ...(options as Partial<ImportOptions>) };
    return first === undefined ? fillImportOptions(given) : sharedImportOptions(given, collections);
  }
  const given = options as RequestedExportOptions;
  return first === undefined
    ? acceptResultOptions(given, [])
    : acceptExportOptions({ collection: first.name, ...given }, first);
}

/** What a job has beside options and parts. */
async function acceptRest(
  { pool, outgoing, locations }: ActionDependencies,
  request: JobRequest,
): Promise<Partial<NewJob>> {
  const { description, labels, metadata, createdBy, priority, parentId } = request;
  const { destination, log, startAt, stopAt, slot } = request;
  checkLocations(locations, omitUndefined({ log }));
  const notify = request.notify && acceptNotify(outgoing, request.notify);
  const afterJob = request.afterJob === undefined ? undefined : (await getJob(pool, request.afterJob)).id;
  const described = { description, labels, metadata, createdBy, priority, parentId };
  return omitUndefined({ ...described, destination, log, startAt, stopAt, slot, notify, afterJob });
}

/** @throws AppError `request.invalid`, `outgoing.refused_address` for an address that is not to be called */
function acceptNotify(
  outgoing: ActionDependencies['outgoing'],
  request: NonNullable<JobRequest['notify']>,
): NotifyRequest {
  // In its one spelling: receivers are told apart by it.
  const url = outgoing.checkUrl(request.url).href;
  return { ...NOTIFY_DEFAULTS, ...request, url };
}
