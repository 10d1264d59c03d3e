/** The files that a job left. */
import { type Artifact, getArtifact, listArtifacts } from '../../store/artifacts.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { getJob } from '../jobs/find-job.ts';
import { chooseRejected, type Rejected } from './choose-rejected.ts';

/** @throws AppError `job.not_found` */
export async function listResults(
  caller: Caller,
  { pool }: ActionDependencies,
  idOrNumber: string,
): Promise<readonly Artifact[]> {
  authorize(caller, 'results.read', { job: idOrNumber });
  const job = await getJob(pool, idOrNumber);
  return listArtifacts(pool, job.id);
}

/** One that is still kept. @throws AppError `job.not_found`, `storage.not_found`, `storage.expired` */
export async function findResult(
  caller: Caller,
  { pool }: ActionDependencies,
  idOrNumber: string,
  name: string,
): Promise<Artifact> {
  authorize(caller, 'results.read', { job: idOrNumber });
  const job = await getJob(pool, idOrNumber);
  return getArtifact(pool, job.id, name);
}

/** The file that gives rejected records back. @throws AppError `job.not_found`, and as `chooseRejected` */
export async function findRejected(
  caller: Caller,
  { pool }: ActionDependencies,
  idOrNumber: string,
  { rejected, part }: { readonly rejected: Rejected; readonly part: number | undefined },
): Promise<Artifact> {
  authorize(caller, 'results.read', { job: idOrNumber });
  const job = await getJob(pool, idOrNumber);
  return chooseRejected(job, await listArtifacts(pool, job.id), rejected, part);
}
