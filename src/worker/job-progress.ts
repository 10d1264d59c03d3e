import { judgedRecords } from '../core/counts.ts';
import type { Job } from '../core/job.ts';

/** How far one part is, in records. */
interface PartProgress {
  readonly done: number;
  readonly total: number | undefined;
}

export interface JobProgress {
  set(part: number, progress: PartProgress): void;
  doneOf(part: number): number;
  /** Over all parts; the total is absent until that of each is known. */
  sum(): PartProgress;
}

/** How far a job with all its parts is, beginning with what earlier attempts have done. An export takes that back: it starts anew. */
export function createJobProgress(job: Pick<Job, 'kind' | 'parts'>): JobProgress {
  const parts = new Map<number, PartProgress>(
    job.parts.map(({ part, total, ...one }) =>
      job.kind === 'export'
        ? [part, { done: 0, total: undefined }]
        : [part, { done: judgedRecords(one), total }],
    ),
  );
  return {
    set: (part, progress) => void parts.set(part, progress),
    doneOf: (part) => parts.get(part)?.done ?? 0,
    sum() {
      const all = [...parts.values()];
      const totals = all.flatMap(({ total }) => total ?? []);
      return {
        done: all.reduce((sum, { done }) => sum + done, 0),
        total: totals.length === all.length ? totals.reduce((sum, total) => sum + total, 0) : undefined,
      };
    },
  };
}
