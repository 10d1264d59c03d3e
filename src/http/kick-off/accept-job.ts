import { createHash } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { inTransaction } from '../../store/database.ts';
import { createJob, type NewJob } from '../../store/jobs/create-job.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { isRawJson } from '../parse-exact-json.ts';
import type { JobDescription } from './request.ts';

/** Creates the job and its hint in one transaction: neither exists without the other. */
export function acceptJob(
  { pool, queue }: Pick<HttpDependencies, 'pool' | 'queue'>,
  job: NewJob,
): Promise<{ job: Job; isNew: boolean }> {
  return inTransaction(pool, async (db) => {
    const accepted = await createJob(db, job);
    // A scheduled job gets its message when its time comes.
    if (accepted.isNew && accepted.job.state === 'queued') await queue.send(accepted.job, db);
    return accepted;
  });
}

type Described = Pick<
  NewJob,
  'description' | 'labels' | 'metadata' | 'createdBy' | 'priority' | 'startAt' | 'stopAt'
>;

/** @throws AppError `request.invalid` when the job would have to stop before it starts */
export function describeJob(request: JobDescription): Described {
  const { description, labels, metadata, createdBy, priority } = request;
  const startAt = request.startAt === undefined ? undefined : new Date(request.startAt);
  const stopAt = request.stopAt === undefined ? undefined : new Date(request.stopAt);
  if (stopAt !== undefined && stopAt <= (startAt ?? new Date())) {
    throw new AppError(
      'request.invalid',
      `stopAt (${stopAt.toISOString()}) must be later than the start of the job.`,
    );
  }
  return omitUndefined({ description, labels, metadata, createdBy, priority, startAt, stopAt });
}

/** The same for every job that writes to the same collection and scope. */
export function exclusiveKeyOf(collection: string, scope: Readonly<Record<string, string>>): string {
  return JSON.stringify([collection, Object.entries(scope).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** Names the request behind an idempotency key; the order of members does not count. */
export function hashRequest(route: string, body: unknown): string {
  return createHash('sha256')
    .update(canonicalJson([route, body]))
    .digest('hex');
}

export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member) && !isRawJson(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
