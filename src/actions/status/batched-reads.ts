/**
 * Reads many jobs at once: whoever asks while a read is under way shares the next one, so the database sees one statement at a time
 * from each process, however many clients poll.
 */
export class BatchedReads {
  readonly #read: (ids: readonly string[]) => Promise<void>;
  readonly #endOfTurn: () => Promise<void>;
  #waiting = new Set<string>();
  #next = Promise.withResolvers<void>();
  #isReading = false;

  /** @param endOfTurn resolves when all requests that come together have come */
  constructor(read: (ids: readonly string[]) => Promise<void>, endOfTurn: () => Promise<void>) {
    this.#read = read;
    this.#endOfTurn = endOfTurn;
  }

  /** Resolves when a read that was sent after this call has been answered. @throws what that read throws */
  request(ids: Iterable<string>): Promise<void> {
    for (const id of ids) this.#waiting.add(id);
    if (!this.#isReading) void this.#run();
    return this.#next.promise;
  }

  /** A read that is under way, perhaps for others: its end is soon enough to ask for more than one needs. */
  get isBusy(): boolean {
    return this.#isReading;
  }

  async #run(): Promise<void> {
    this.#isReading = true;
    while (this.#waiting.size > 0) {
      // Requests that came in the same turn of the event loop are part of it.
      await this.#endOfTurn();
      const ids = [...this.#waiting];
      const done = this.#next;
      // Nobody may be waiting for it.
      done.promise.catch(() => {});
      this.#waiting = new Set();
      this.#next = Promise.withResolvers();
      await this.#read(ids).then(done.resolve, done.reject);
    }
    this.#isReading = false;
  }
}
