/** Percentage of a job: falls never below what was shown (the store keeps the greatest) and is at most 99 before the end. */
export function percentageOf(done: number, total: number | undefined): number {
  if (total === undefined || total <= 0) return 0;
  return Math.min(99, Math.floor((done / total) * 100));
}

export interface RateMeter {
  /** Takes the total done so far; older samples fade with a half-life of about ten seconds. */
  sample(done: number, nowMs: number): void;
  /** Per second; undefined until two samples are a second apart. */
  rate(): number | undefined;
}

const HALF_LIFE_MS = 10_000;

/** An exponentially weighted rate: follows a change of speed, does not jump with every chunk. */
export function createRateMeter(): RateMeter {
  let last: { done: number; atMs: number } | undefined;
  let rate: number | undefined;
  return {
    sample(done, nowMs) {
      // Before the first record a job waits and prepares; how long that takes says nothing about the records.
      if (last === undefined || done === 0) {
        last = { done, atMs: nowMs };
        return;
      }
      const elapsedMs = nowMs - last.atMs;
      if (elapsedMs < 500) return;
      const current = ((done - last.done) * 1000) / elapsedMs;
      const weight = 1 - 0.5 ** (elapsedMs / HALF_LIFE_MS);
      rate = rate === undefined ? current : rate + (current - rate) * weight;
      last = { done, atMs: nowMs };
    },
    rate: () => rate,
  };
}

/** When the rest will be done at this rate; undefined while nobody can know. */
export function estimateCompletion(options: {
  done: number;
  total: number | undefined;
  rate: number | undefined;
  nowMs: number;
}): Date | undefined {
  const { done, total, rate, nowMs } = options;
  if (total === undefined || rate === undefined || rate <= 0 || done >= total) return undefined;
  return new Date(nowMs + ((total - done) / rate) * 1000);
}
