import type { Stage } from './stage.ts';

/** One round of ours beside its ceiling, in seconds (or whatever `unit` says), taken right after each other. */
export interface Round {
  readonly ours: number;
  readonly ceiling: number;
}

export interface Measure {
  readonly name: string;
  /** What the ceiling is, in words. */
  readonly against: string;
  /** Ratio that is aimed at: ceiling time / our time. */
  readonly aim?: number;
  /** seconds: less is better. per_second: more is better. */
  readonly unit: 'seconds' | 'per_second';
  round(stage: Stage, index: number): Promise<Round>;
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}
