/**
 * The report of a job that was stopped: it is final already, and what it had processed by then becomes the same files as those of a job
 * that went to its end. A worker claims it (`store/reports.ts`); what dies at it is followed by another, and what cannot be is given up.
 */
import { parseStoredCollection } from '../../collections/parse-stored.ts';
import { isAppError } from '../../core/errors.ts';
import type { Job, JobPart } from '../../core/job.ts';
import { getCollection } from '../../store/collections.ts';
import { findJob } from '../../store/jobs/find-jobs.ts';
import { readPinnedPart } from '../../store/jobs/parts.ts';
import {
  claimReport,
  giveUpCrashedReports,
  putOffReport,
  type ReportClaim,
  settleReport,
} from '../../store/reports.ts';
import type { WorkerDependencies } from '../dependencies.ts';
import { findUpload } from '../import/find-upload.ts';
import type { PinnedSource } from '../import/import-plan.ts';
import { settleSequences } from '../import/sequence-step.ts';
import { outcomeOfError, retryDelayMs } from '../outcome.ts';
import { openPartSource } from './part-source.ts';
import { writeReport } from './write-report.ts';

export interface ReportTurn {
  readonly workerId: string;
  /** Aborted when the worker is to end, or does not count as alive any more. */
  readonly signal: AbortSignal;
  /** Only of this job. */
  readonly jobId?: string;
  /** Only one that has waited so long, so that others may take it who have nothing else to do. */
  readonly waitedMs?: number;
}

/** Writes one report that is owed. Gives how many it came to an end with: none where none is owed, or this one was left. */
export type WriteOwedReport = (turn: ReportTurn) => Promise<number>;

export function createOwedReports(
  deps: WorkerDependencies,
  onError: (error: unknown, job?: Job) => void,
): WriteOwedReport {
  const writing = new Set<string>();
  return async (turn) => {
    await giveUpCrashedReports(deps.pool);
    const claim = await claimReport(deps.pool, { ...turn, writing: [...writing] });
    if (claim === undefined) return 0;
    writing.add(claim.jobId);
    try {
      return await writeClaimed(deps, claim, turn.signal, onError);
    } finally {
      writing.delete(claim.jobId);
    }
  };
}

async function writeClaimed(
  deps: WorkerDependencies,
  claim: ReportClaim,
  signal: AbortSignal,
  onError: (error: unknown, job?: Job) => void,
): Promise<number> {
  const job = await findJob(deps.pool, claim.jobId);
  if (job === undefined) return 0;
  try {
    await reportParts(deps, job, claim, signal);
  } catch (error) {
    await putOff(deps, job, claim, { error, signal, onError });
    return 0;
  }
  await settleReport(deps.pool, claim);
  return 1;
}

/** Every part that the job began and did not come to the end of; what is complete was reported then. */
async function reportParts(
  deps: WorkerDependencies,
  job: Job,
  { epoch, workerId }: ReportClaim,
  signal: AbortSignal,
): Promise<void> {
  const failures: unknown[] = [];
  for (const part of job.parts.filter(({ isComplete }) => !isComplete)) {
    const { sourceFacts } = await readPinnedPart(deps.pool, job.id, part.part);
    const { dialect, index, mapping } = (sourceFacts ?? {}) as Partial<PinnedSource>;
    // Without an index no record was read.
    if (dialect === undefined || index === undefined) continue;
    const stored = await getCollection(deps.pool, part.collection, part.collectionVersion);
    const collection = parseStoredCollection(stored.definition);
    const target = deps.targetOf(collection);
    await writeReport({
      deps,
      attempt: { job, epoch, reporter: workerId, signal },
      target,
      part: part.part,
      isOneOfMany: job.parts.length > 1,
      openSource: () => openSource(deps, part, { dialect, index }, signal),
    }).catch((error: unknown) => {
      // What one part lacks for good is no reason to leave the others out.
      if (!isPermanent(error)) throw error;
      failures.push(error);
    });
    // After the files, which are there then whatever keeps it from that.
    await settleSequences({
      pool: deps.pool,
      job,
      epoch,
      part: part.part,
      target,
      collection,
      fields: fieldsOf(mapping),
      counts: part.counts,
      signal,
    });
  }
  if (failures.length > 0) throw failures[0];
}

function fieldsOf(mapping: PinnedSource['mapping'] | undefined): readonly string[] {
  return mapping?.fields.map(({ field }) => field) ?? [];
}

async function openSource(
  deps: WorkerDependencies,
  part: JobPart,
  pinned: Required<Pick<PinnedSource, 'dialect' | 'index'>>,
  signal: AbortSignal,
) {
  return openPartSource(deps, { ...pinned, upload: await findUpload(deps, part) }, signal);
}

function isPermanent(error: unknown): boolean {
  return isAppError(error) && outcomeOfError(error)?.type === 'failed' && !error.isRetryable;
}

/** A passing fault and a worker that ends put it off; what is missing for good, and a mistake of ours, give it up. */
async function putOff(
  { pool }: WorkerDependencies,
  job: Job,
  claim: ReportClaim,
  failed: { error: unknown; signal: AbortSignal; onError: (error: unknown, job?: Job) => void },
): Promise<void> {
  const { error, signal, onError } = failed;
  if (signal.aborted) return putOffReport(pool, claim, { delayMs: 0 });
  onError(error, job);
  if (isPermanent(error)) return putOffReport(pool, claim, { error: (error as Error).message });
  if (isAppError(error) || outcomeOfError(error)?.type === 'given_back') {
    const delayMs = retryDelayMs(claim.faults);
    return putOffReport(pool, claim, { error: (error as Error).message, delayMs });
  }
  return putOffReport(pool, claim, {
    error: 'Waybill made a mistake. The cause is in the server log, under the number of this job.',
  });
}
