/** What a job took: the time in which a worker had it, apart from the time in which it stood in the queue. */
import type { JobState } from '../../core/job-state.ts';
import type { WireJob, WireTimelineEntry } from '../../sdk/wire.ts';

/** A state and when it began. */
type Moment = Pick<WireTimelineEntry, 'at' | 'to'>;

export interface JobTime {
  /** Undefined for a job that has not ended, or never ran. */
  readonly workedMs?: number;
  readonly queuedMs: number;
}

const WORKING: readonly (JobState | undefined)[] = ['running', 'pausing', 'cancelling', 'delivering'];

/**
 * @param timeline default: what the job itself tells, which takes everything from its first start to its end for work; a job that was
 *   given back, paused or retried needs its timeline
 */
export function timeOf(job: WireJob, timeline: readonly Moment[] = momentsOf(job)): JobTime {
  const moments = timeline.filter(({ to }) => to !== undefined);
  const sumOf = (isCounted: (state: JobState | undefined) => boolean) =>
    moments.reduce((sum, { at, to }, index) => {
      const next = moments[index + 1];
      return next !== undefined && isCounted(to) ? sum + Date.parse(next.at) - Date.parse(at) : sum;
    }, 0);
  const queuedMs = sumOf((state) => state === 'queued');
  if (job.startedAt === undefined || job.finishedAt === undefined) return { queuedMs };
  return { queuedMs, workedMs: sumOf((state) => WORKING.includes(state)) };
}

function momentsOf({ createdAt, startAt, startedAt, finishedAt, state }: WireJob): Moment[] {
  const queuedAt = startAt !== undefined && startAt > createdAt ? startAt : createdAt;
  const moments: Moment[] = [{ at: queuedAt, to: 'queued' }];
  if (startedAt !== undefined) moments.push({ at: startedAt, to: 'running' });
  if (finishedAt !== undefined) moments.push({ at: finishedAt, to: state });
  return moments;
}
