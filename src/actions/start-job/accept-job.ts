import { AppError } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import { NOTIFY_DEFAULTS, type NotifyRequest } from '../../core/notification.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { inTransaction, type Queryable } from '../../store/database.ts';
import { createJob, type NewJob } from '../../store/jobs/create-job.ts';
import { holdUpload, recordUpload } from '../../store/uploads.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { getJob } from '../jobs/find-job.ts';
import type { KeptFile } from '../uploads/receive-file.ts';
import type { JobDescription } from './request.ts';

type Dependencies = Pick<ActionDependencies, 'queue' | 'settings' | 'locations'>;

/** @throws AppError as `acceptJobWithin` */
export function acceptJob(
  deps: Dependencies & Pick<ActionDependencies, 'pool'>,
  job: NewJob,
  file?: KeptFile,
): Promise<{ job: Job; isNew: boolean }> {
  return inTransaction(deps.pool, (db) => acceptJobWithin(db, deps, job, file));
}

/**
 * Creates the job, its hint and the record of a file that came with it: none exists without the others.
 *
 * @param db the caller's transaction
 * @throws AppError `storage.expired` when the upload that it reads was removed meanwhile; `source.unknown_location`,
 *   `destination.unknown_location`
 */
export async function acceptJobWithin(
  db: Queryable,
  { queue, settings, locations }: Dependencies,
  job: NewJob,
  file?: KeptFile,
): Promise<{ job: Job; isNew: boolean }> {
  checkLocations(locations, job);
  const sent = file && { sentBytes: file.sizeBytes, sentSha256: file.sha256 };
  const accepted = await createJob(db, { ...job, ...sent });
  if (!accepted.isNew) return accepted;
  if (file !== undefined) await recordUpload(db, { ...file, keepMs: settings.uploadsKeepMs });
  else
    for (const { source } of job.parts) if (source?.upload !== undefined) await holdUpload(db, source.upload);
  // A scheduled job gets its message when its time comes.
  if (accepted.job.state === 'queued') await queue.send(accepted.job, db);
  return accepted;
}

/** @throws AppError `source.unknown_location`, `destination.unknown_location` for an address that is mapped nowhere */
export function checkLocations(
  locations: ActionDependencies['locations'],
  { destination, log, parts }: Partial<Pick<NewJob, 'destination' | 'log' | 'parts'>>,
): void {
  if (destination !== undefined) locations.check(destination.location, 'destination');
  if (log !== undefined) locations.check(log.location, 'destination');
  for (const { source } of parts ?? []) {
    if (source !== undefined && 'location' in source) locations.check(source.location, 'source');
  }
}

type Described = Pick<
  NewJob,
  | 'description'
  | 'labels'
  | 'metadata'
  | 'createdBy'
  | 'priority'
  | 'startAt'
  | 'stopAt'
  | 'afterJob'
  | 'notify'
  | 'log'
>;

/**
 * @throws AppError `request.invalid` when the job would have to stop before it starts, or tell something that is no URL;
 *   `job.not_found` for the one it is to come after; `outgoing.refused_address` for whom it is to tell;
 *   `destination.unknown_location` for its log
 */
export async function describeJob(
  { pool, outgoing, locations }: Pick<ActionDependencies, 'pool' | 'outgoing' | 'locations'>,
  request: JobDescription,
): Promise<Described> {
  const { description, labels, metadata, createdBy, priority } = request;
  const startAt = request.startAt === undefined ? undefined : new Date(request.startAt);
  const stopAt = request.stopAt === undefined ? undefined : new Date(request.stopAt);
  if (stopAt !== undefined && stopAt <= (startAt ?? new Date())) {
    throw new AppError(
      'request.invalid',
      `stopAt (${stopAt.toISOString()}) must be later than the start of the job.`,
    );
  }
  const { log } = request;
  checkLocations(locations, omitUndefined({ log }));
  const notify = request.notify && acceptNotify(outgoing, request.notify);
  const afterJob = request.after === undefined ? undefined : (await getJob(pool, request.after)).id;
  const given = { description, labels, metadata, createdBy, priority };
  return omitUndefined({ ...given, startAt, stopAt, afterJob, notify, log });
}

/** @throws AppError `request.invalid`, `outgoing.refused_address` for an address that is not to be called */
export function acceptNotify(
  outgoing: ActionDependencies['outgoing'],
  request: NonNullable<JobDescription['notify']>,
): NotifyRequest {
  // In its one spelling: receivers are told apart by it.
  const url = outgoing.checkUrl(request.url).href;
  return { ...NOTIFY_DEFAULTS, ...request, url };
}

/** The same for every job that writes to the same collection and scope. */
export function exclusiveKeyOf(collection: string, scope: Readonly<Record<string, string>>): string {
  return JSON.stringify([collection, Object.entries(scope).sort(([a], [b]) => (a < b ? -1 : 1))]);
}
