/** `jobStatus`: what a job's state is called, and back. */
import type { Job } from '../../core/job.ts';
import type { JobState } from '../../core/job-state.ts';
import { type StatusView, type StatusViewState, wireWord } from '../status-view.ts';
import type { WireAnswer } from '../wire.ts';
import { envelope } from './envelope.ts';

/** Source: SEED3. A new state of ours does not compile until it has a number. */
const JOB_STATUS: Readonly<Record<JobState, 1 | 2 | 3>> = {
  scheduled: 1,
  queued: 1,
  running: 1,
  pausing: 1,
  paused: 1,
  cancelling: 1,
  delivering: 1,
  succeeded: 2,
  failed: 3,
  cancelled: 3,
};

/** The documents know 1, 2 and 3; the vendor's own client knows the others (docs/vendors/avepoint.md#status-and-file, AV-SDK). */
const VIEW_STATES: Readonly<Record<number, StatusViewState>> = {
  0: 'queued',
  1: 'running',
  2: 'succeeded',
  3: 'failed',
  4: 'succeeded',
  5: 'running',
  6: 'cancelled',
};

export function renderStatus(job: Job): WireAnswer {
  return envelope({ jobStatus: JOB_STATUS[job.state] }, problemOf(job));
}

/** Why there will be no report. */
function problemOf({ state, failure }: Job): string | undefined {
  if (state === 'cancelled') return 'The job was cancelled.';
  return state === 'failed' ? (failure?.message ?? 'The job failed.') : undefined;
}

export function projectStatus(job: Job): StatusView {
  const wire = JOB_STATUS[job.state];
  const error = problemOf(job);
  return {
    state: VIEW_STATES[wire] ?? 'unknown',
    wire: String(wire),
    ...(error !== undefined && { error }),
  };
}

export function readStatus(body: unknown): StatusView {
  const { jobStatus, message } = (body ?? {}) as { jobStatus?: unknown; message?: unknown };
  const state = typeof jobStatus === 'number' ? VIEW_STATES[jobStatus] : undefined;
  const wire = wireWord(jobStatus);
  if (state === undefined) return { state: 'unknown', wire, raw: body };
  return { state, wire, ...(typeof message === 'string' && message !== '' && { error: message }) };
}
