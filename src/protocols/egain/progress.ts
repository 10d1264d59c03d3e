/** What both protocols say of a job in figures, ids and times. */
import { addCounts, type Counts, judgedRecords, NO_COUNTS, resultFigures } from '../../core/counts.ts';
import type { Job } from '../../core/job.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';

/** Ids of jobs are in upper case; in requests any case will do. */
export function renderId(id: string): string {
  return id.toUpperCase();
}

/** UTC, always with three decimals: `2025-09-15T10:00:00.000Z`. */
export function renderTime(time: Date): string {
  return time.toISOString();
}

export interface Progress {
  readonly processed: number;
  /** Absent until every part has been counted. */
  readonly total?: number;
  readonly percentage: number;
}

export function progressOf(job: Job): Progress {
  const totals = job.parts.map(({ total }) => total);
  const total = totals.includes(undefined)
    ? undefined
    : totals.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return { processed: processedOf(job), ...omitUndefined({ total }), percentage: job.percentage };
}

export function processedOf(job: Job): number {
  return job.parts.reduce((sum, part) => sum + judgedRecords(part), 0);
}

/** Successful, warnings and errors: they add up to what was processed. What waits for a final merge was accepted. */
export function resultsOf(job: Job): { successful: number; warnings: number; errors: number } {
  const { successful, ...others } = resultFigures(countsOf(job));
  const staged = job.parts.reduce((sum, part) => sum + (part.staged ?? 0), 0);
  return { successful: successful + staged, ...others };
}

function countsOf({ parts }: Job): Counts {
  return parts.map(({ counts }) => counts).reduce(addCounts, NO_COUNTS);
}
