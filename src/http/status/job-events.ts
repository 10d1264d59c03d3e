import { Readable } from 'node:stream';
import type { JobStatus } from '../../actions/status/job-status.ts';
import type { ShownJob } from '../../actions/status/shown-job.ts';
import { isFinal } from '../../core/job-state.ts';

/** Keeps proxies from closing a quiet stream. */
export const COMMENT_EVERY_MS = 15_000;
/** A client that takes nothing for so long is let go. */
const STUCK_MS = 60_000;
/** How long a client should wait before it connects again. */
const RECONNECT_MS = 1_000;

/** Names of events. */
export const EVENT_NAMES = ['job'] as const;

/** Encoded once for all who watch. */
const encoded = new WeakMap<ShownJob, Buffer>();

/**
 * A job's states as server-sent events, from `first` to the final one. A client that reads slowly misses states in between, never the
 * last: each event is the whole job.
 */
export class JobEvents extends Readable {
  #pending: ShownJob | undefined;
  #isWanted = false;
  #pushedAt = performance.now();
  readonly #stopWatching: () => void;
  readonly #timer: NodeJS.Timeout;

  /** @param isKnown the client has `first` already */
  constructor(status: JobStatus, first: ShownJob, isKnown: boolean) {
    super({ highWaterMark: 1 });
    this.push(`retry: ${RECONNECT_MS}\n\n`);
    if (!isKnown) this.#pending = first;
    this.#stopWatching = status.watch(first, (shown) => this.#take(shown));
    this.#timer = setInterval(() => this.#tick(), COMMENT_EVERY_MS).unref();
  }

  override _read(): void {
    this.#isWanted = true;
    this.#give();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stopWatching();
    clearInterval(this.#timer);
    done(error);
  }

  /** Ends the stream; the client may connect again. */
  end(): void {
    if (!this.readableEnded && !this.destroyed) this.push(null);
  }

  #take(shown: ShownJob | undefined): void {
    // Deleted: there is nothing to tell any more.
    if (shown === undefined) return this.end();
    this.#pending = shown;
    if (this.#isWanted) this.#give();
  }

  #give(): void {
    const shown = this.#pending;
    if (shown === undefined) return;
    this.#pending = undefined;
    this.#isWanted = false;
    this.#pushedAt = performance.now();
    this.push(encode(shown));
    if (isFinal(shown.job.state)) this.push(null);
  }

  #tick(): void {
    if (this.#isWanted) this.push(': still here\n\n');
    else if (performance.now() - this.#pushedAt > STUCK_MS) this.destroy();
  }
}

/** The id of an event: what the client sends as `Last-Event-ID` when it connects again. */
export function eventId(shown: ShownJob): string {
  return shown.etag.replaceAll('"', '');
}

function encode(shown: ShownJob): Buffer {
  const known = encoded.get(shown);
  if (known !== undefined) return known;
  const bytes = Buffer.from(`event: ${EVENT_NAMES[0]}\nid: ${eventId(shown)}\ndata: ${shown.body}\n\n`);
  encoded.set(shown, bytes);
  return bytes;
}
