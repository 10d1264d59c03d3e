/** The removal of an ended job, in steps that may be repeated: what a crash leaves between two of them the janitor takes up again. */
import type { Pool } from 'pg';
import type { Collection } from '../collections/collection.ts';
import { parseStoredCollection } from '../collections/parse-stored.ts';
import { findCollection } from './collections.ts';
import { ARTIFACT_FOLDER, type FileStore } from './files.ts';
import { deleteJobs, type EndedJob } from './retention.ts';

/** How a target drops what it keeps of a job: ledger, fence and staging. */
export type Forget = (collection: Collection, jobId: string) => Promise<void>;

/** Drops what the targets keep of a job. @throws whatever keeps a target from answering */
export async function forgetInTargets(pool: Pool, forget: Forget, job: EndedJob): Promise<void> {
  for (const { name, version } of job.collections) {
    const stored = await findCollection(pool, name, version);
    if (stored !== undefined) await forget(parseStoredCollection(stored.definition), job.id);
  }
}

/** Removes the files of jobs, then their rows with all that hangs on them. Their targets must have forgotten them before. */
export async function removeJobs(
  deps: { pool: Pool; files: FileStore },
  jobIds: readonly string[],
): Promise<void> {
  for (const jobId of jobIds) await deps.files.removeTree(`${ARTIFACT_FOLDER}/${jobId}`);
  await deleteJobs(deps.pool, jobIds);
}
