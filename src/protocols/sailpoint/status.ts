/** A job as the protocol shows it, and back. */
import type { Job } from '../../core/job.ts';
import type { JobState } from '../../core/job-state.ts';
import { type StatusView, type StatusViewState, wireWord } from '../status-view.ts';
import { expirationOf, renderInstant } from './instants.ts';
import { type JobType, pick, type Shape } from './shapes.ts';

export type WireState = 'NOT_STARTED' | 'IN_PROGRESS' | 'COMPLETE' | 'CANCELLED' | 'FAILED';

/** A new state of ours does not compile until it has one of theirs. */
const WIRE_STATES: Readonly<Record<JobState, WireState>> = {
  scheduled: 'NOT_STARTED',
  queued: 'NOT_STARTED',
  running: 'IN_PROGRESS',
  pausing: 'IN_PROGRESS',
  paused: 'IN_PROGRESS',
  cancelling: 'IN_PROGRESS',
  delivering: 'IN_PROGRESS',
  succeeded: 'COMPLETE',
  failed: 'FAILED',
  cancelled: 'CANCELLED',
};

const VIEW_STATES: Readonly<Record<WireState, StatusViewState>> = {
  NOT_STARTED: 'queued',
  IN_PROGRESS: 'running',
  COMPLETE: 'succeeded',
  CANCELLED: 'cancelled',
  FAILED: 'failed',
};

/** Of imports. Source: docs/vendors/sailpoint.md#endpoints, seen in answers. */
const MESSAGES: Readonly<Partial<Record<WireState, string>>> = {
  COMPLETE: 'Download import results for details.',
  FAILED: 'Import halted because of errors. Download results for error details.',
};

export function jobTypeOf({ kind }: Pick<Job, 'kind'>): JobType {
  return kind === 'export' ? 'EXPORT' : 'IMPORT';
}

export function renderKickOff(shape: Shape, job: Job): object {
  const known = knownOf(job);
  return pick(shape, shape.kickOff[known.type], known);
}

/** The expiration of a status has no fraction in any of the vendor's examples. */
export function renderStatus(shape: Shape, job: Job): object {
  const known = knownOf(job);
  const expiration = known.expiration.replace(/\.\d+/, '');
  return pick(shape, shape.status[known.type], { ...known, expiration });
}

function knownOf(job: Job) {
  const type = jobTypeOf(job);
  const status = WIRE_STATES[job.state];
  return {
    jobId: job.id,
    status,
    type,
    message: messageOf(job),
    description: job.description,
    expiration: renderInstant(expirationOf(job)),
    created: renderInstant(job.createdAt),
    modified: renderInstant(job.updatedAt),
    completed: job.finishedAt && renderInstant(job.finishedAt),
  };
}

function messageOf(job: Job): string | undefined {
  return job.kind === 'export' ? undefined : MESSAGES[WIRE_STATES[job.state]];
}

export function projectStatus(job: Job): StatusView {
  const wire = WIRE_STATES[job.state];
  const error = wire === 'FAILED' ? messageOf(job) : undefined;
  return {
    state: VIEW_STATES[wire],
    wire,
    createdAt: job.createdAt,
    ...(job.finishedAt !== undefined && { finishedAt: job.finishedAt }),
    ...(error !== undefined && { error }),
  };
}

export function readStatus(body: unknown): StatusView {
  const { status, created, completed, message } = (body ?? {}) as Readonly<Record<string, unknown>>;
  const wire = wireWord(status);
  const state = Object.hasOwn(VIEW_STATES, wire) ? VIEW_STATES[wire as WireState] : undefined;
  const createdAt = readInstant(created);
  const finishedAt = readInstant(completed);
  return {
    state: state ?? 'unknown',
    wire,
    ...(createdAt !== undefined && { createdAt }),
    ...(finishedAt !== undefined && { finishedAt }),
    ...(state === 'failed' && typeof message === 'string' && { error: message }),
    ...(state === undefined && { raw: body }),
  };
}

function readInstant(value: unknown): Date | undefined {
  const instant = typeof value === 'string' ? new Date(value) : undefined;
  return instant === undefined || Number.isNaN(instant.getTime()) ? undefined : instant;
}
