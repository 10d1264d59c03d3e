/** Requests that are repeated: the same key with the same request gives the job that the first one made. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../core/canonical-json.ts';
import type { Job } from '../../core/job.ts';
import type { IncomingFile } from '../../core/job-request.ts';
import { findIdempotentJob, findKeyedContent, type RequestName } from '../../store/jobs/create-job.ts';
import type { ActionDependencies } from '../dependencies.ts';
import type { JobSurroundings } from '../jobs/find-job.ts';
import type { NamedRequest } from './kick-off.ts';

export interface Accepted {
  readonly job: Job;
  readonly isNew: boolean;
  readonly surroundings: JobSurroundings;
}

type Stores = Pick<ActionDependencies, 'pool'>;

export function nameKeyed(route: string, body: unknown, key: string | undefined): NamedRequest | undefined {
  return key === undefined ? undefined : { key, route, body };
}

/** @param sha256 of the file that comes with it and is part of what it says */
export function nameRequest(named: NamedRequest | undefined, sha256?: string): RequestName {
  if (named === undefined) return {};
  const { key, route, body } = named;
  const said = sha256 === undefined ? body : { ...(body as object), source: { sha256 } };
  return { idempotencyKey: key, requestHash: hashRequest(route, said) };
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
 * @throws AppError `request.idempotency_mismatch`, and what reading the file throws
 */
export async function findEarlierOfFile(
  deps: Stores,
  file: IncomingFile,
  named: NamedRequest | undefined,
): Promise<Accepted | undefined> {
  if (named === undefined) return undefined;
  const earlier = await findKeyedContent(deps.pool, named.key);
  if (earlier === undefined) return undefined;
  await findEarlier(deps, nameRequest(named, earlier.sha256 ?? ''));
  return findEarlier(deps, nameRequest(named, file.sha256 ?? (await hashOf(file.pieces))));
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
