import type { Job } from '../../core/job.ts';
import { isFinal } from '../../core/job-state.ts';
import type { JobSurroundings } from '../jobs/find-job.ts';

/** A job as it may be shown, rendered once for everybody. */
export interface ShownJob {
  readonly job: Job;
  readonly surroundings: JobSurroundings;
  readonly etag: string;
  /** JSON. */
  readonly body: string;
}

/** How those who poll are shown a job. */
export interface JobRenderer {
  /** Changes whenever `bodyOf` gives something else. */
  etagOf(job: Job, surroundings: JobSurroundings): string;
  bodyOf(job: Job, surroundings: JobSurroundings): string;
}

/** Told of each new state; of undefined when the job has been deleted. */
export type JobWatcher = (shown: ShownJob | undefined) => void;

/** Whether nothing will change by itself any more. */
export function isResting({ job }: ShownJob): boolean {
  return isFinal(job.state) || job.state === 'paused';
}
