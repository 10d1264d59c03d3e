/** Slows down whoever shows wrong credentials: by address and by whom they say that they are, so that nobody can lock out others. */

/** Wrong ones that cost nothing: a person who mistypes, a script with an old secret. */
export const FREE_GUESSES = 10;
const LONGEST_WAIT_SECONDS = 60;
/** After this time without a wrong one all is forgotten. */
const FORGOTTEN_AFTER_MS = 600_000;
/** Those that are remembered; strangers may send any number. */
const MAX_KEPT = 10_000;

export interface GuessLimiter {
  /** Seconds that this one has to wait; undefined: may try. */
  waitOf(who: string): number | undefined;
  fail(who: string): void;
  succeed(who: string): void;
}

export function createGuessLimiter(now: () => number = () => performance.now()): GuessLimiter {
  const failures = new Map<string, { count: number; at: number }>();

  function find(who: string) {
    const found = failures.get(who);
    return found !== undefined && now() - found.at < FORGOTTEN_AFTER_MS ? found : undefined;
  }

  return {
    waitOf(who) {
      const found = find(who);
      if (found === undefined || found.count < FREE_GUESSES) return undefined;
      const waitMs = Math.min(2 ** (found.count - FREE_GUESSES), LONGEST_WAIT_SECONDS) * 1000;
      const leftMs = found.at + waitMs - now();
      return leftMs > 0 ? Math.ceil(leftMs / 1000) : undefined;
    },
    fail(who) {
      const count = (find(who)?.count ?? 0) + 1;
      // As the newest, so that it is the last to go.
      failures.delete(who);
      const [oldest] = failures.keys();
      if (failures.size >= MAX_KEPT && oldest !== undefined) failures.delete(oldest);
      failures.set(who, { count, at: now() });
    },
    succeed(who) {
      failures.delete(who);
    },
  };
}
