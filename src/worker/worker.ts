/**
 * A worker process: proves that it lives, takes hints from the queue, claims the jobs they name and runs them, one at a time. One of the lane
 * takes what is small or urgent, and each for a turn. When it no longer
 * counts as alive it drops what it does and starts anew; when it is told to stop it gives its job back at the next chunk boundary.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { isFinal } from '../core/job-state.ts';
import { findFollowers } from '../store/due-jobs.ts';
import { claimJob } from '../store/jobs/claims.ts';
import { findJob } from '../store/jobs/find-jobs.ts';
import type { Queue } from '../store/queue.ts';
import { type Lane, startLaneTurn } from './lane-turn.ts';
import { type Liveness, proveLiveness } from './liveness.ts';
import type { WriteOwedReport } from './report/owed-report.ts';
import { type RunJobOptions, runJob } from './run-job.ts';
import { createService, type Service } from './service.ts';

export interface WorkerOptions
  extends Pick<
    RunJobOptions,
    'findLackOfSpace' | 'pipelines' | 'targetOf' | 'onError' | 'onAttempt' | 'keepLog'
  > {
  readonly pool: Pool;
  readonly queue: Queue;
  readonly databaseUrl: string;
  /** Aborted when the process is to end. */
  readonly shutdown: AbortSignal;
  /** Called once, when the worker counts as alive. */
  readonly onReady: () => void;
  /** Claim this job and no other, then end. */
  readonly onlyJob?: string;
  /** Writes a report that is owed by a job that was stopped. Default: nobody does. */
  readonly writeOwedReport?: WriteOwedReport;
  /** Take only what is for the lane, and give back what is not done when its turn is over. Default: take everything. */
  readonly lane?: Lane;
  /** How long a job may hold on after the worker has lost its proof of life. Default 15,000. */
  readonly letGoMs?: number;
}

const LET_GO_MS = 15_000;
const RECONNECT_EVERY_MS = 250;
const LOOK_EVERY_MS = 100;
const REPORTS_EVERY_MS = 1000;
/** Reports wait so long for a worker that has no job; then one is written beside a job. */
const IDLE_WORKERS_FIRST_MS = 10_000;

/**
 * Resolves when the worker has ended: its job given back, its lock and connection free.
 *
 * @throws Error when the worker lost its proof of life and its job does not let go: only a new process is free of it
 */
export async function runWorker(options: WorkerOptions): Promise<void> {
  const current: Current = { liveness: undefined, run: Promise.resolve(), isBusy: false };
  const work = async (liveness: Liveness, jobId: string) => {
    const { lane } = options;
    const claim = { jobId, workerId: liveness.workerId, ...(lane !== undefined && { lane }) };
    const job = await claimJob(options.pool, claim);
    if (job === undefined) return;
    current.isBusy = true;
    const turn = lane && startLaneTurn(options.pool, { lane, job, onError: options.onError });
    const run = { ...options, liveness, ...(turn !== undefined && { turn: turn.over }) };
    const outcome = await runJob(run, job).catch(async (error: unknown) => {
      options.onError(error, job);
      // Its outcome could not be written down. A worker that lives would hold it for ever: without the proof it is taken back.
      await liveness.end();
    });
    await turn?.end();
    current.isBusy = false;
    // Whoever waited for this job, or for a key of it, begins now and not with the next sweep.
    for (const follower of await findFollowers(options.pool, job.id)) await options.queue.send(follower);
    if (outcome?.type === 'failed' || outcome?.type === 'cancelled')
      await writeReportOf(options, current, job.id);
  };
  // A hint that comes meanwhile would be taken for nothing; it is left to others.
  const mayTake = () => current.liveness?.signal.aborted === false && !options.shutdown.aborted;
  const takeHint = async (jobId: string) => {
    const { liveness } = current;
    if (liveness === undefined || !mayTake()) return;
    // From before the claim on: a job that is claimed while the process is told to stop must still be given back.
    const run = work(liveness, jobId);
    current.run = run.catch(() => {});
    await run;
  };

  current.liveness = await liveAgain(options);
  options.onReady();
  const inLane = options.lane !== undefined;
  if (options.onlyJob === undefined) options.queue.work(takeHint, { mayTake, inLane });
  // Reports of others may take long, so they are not for the lane.
  const reports = options.onlyJob === undefined && !inLane ? startReports(options, current) : undefined;
  const only =
    options.onlyJob === undefined ? undefined : runOnly(options, options.onlyJob, takeHint, current);

  const told = whenAborted(options.shutdown);
  while (!options.shutdown.aborted && current.liveness !== undefined) {
    await Promise.race([whenAborted(current.liveness.signal), told, ...(only ? [only] : [])]);
    if (!current.liveness.signal.aborted) break;
    // What was under way notices by its signal; nothing new begins before it has let go.
    await waitAtMost(current.run, options.letGoMs ?? LET_GO_MS);
    await current.liveness.end();
    current.liveness = await liveAgain(options);
  }
  await reports?.stop();
  await current.run;
  await current.liveness?.end();
}

/** What the worker is at. */
interface Current {
  liveness: Liveness | undefined;
  run: Promise<unknown>;
  /** A job is under way. */
  isBusy: boolean;
}

/** Writes what jobs owe that were stopped, or whose worker has died at their report. */
function startReports(options: WorkerOptions, current: Current): Service {
  const reports = createService({
    name: 'reports',
    everyMs: REPORTS_EVERY_MS,
    onError: options.onError,
    runOnce: async () => ({
      written: await writeReport(options, current, { waitedMs: current.isBusy ? IDLE_WORKERS_FIRST_MS : 0 }),
    }),
  });
  reports.start();
  return reports;
}

/** Those that were stopped here; where that is not to be, others will. */
async function writeReportOf(options: WorkerOptions, current: Current, jobId: string): Promise<void> {
  await writeReport(options, current, { jobId }).catch(options.onError);
}

async function writeReport(
  { writeOwedReport, shutdown }: WorkerOptions,
  { liveness }: Current,
  which: { readonly jobId?: string; readonly waitedMs?: number },
): Promise<number> {
  if (writeOwedReport === undefined || liveness === undefined) return 0;
  const signal = AbortSignal.any([liveness.signal, shutdown]);
  if (signal.aborted) return 0;
  return writeOwedReport({ workerId: liveness.workerId, signal, ...which });
}

/** Claims the one job until it needs no worker any more. */
async function runOnly(
  options: WorkerOptions,
  jobId: string,
  takeHint: (jobId: string) => Promise<unknown>,
  current: Current,
): Promise<void> {
  while (!options.shutdown.aborted) {
    await takeHint(jobId).catch(options.onError);
    const job = await findJob(options.pool, jobId).catch(() => undefined);
    if (job?.report?.state === 'pending') await writeReportOf(options, current, jobId);
    if (job !== undefined && (isFinal(job.state) || job.state === 'paused')) return;
    await pause(LOOK_EVERY_MS, options.shutdown);
  }
}

/** Tries until the database lets us; undefined when the process is to end first. */
async function liveAgain(options: WorkerOptions): Promise<Liveness | undefined> {
  while (!options.shutdown.aborted) {
    try {
      return await proveLiveness(options.databaseUrl, { inLane: options.lane !== undefined });
    } catch (error) {
      options.onError(error);
      await pause(RECONNECT_EVERY_MS, options.shutdown);
    }
  }
  return undefined;
}

/** A statement that a vanished server never answers, or own code that never settles, would keep the worker for ever. */
async function waitAtMost(run: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the job did not let go within ${limitMs} ms`)), limitMs);
  });
  await Promise.race([run, limit]).finally(() => clearTimeout(timer));
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => {});
}

function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
