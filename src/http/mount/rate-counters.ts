import type { RateState, RouteLimits } from '../../protocols/protocol.ts';

type Rate = NonNullable<RouteLimits['rate']>;

interface Window {
  endsAt: number;
  count: number;
}

/** Windows are forgotten in bulk, once there are this many. */
const SWEEP_ABOVE = 10_000;

/** Counts requests in windows that begin with the first request of a client. In this process alone. */
export class RateCounters {
  readonly #windows = new Map<string, Window>();

  /** Counts one request more. @returns what is left, and whether this one was too many */
  count(client: string, { scope, requests, seconds }: Rate, now: Date): RateState & { isOver: boolean } {
    const key = `${scope} ${client}`;
    const nowMs = now.getTime();
    let window = this.#windows.get(key);
    if (window === undefined || window.endsAt <= nowMs) {
      if (this.#windows.size >= SWEEP_ABOVE) this.#forgetEnded(nowMs);
      window = { endsAt: nowMs + seconds * 1000, count: 0 };
      this.#windows.set(key, window);
    }
    window.count += 1;
    return {
      limit: requests,
      remaining: Math.max(0, requests - window.count),
      resetAt: new Date(window.endsAt),
      isOver: window.count > requests,
    };
  }

  /** As if so much time had passed. */
  advance(ms: number): void {
    for (const window of this.#windows.values()) window.endsAt -= ms;
  }

  #forgetEnded(nowMs: number): void {
    for (const [key, { endsAt }] of this.#windows) if (endsAt <= nowMs) this.#windows.delete(key);
  }
}
