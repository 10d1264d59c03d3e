import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Job } from '../core/job.ts';
import { isLaneWanted, type LaneLimits } from '../store/jobs/lane.ts';

/** What a worker of the lane takes. */
export interface Lane extends LaneLimits {
  /** How long a job may hold it while others wait; twice as long with each turn that it has had. */
  readonly turnMs: number;
}

/** A job's turn in the lane. */
export interface LaneTurn {
  /** Aborted when the turn is over: it has lasted long enough, and another job waits. */
  readonly over: AbortSignal;
  /** The job has ended: nobody needs to look any more. */
  end(): Promise<void>;
}

const LOOK_EVERY_MS = 250;
/** Longer timers run out at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** On a machine that is overloaded a job that begins anew each time would never come to its end in turns that are all alike. */
const MAX_DOUBLINGS = 4;

export function startLaneTurn(
  pool: Pool,
  { lane, job, onError }: { lane: Lane; job: Pick<Job, 'laneTurns'>; onError: (error: unknown) => void },
): LaneTurn {
  const turnMs = lane.turnMs * 2 ** Math.min(job.laneTurns ?? 0, MAX_DOUBLINGS);
  const over = new AbortController();
  const ended = new AbortController();
  const { signal } = ended;
  const pause = (ms: number) => delay(Math.min(ms, MAX_TIMER_MS), undefined, { signal }).catch(() => {});
  const watch = async () => {
    await pause(turnMs);
    while (!signal.aborted) {
      // A database that is away is noticed by the job itself.
      const isWanted = await isLaneWanted(pool, lane).catch((error: unknown) => onError(error));
      if (isWanted === true) return over.abort();
      await pause(LOOK_EVERY_MS);
    }
  };
  const watching = watch();
  return {
    over: over.signal,
    async end() {
      ended.abort();
      await watching;
    },
  };
}
