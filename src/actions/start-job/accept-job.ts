import type { Job } from '../../core/job.ts';
import type { Queryable } from '../../store/database.ts';
import { createJob, type NewJob } from '../../store/jobs/create-job.ts';
import { holdUpload, recordUpload } from '../../store/uploads.ts';
import type { ActionDependencies } from '../dependencies.ts';
import type { KeptFile } from '../uploads/receive-file.ts';

type Dependencies = Pick<ActionDependencies, 'queue' | 'settings' | 'locations'>;

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
