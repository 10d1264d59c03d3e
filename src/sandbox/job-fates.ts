/** What a job looks like when it does not go as it should. Figures stay consistent with each other. */
import type { Counts } from '../core/counts.ts';
import type { Job } from '../core/job.ts';
import { isFinal } from '../core/job-state.ts';
import type { JobFate } from './scenario.ts';

type Look = Exclude<JobFate, 'expired'>;

/**
 * @param at percentage from which on it does so; before, the job is what it is
 * @param since when it began to
 */
export function lookLike(job: Job, look: Look, { at, since }: { at: number; since: Date }): Job {
  switch (look) {
    case 'fails':
      return hasPassed(job, at) ? failed(job, at, since) : job;
    case 'hangs':
      return hasPassed(job, at) ? hanging(job, at, since) : job;
    case 'delivers':
      return job.kind === 'export' && job.state === 'succeeded' ? delivering(job) : job;
  }
}

function hasPassed(job: Job, percentage: number): boolean {
  return job.startedAt !== undefined && (isFinal(job.state) || job.percentage >= percentage);
}

function failed(job: Job, percentage: number, since: Date): Job {
  const finishedAt = job.finishedAt ?? since;
  return {
    ...stoppedAt(job, percentage),
    state: 'failed',
    finishedAt,
    updatedAt: finishedAt,
    failure: {
      code: 'database.unavailable',
      message: 'The scenario of the sandbox lets the job fail.',
      retryable: true,
    },
  };
}

/** It still says when it would have ended, at the pace that it had until then: what was known does not go away. */
function hanging(job: Job, percentage: number, since: Date): Job {
  const begunAt = (job.startedAt ?? job.createdAt).getTime();
  const workedMs = Math.max(0, (job.finishedAt ?? since).getTime() - begunAt);
  const estimatedCompletion = new Date(begunAt + (workedMs * 100) / Math.max(1, percentage));
  return { ...stoppedAt(job, percentage), state: 'running', estimatedCompletion };
}

/** As it was at a percentage. */
function stoppedAt(job: Job, percentage: number): Job {
  const { finishedAt: _, failure: __, estimatedCompletion: ___, ...rest } = job;
  return {
    ...rest,
    percentage,
    phase: job.kind === 'export' ? 'exporting' : job.kind === 'import' ? 'writing' : 'checking',
    parts: job.parts.map((part) => ({
      ...part,
      isComplete: false,
      counts: shareOf(part.counts, percentage),
    })),
  };
}

function shareOf(counts: Counts, percentage: number): Counts {
  return Object.fromEntries(
    Object.entries(counts).map(([name, count]) => [name, Math.floor((count * percentage) / 100)]),
  ) as unknown as Counts;
}

function delivering(job: Job): Job {
  const { finishedAt, ...rest } = job;
  const startedAt = finishedAt ?? job.updatedAt;
  return {
    ...rest,
    state: 'delivering',
    phase: 'delivering',
    percentage: 99,
    delivery: { state: 'waiting', attempts: 1, startedAt, lastError: 'The scenario of the sandbox says so.' },
  };
}
