/** A state that was seen. It was the current one at some instant of its first read, and at every instant from its answer to `until`. */
interface Sighting<T> {
  readonly tag: string;
  readonly value: T;
  /** When its first read was sent, and when that was answered. */
  readonly sentAt: number;
  readonly answeredAt: number;
  /** When the last read that gave it was sent. */
  until: number;
}

/** Nobody waits for longer, so nobody needs what is older. */
const FORGET_AFTER_MS = 2_000;

/**
 * What was seen of one job, and which of it may be shown. Times are `performance.now()`.
 *
 * With a `delayMs` of 0 it shows the newest, if a read vouches for it that is no older than `maxAgeMs`, or than the question: enough for
 * a process that alone shows jobs.
 *
 * With a delay it shows what was certainly current at an instant between `delayMs` before the question and `delayMs` before the answer,
 * or nothing as long as that is not certain. Who asks one process and then another is told the truth of two instants in that order,
 * whatever each of them knows. So nothing goes back, and the processes need not know of each other.
 */
export class Sightings<T> {
  readonly #delayMs: number;
  readonly #maxAgeMs: number;
  readonly #seen: Sighting<T>[] = [];
  #trustedFrom = Number.NEGATIVE_INFINITY;

  constructor(options: { delayMs: number; maxAgeMs: number }) {
    this.#delayMs = options.delayMs;
    this.#maxAgeMs = options.maxAgeMs;
  }

  /** A read that was sent and answered at these times gave this; reads come one after the other. */
  add(tag: string, value: T, sentAt: number, answeredAt: number): void {
    const newest = this.#seen.at(-1);
    if (newest?.tag === tag) newest.until = sentAt;
    else this.#seen.push({ tag, value, sentAt, answeredAt, until: sentAt });
    const keepFrom = this.#delayMs === 0 ? sentAt : sentAt - this.#delayMs - FORGET_AFTER_MS;
    while (this.#seen.length > 1 && (this.#seen[0]?.until ?? sentAt) < keepFrom) this.#seen.shift();
  }

  /** The newest state, whether it may be shown or not. */
  get newest(): T | undefined {
    return this.#seen.at(-1)?.value;
  }

  /** When the last read was sent. */
  get confirmedAt(): number {
    return this.#seen.at(-1)?.until ?? Number.NEGATIVE_INFINITY;
  }

  /** What may be told at `now` to someone who asked at `askedAt`. */
  at(now: number, askedAt: number): T | undefined {
    if (this.#delayMs === 0) {
      const goodFrom = Math.max(Math.min(askedAt, now - this.#maxAgeMs), this.#trustedFrom);
      return this.confirmedAt >= goodFrom ? this.newest : undefined;
    }
    const [from, to] = [askedAt - this.#delayMs, now - this.#delayMs];
    return this.#seen.findLast((one) => one.answeredAt <= to && (one.sentAt >= from || one.until >= from))
      ?.value;
  }

  /** Another statement has seen something newer: only reads sent from `now` on count. For a process that is alone. */
  distrust(now: number): void {
    this.#trustedFrom = now;
  }
}
