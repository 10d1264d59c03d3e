import type { Clock } from '../../../../src/actions/status/clock.ts';

/** Time that passes only when everything that could happen at an instant has happened. */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #timers = new Map<number, { readonly at: number; readonly ring: () => void }>();

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) return resolve();
      const wake = () => {
        this.#timers.delete(timer);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const timer = this.#set(ms, wake);
      signal?.addEventListener('abort', wake);
    });
  }

  endOfTurn(): Promise<void> {
    return this.sleep(0);
  }

  /** How many still wait for a time to come: what would keep a process from ending. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Lets time pass, as long as somebody waits for it, but not beyond `untilMs`. */
  async runUntil(untilMs: number): Promise<void> {
    for (;;) {
      await everythingAtOnce();
      const next = [...this.#timers].toSorted(([a, one], [b, two]) => one.at - two.at || a - b)[0];
      if (next === undefined || next[1].at > untilMs) break;
      const [timer, { at, ring }] = next;
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, at);
      ring();
    }
    this.#now = Math.max(this.#now, untilMs);
  }

  #set(ms: number, ring: () => void): number {
    this.#order += 1;
    this.#timers.set(this.#order, { at: this.#now + ms, ring });
    return this.#order;
  }
}

/** Promises that wait for no timer are all settled by then. */
function everythingAtOnce(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
