import type { Counts } from '../../../src/core/counts.ts';
import type { ExportOptions, ImportOptions, Job, JobKind } from '../../../src/core/job.ts';
import { isFinal, JOB_STATES, type JobState } from '../../../src/core/job-state.ts';

export const NOW = new Date('2026-05-01T10:20:00.000Z');

const CREATED = new Date('2026-05-01T09:59:58.120Z');
const STARTED = new Date('2026-05-01T10:00:00.000Z');
const ENDED = new Date('2026-05-01T10:19:00.590Z');

const HALF: Counts = {
  created: 0,
  updated: 0,
  unchanged: 700,
  deleted: 0,
  skipped: 0,
  rejected: 3,
  warned: 10,
  removed: 0,
};

const IMPORT: ImportOptions = {
  mode: 'upsert',
  atomicity: 'chunk',
  duplicates: 'error',
  allowNothingAccepted: false,
  replaceDespiteErrors: false,
  replaceByNothing: false,
  lockTimeoutMs: 5000,
  allowConcurrent: false,
};
const EXPORT: ExportOptions = { format: 'csv', compression: 'none' };

/** A job of this kind in this state, as the store could give it. */
export function sampleJob(kind: JobKind, state: JobState, more: Partial<Job> = {}): Job {
  const hasBegun = state !== 'scheduled' && state !== 'queued';
  const isEnded = isFinal(state);
  return {
    id: '7a84b875-6f75-4c7b-b137-0632b62db0bd',
    number: 4790,
    kind,
    state,
    options: kind === 'export' ? EXPORT : IMPORT,
    parts: [
      {
        part: 0,
        collection: 'things',
        collectionVersion: 1,
        scope: {},
        isComplete: state === 'succeeded',
        counts: hasBegun ? (kind === 'export' ? { ...HALF, rejected: 0, warned: 0 } : HALF) : NONE,
        ...(hasBegun && { total: 1406 }),
      },
    ],
    labels: [],
    metadata: {},
    priority: 0,
    epoch: hasBegun ? 1 : 0,
    phase: hasBegun ? 'writing' : 'waiting',
    percentage: state === 'succeeded' ? 100 : hasBegun ? 50 : 0,
    createdAt: CREATED,
    updatedAt: isEnded ? ENDED : CREATED,
    version: 7,
    ...(state === 'scheduled' && { startAt: new Date('2026-05-02T01:00:00.000Z') }),
    ...(hasBegun && { startedAt: STARTED }),
    ...(state === 'running' && { estimatedCompletion: new Date('2026-05-01T10:40:00.000Z') }),
    ...(isEnded && { finishedAt: ENDED }),
    ...(state === 'failed' && {
      failure: { code: 'database.unavailable', message: 'The database went away.', retryable: true },
    }),
    ...(state === 'cancelled' && { reason: 'asked' }),
    ...more,
  };
}

const NONE: Counts = { ...HALF, unchanged: 0, rejected: 0, warned: 0 };

/** Every state, and states with what is seldom there. */
export function sampleJobs(kind: JobKind): Job[] {
  return [
    ...JOB_STATES.map((state) => sampleJob(kind, state)),
    // Before it began: cancelled, failed while it waited for another, paused.
    ...(['cancelled', 'failed', 'paused'] as const).map((state) =>
      sampleJob(kind, state, { startedAt: undefined as never, parts: sampleJob(kind, 'queued').parts }),
    ),
    sampleJob(kind, 'running', { estimatedCompletion: undefined as never }),
    sampleJob(kind, 'succeeded', {
      parts: [{ ...sampleJob(kind, 'queued').parts[0], total: 0 } as Job['parts'][number]],
    }),
  ].map(withoutUndefined);
}

function withoutUndefined(job: Job): Job {
  return Object.fromEntries(Object.entries(job).filter(([, value]) => value !== undefined)) as unknown as Job;
}
