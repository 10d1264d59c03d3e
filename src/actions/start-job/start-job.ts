/** The one way in which a job comes to be, whatever door it was asked for at. */
import { randomUUID } from 'node:crypto';
import type { IncomingFile, JobRequest } from '../../core/job-request.ts';
import { inTransaction } from '../../store/database.ts';
import { findSameContentImport } from '../../store/uploads.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { type KeptFile, receiveFile } from '../uploads/receive-file.ts';
import { acceptJobWithin } from './accept-job.ts';
import { type Accepted, findEarlier, findEarlierOfFile, nameRequest } from './idempotency.ts';
import type { KickOff } from './kick-off.ts';
import { type PartContent, type PreparedJob, prepareJob } from './prepare-job.ts';

/**
 * Whatever can be refused is refused before a file that comes with the request is read.
 *
 * @throws AppError `collection.not_found`, `collection.version_changed`, `source.*`, `storage.*`, `job.not_found`, `job.too_many_running`,
 *   `request.invalid`, `request.idempotency_mismatch`, `outgoing.refused_address`, `destination.unknown_location`; `config.invalid` when
 *   the binding of a wire protocol does not fit the collections
 */
export async function startJob(
  caller: Caller,
  deps: ActionDependencies,
  kickOff: KickOff,
): Promise<Accepted> {
  const { kind, parts } = kickOff.request;
  const collections = parts.flatMap(({ collection }) => collection ?? []);
  authorize(caller, 'jobs.start', { kind, collections });
  return acceptKickOff(deps, kickOff);
}

/** The same for an action that has asked already. @throws as `startJob` */
export async function acceptKickOff(deps: ActionDependencies, kickOff: KickOff): Promise<Accepted> {
  const earlier = await findRepeated(deps, kickOff);
  if (earlier !== undefined) return earlier;
  const { after } = kickOff.request;
  const first = after && (await prepareJob(deps, { ...kickOff, id: randomUUID(), request: after }));
  const prepared = await prepareJob(deps, kickOff);
  const { coming } = prepared;
  if (coming === undefined) return create(deps, kickOff, { first, prepared });
  return receiveFile(
    deps,
    coming,
    (kept) => create(deps, kickOff, { first, prepared, kept }),
    ({ isNew }) => isNew,
  );
}

/** A repeated request gets its job before anything is looked at: what it needed then may be gone by now. */
function findRepeated(deps: ActionDependencies, { request, named }: KickOff): Promise<Accepted | undefined> {
  const file = fileOf(request);
  return file === undefined ? findEarlier(deps, nameRequest(named)) : findEarlierOfFile(deps, file, named);
}

function fileOf({ parts }: JobRequest): IncomingFile | undefined {
  for (const { source } of parts) if (source !== undefined && 'file' in source) return source.file;
  return undefined;
}

interface Prepared {
  /** The one that comes before it. */
  readonly first: PreparedJob | undefined;
  readonly prepared: PreparedJob;
  /** The file that has come, which is recorded with the job. */
  readonly kept?: KeptFile;
}

async function create(
  deps: ActionDependencies,
  kickOff: KickOff,
  { first, prepared, kept }: Prepared,
): Promise<Accepted> {
  const { request, named } = kickOff;
  const { job, contents } = prepared.withFile(kept);
  const sameContentAs = tellsSameContent(kickOff) ? await findSameContent(deps, contents) : undefined;
  const name = nameRequest(named, fileOf(request) === undefined ? undefined : kept?.sha256);
  // Both or neither: nobody would be told of the first one alone.
  const accepted = await inTransaction(deps.pool, async (db) => {
    const before = first && (await acceptJobWithin(db, deps, first.withFile().job));
    const afterJob = before && { afterJob: before.job.id };
    return acceptJobWithin(db, deps, { ...job, ...name, ...afterJob }, kept);
  });
  if (accepted.isNew) deps.queue.announce();
  return { ...accepted, surroundings: sameContentAs === undefined ? {} : { sameContentAs } };
}

/** A correction has bytes of its own, and wire protocols have no word for it. */
function tellsSameContent({ request, protocol }: KickOff): boolean {
  return request.kind === 'import' && request.parentId === undefined && protocol === undefined;
}

/** The latest import that had the same bytes for one of the parts. */
async function findSameContent(
  { pool }: ActionDependencies,
  contents: readonly PartContent[],
): Promise<{ id: string; number: number } | undefined> {
  const found = await Promise.all(contents.map((content) => findSameContentImport(pool, content)));
  return found.flatMap((one) => one ?? []).toSorted((a, b) => b.number - a.number)[0];
}
