import { amountOf } from '../../core/amount.ts';
import { addCounts, NO_COUNTS } from '../../core/counts.ts';
import { AppError } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import { isFinal } from '../../core/job-state.ts';
import { type Artifact, checkKept } from '../../store/artifacts.ts';

/** The two files that give rejected records back. */
export const REJECTED = [
  { path: 'failed-rows', operationId: 'downloadFailedRows', kind: 'failed_rows', words: 'failed rows' },
  {
    path: 'unreadable-rows',
    operationId: 'downloadUnreadableRows',
    kind: 'unreadable_rows',
    words: 'unreadable rows',
  },
] as const;

export type Rejected = (typeof REJECTED)[number];

/**
 * The one file of this kind that a job, or the part of it that is named, has left.
 *
 * @throws AppError `storage.not_found` with the reason, `storage.expired`, or `request.invalid` when several parts have one
 */
export function chooseRejected(
  job: Job,
  artifacts: readonly Artifact[],
  rejected: Rejected,
  part: number | undefined,
): Artifact {
  const { path, kind, words } = rejected;
  // A job that was retried, or stopped again, has the files of its earlier run until it has reported.
  const found = hasReported(job) ? artifacts.filter((artifact) => artifact.kind === kind) : [];
  const candidates = part === undefined ? found : found.filter((artifact) => artifact.part === part);
  const [artifact] = candidates;
  if (artifact === undefined) throw missing(job, artifacts, rejected);
  if (candidates.length === 1) return checkKept(artifact);
  const parts = candidates.map((candidate) => candidate.part).join(', ');
  throw new AppError(
    'request.invalid',
    `Several parts of job ${job.number} have ${words}. Say which: /v1/jobs/${job.number}/${path}?part=N, with N one of ${parts}.`,
  );
}

function hasReported(job: Job): boolean {
  return isFinal(job.state) && job.report?.state !== 'pending';
}

function missing(job: Job, artifacts: readonly Artifact[], rejected: Rejected): AppError {
  return new AppError(
    'storage.not_found',
    `Job ${job.number} has no ${rejected.words}: ${reasonOf(job, artifacts, rejected)}`,
    { isRetryable: !hasReported(job) && job.kind !== 'export' },
  );
}

function reasonOf(job: Job, artifacts: readonly Artifact[], { kind }: Rejected): string {
  if (job.kind === 'export') return 'it is an export, which rejects nothing.';
  if (!isFinal(job.state)) return `it is ${job.state}, and they are written when it ends.`;
  if (job.report?.state === 'pending') {
    const cause = job.report.error === undefined ? '' : ` The last try failed: ${job.report.error}`;
    return `it is ${job.state}, and they are still being written. Ask again in a moment.${cause}`;
  }
  const kinds = new Set(artifacts.map((artifact) => artifact.kind));
  if (kinds.has(kind)) return 'only other parts of it have some.';
  const { rejected } = job.parts.map(({ counts }) => counts).reduce(addCounts, NO_COUNTS);
  if (rejected === 0) return 'no record was rejected.';
  const other = REJECTED.find((one) => kinds.has(one.kind));
  if (other !== undefined)
    return `all that it rejected are ${other.words} (/v1/jobs/${job.number}/${other.path}).`;
  if (job.report?.state === 'given_up') return `they could not be written. ${job.report.error}`;
  return `it rejected ${amountOf(rejected, 'record')} and left no such file (it ended as ${job.state}). Look at its artifacts.`;
}
