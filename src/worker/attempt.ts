/**
 * One attempt at a job: the claim's epoch, what people want of the job meanwhile, and the reports of where it is.
 *
 * The watch asks the job's row for its state at most every quarter of a second, together with the report of progress, so that an
 * intention is known in time and a job costs at most four writes a second. One that ends sooner costs none.
 */
import type { Pool } from 'pg';
import type { Counts } from '../core/counts.ts';
import type { Job, Phase } from '../core/job.ts';
import type { JobState } from '../core/job-state.ts';
import { createRateMeter, estimateCompletion, percentageOf } from '../core/progress.ts';
import { isTransient } from '../core/sqlstate.ts';
import { type ProgressReport, readIntention, reportProgress } from '../store/jobs/claims.ts';
import { noteInTimeline } from '../store/jobs/find-jobs.ts';
import type { Target } from '../targets/target.ts';
import { createJobProgress } from './job-progress.ts';
import { createWaitWatch } from './wait-watch.ts';

/**
 * give_back: the process shuts down. yield: the job's turn in the lane is over. begin_anew: somebody asked for a stop and took it back, but the attempt is
 * stopping already.
 */
export type Wish = 'go_on' | 'pause' | 'cancel' | 'give_back' | 'yield' | 'begin_anew';

export interface Attempt {
  readonly job: Job;
  readonly epoch: number;
  /** What is wanted at the next chunk boundary. */
  wish(): Wish;
  /** Aborted when this attempt must stop at once: it was overtaken, or the worker no longer counts as alive. */
  readonly signal: AbortSignal;
  /** Aborted as soon as anything but `go_on` is wanted: for phases that keep nothing when they are left. */
  readonly boundary: AbortSignal;
  /** Says what the worker is doing now; written with the next report. */
  enter(phase: Phase, total?: number): void;
  /** Takes note of where the phase is; written with the next report. */
  advance(done: number): void;
  /** Takes note of how many records a part has, before the first of them is done. */
  expect(part: number, total: number): void;
  count(part: number, counts: Counts, options: { processed: number; total?: number }): void;
  /** Watches over work at a target: where it takes long, the job says what it waits for. */
  await<T>(target: Target, work: Promise<T>): Promise<T>;
  note(event: string, detail?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Ends the watch. */
  end(): Promise<void>;
}

/** True for what an attempt that is asked to stop ends with: a wait that was left, or a statement that was interrupted. */
export function wasStopped(attempt: Attempt, error: unknown): boolean {
  const { boundary, signal } = attempt;
  return attempt.wish() !== 'go_on' && !signal.aborted && (error === boundary.reason || isTransient(error));
}

const REPORT_EVERY_MS = 250;

const WISHES: Readonly<Record<JobState, Wish | 'overtaken'>> = {
  scheduled: 'overtaken',
  queued: 'overtaken',
  running: 'go_on',
  pausing: 'pause',
  paused: 'overtaken',
  cancelling: 'cancel',
  cancelled: 'overtaken',
  delivering: 'go_on',
  succeeded: 'overtaken',
  failed: 'overtaken',
};

export function startAttempt(options: {
  pool: Pool;
  job: Job;
  /** The worker's liveness. */
  alive: AbortSignal;
  /** Aborted when the process shuts down: the job is given back at the next boundary. */
  shutdown: AbortSignal;
  /** Aborted when the job's turn in the lane is over: the same. Default: it never is. */
  turn?: AbortSignal;
  onError: (error: unknown) => void;
  /** Told of each report, and of each phase that begins. Default: nobody. */
  onReport?: (report: ProgressReport) => void;
}): Attempt {
  const { pool, job } = options;
  const stop = new AbortController();
  const boundary = new AbortController();
  const meter = createRateMeter();
  const signal = AbortSignal.any([options.alive, stop.signal]);
  let state: JobState = job.state;
  let phase: Phase = 'preparing';
  let phaseDone: number | undefined;
  let phaseTotal: number | undefined;
  let part: ProgressReport['part'];
  const progress = createJobProgress(job);
  const waits = createWaitWatch({ jobId: job.id, epoch: job.epoch }, options.onError);
  let isDirty = false;
  let hasEnded = false;
  let timer: NodeJS.Timeout | undefined;

  function wish(): Wish {
    const wanted = WISHES[state];
    if (wanted === 'pause' || wanted === 'cancel') return wanted;
    if (options.shutdown.aborted) return 'give_back';
    if (options.turn?.aborted === true) return 'yield';
    return boundary.signal.aborted ? 'begin_anew' : 'go_on';
  }

  function heed(next: JobState | undefined): void {
    if (next === undefined || WISHES[next] === 'overtaken') {
      if (!hasEnded) stop.abort(new Error(`job ${job.number} is held by a later attempt`));
      return;
    }
    state = next;
    if (wish() !== 'go_on') boundary.abort(new Error(`asked to ${wish()}`));
  }

  function renderReport(): ProgressReport {
    const { done, total } = progress.sum();
    const completion = estimateCompletion({
      done,
      total,
      rate: meter.rate(),
      nowMs: Date.now(),
    });
    return {
      jobId: job.id,
      epoch: job.epoch,
      phase,
      percentage: percentageOf(done, total),
      ...(phaseDone !== undefined && { phaseDone }),
      ...(phaseTotal !== undefined && { phaseTotal }),
      ...(completion !== undefined && { estimatedCompletion: completion }),
      ...(part !== undefined && { part }),
      ...(waits.found() !== undefined && { waitsFor: waits.found() }),
    };
  }

  async function report(): Promise<JobState | undefined> {
    const current = renderReport();
    options.onReport?.(current);
    return reportProgress(pool, current);
  }

  async function look(): Promise<void> {
    const wasDirty = waits.look() || isDirty;
    isDirty = false;
    heed(wasDirty ? await report() : await readIntention(pool, job.id, job.epoch));
  }

  let round: Promise<void> = Promise.resolve();
  function watch(): void {
    round = look()
      // A database that is away shows itself in the pipeline as well, which decides what to do about it.
      .catch(options.onError)
      .then(() => {
        if (!hasEnded && !signal.aborted) timer = setTimeout(watch, REPORT_EVERY_MS);
      });
  }
  timer = setTimeout(watch, REPORT_EVERY_MS);
  const leave = AbortSignal.any([options.shutdown, ...(options.turn === undefined ? [] : [options.turn])]);
  const onLeave = () => boundary.abort(new Error(`asked to ${wish()}`));
  leave.addEventListener('abort', onLeave, { once: true });
  if (leave.aborted) onLeave();

  return {
    job,
    epoch: job.epoch,
    wish,
    signal,
    boundary: AbortSignal.any([signal, boundary.signal]),
    enter(next, total) {
      phase = next;
      phaseDone = 0;
      phaseTotal = total;
      isDirty = true;
      options.onReport?.(renderReport());
    },
    advance(done) {
      phaseDone = done;
      isDirty = true;
    },
    count(index, counts, { processed, total }) {
      part = {
        part: index,
        counts,
        judged: processed,
        ...(total !== undefined && { total }),
      };
      progress.set(index, { done: processed, total });
      meter.sample(progress.sum().done, Date.now());
      phaseDone = processed;
      isDirty = true;
    },
    expect(index, total) {
      progress.set(index, { done: progress.doneOf(index), total });
      isDirty = true;
    },
    await: (target, work) => waits.watch(target, work),
    async note(event, detail = {}) {
      await noteInTimeline(pool, { jobId: job.id, epoch: job.epoch, event, detail });
    },
    async end() {
      hasEnded = true;
      clearTimeout(timer);
      leave.removeEventListener('abort', onLeave);
      await round;
    },
  };
}
