import { AppError } from '../../core/errors.ts';

/** One for all of them; nobody is shown it. */
const GONE = new Error('nobody waits any more');

/** What waits now, so that all of it can be ended at once. */
export class Waits {
  readonly #closing = new AbortController();
  readonly #ends = new Set<() => void>();

  /** Aborted when nothing may wait any more. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Runs `work` with a signal that is aborted when `signal` is, or when all waits end.
   *
   * Not `AbortSignal.any`, which a signal that lives as long as the server would remember for each of its polls.
   */
  async run<T>(signal: AbortSignal, work: (gone: AbortSignal) => Promise<T>): Promise<T> {
    const gone = new AbortController();
    const end = () => gone.abort(GONE);
    if (signal.aborted || this.#closing.signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    this.#ends.add(end);
    try {
      return await work(gone.signal);
    } finally {
      signal.removeEventListener('abort', end);
      this.#ends.delete(end);
    }
  }

  close(): void {
    this.#closing.abort();
    for (const end of this.#ends) end();
  }
}

/** What `work` gives, unless the signal is aborted before. @throws AppError `server.busy` */
export async function unlessGone<T>(work: Promise<T>, gone: AbortSignal): Promise<T> {
  if (gone.aborted) throw givenUp();
  const left = Promise.withResolvers<never>();
  const leave = () => left.reject(givenUp());
  gone.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([work, left.promise]);
  } finally {
    gone.removeEventListener('abort', leave);
  }
}

/** Read only where the server stops: a client that has gone reads nothing. */
function givenUp(): AppError {
  return new AppError(
    'server.busy',
    'The server is stopping, so the request was not answered. Try again in a moment.',
    {
      isRetryable: true,
    },
  );
}
