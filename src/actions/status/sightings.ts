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

/**
 * What to do for somebody who has asked. There is no fourth case: whoever may not be shown anything yet knows what will change that, so
 * nobody waits for what nobody does.
 */
export type NextStep<T> =
  | { readonly do: 'show'; readonly value: T }
  /** What is known is too old, and stays so: a read has to be sent. */
  | { readonly do: 'read' }
  /** What is known becomes certain by the passing of time: look again then. */
  | { readonly do: 'wait'; readonly until: number };

/** Nobody waits for longer, so nobody needs what is older. */
const FORGET_AFTER_MS = 2_000;
/**
 * For so long a question is answered with nothing older than what others have been told meanwhile. Changes may follow one another
 * faster than reads are answered; then a read that was sent after the question has to do, as it is the truth of an instant after it.
 */
const PATIENCE_MS = 200;

/**
 * What was seen of one job, and which of it may be shown. Times are those of one clock.
 *
 * With a `delayMs` of 0 it shows the newest, if a read vouches for it that is not older than `maxAgeMs`, or than the question: enough for
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

  /** What may be told at `now` to someone who asked at `askedAt`, or how to come by it. */
  next(now: number, askedAt: number): NextStep<T> {
    return this.#delayMs === 0 ? this.#nextAlone(now, askedAt) : this.#nextAmongOthers(now, askedAt);
  }

  /** What may be told at `now` to someone who asked at `askedAt`, if that is known already. */
  at(now: number, askedAt: number): T | undefined {
    const next = this.next(now, askedAt);
    return next.do === 'show' ? next.value : undefined;
  }

  /** Another statement has seen something newer: only reads sent from `now` on count. For a process that is alone. */
  distrust(now: number): void {
    this.#trustedFrom = now;
  }

  #nextAlone(now: number, askedAt: number): NextStep<T> {
    const newest = this.#seen.at(-1);
    if (newest === undefined) return { do: 'read' };
    const goodFrom = Math.max(Math.min(askedAt, now - this.#maxAgeMs), this.#trustedFrom);
    const isGood = newest.until >= goodFrom;
    const willDo = now - askedAt > PATIENCE_MS && newest.until >= askedAt;
    return isGood || willDo ? { do: 'show', value: newest.value } : { do: 'read' };
  }

  #nextAmongOthers(now: number, askedAt: number): NextStep<T> {
    const isCertain = (one: Sighting<T>) => one.answeredAt + this.#delayMs <= now;
    const from = askedAt - this.#delayMs;
    const certain = this.#seen.findLast((one) => isCertain(one) && (one.sentAt >= from || one.until >= from));
    if (certain !== undefined) return { do: 'show', value: certain.value };
    // A read that was sent after the question gave this: it only has to become old enough.
    const coming = this.#seen.find((one) => one.until >= askedAt);
    return coming === undefined ? { do: 'read' } : { do: 'wait', until: coming.answeredAt + this.#delayMs };
  }
}
