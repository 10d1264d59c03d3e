import type { Job } from '../../core/job.ts';
import { isFinal } from '../../core/job-state.ts';

const SOON_SECONDS = 1;
const RARELY_SECONDS = 30;
/** A poll each tenth of the time that is left. */
const POLLS_TO_THE_END = 10;

/** When to look again, in whole seconds; undefined when nothing will change by itself. */
export function retryAfterSeconds(job: Job, now: Date): number | undefined {
  if (isFinal(job.state)) return undefined;
  if (job.state === 'paused') return RARELY_SECONDS;
  if (job.state === 'scheduled' && job.startAt !== undefined) return bounded(secondsUntil(job.startAt, now));
  if (job.estimatedCompletion === undefined) return SOON_SECONDS;
  return bounded(secondsUntil(job.estimatedCompletion, now) / POLLS_TO_THE_END);
}

function secondsUntil(time: Date, now: Date): number {
  return (time.getTime() - now.getTime()) / 1000;
}

function bounded(seconds: number): number {
  return Math.min(Math.max(Math.round(seconds), SOON_SECONDS), RARELY_SECONDS);
}
