/** Requests that are repeated: the same key with the same request gives the job that the first one made. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../core/canonical-json.ts';
import type { Job } from '../../core/job.ts';
import { findIdempotentJob, findKeyedContent, type RequestName } from '../../store/jobs/create-job.ts';
import type { ActionDependencies } from '../dependencies.ts';
import type { JobSurroundings } from '../jobs/find-job.ts';
import type { IncomingFile } from '../uploads/receive-file.ts';

export interface Accepted {
  readonly job: Job;
  readonly isNew: boolean;
  readonly surroundings: JobSurroundings;
}

type Stores = Pick<ActionDependencies, 'pool'>;

/** @param request whatever tells this request from others, as JSON */
export function nameRequest(
  route: string,
  request: unknown,
  idempotencyKey: string | undefined,
): RequestName {
  return idempotencyKey === undefined ? {} : { idempotencyKey, requestHash: hashRequest(route, request) };
}

/**
 * A repeated request gets its job before anything is looked at: what it needed then may be gone by now.
 *
 * @throws AppError `request.idempotency_mismatch` when the key's job came from another request
 */
export async function findEarlier({ pool }: Stores, name: RequestName): Promise<Accepted | undefined> {
  const job = await findIdempotentJob(pool, name);
  return job && { job, isNew: false, surroundings: {} };
}

/**
 * The same for a request that brings a file, which is part of what names it. Other options are told before the file is read, and another
 * file as well where the request announces its hash; else the file is read, and kept nowhere.
 *
 * @param nameOf the request's name, were this the SHA-256 of its file
 * @throws AppError `request.idempotency_mismatch`, and what reading the file throws
 */
export async function findEarlierOfFile(
  deps: Stores,
  file: IncomingFile,
  idempotencyKey: string | undefined,
  nameOf: (sha256: string) => RequestName,
): Promise<Accepted | undefined> {
  if (idempotencyKey === undefined) return undefined;
  const earlier = await findKeyedContent(deps.pool, idempotencyKey);
  if (earlier === undefined) return undefined;
  await findEarlier(deps, nameOf(earlier.sha256 ?? ''));
  return findEarlier(deps, nameOf(file.sha256 ?? (await hashOf(file.pieces))));
}

async function hashOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/** Names the request behind an idempotency key; the order of members does not count. */
function hashRequest(route: string, request: unknown): string {
  return createHash('sha256')
    .update(canonicalJson([route, request]))
    .digest('hex');
}
