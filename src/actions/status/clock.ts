import { setTimeout as delay } from 'node:timers/promises';

/** Time, as statuses know it: a simulation has one of its own. */
export interface Clock {
  /** Milliseconds; never goes back. */
  now(): number;
  /** Resolves after so long, or when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Resolves when all that has come in this turn of the event loop has been looked at. */
  endOfTurn(): Promise<void>;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  // Rounded up: a timer that fires early would only be set again.
  sleep: (ms, signal) => delay(Math.ceil(ms), undefined, signal && { signal }).catch(() => {}),
  endOfTurn: () => new Promise((resolve) => setImmediate(resolve)),
};
