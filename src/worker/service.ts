/**
 * A background service: something done again and again until the process ends. `runOnce` does one round and says what it did, so that
 * tests call it directly; `start` repeats it, and a round that throws is reported and tried again at the next tick.
 */
export interface Service {
  readonly name: string;
  runOnce(): Promise<Readonly<Record<string, number>>>;
  start(): void;
  /** Ends the repetition; resolves when a round that is under way has ended. */
  stop(): Promise<void>;
}

export function createService(options: {
  name: string;
  /** Pause between the end of a round and the start of the next. */
  everyMs: number;
  runOnce: () => Promise<Readonly<Record<string, number>>>;
  onError: (error: unknown) => void;
}): Service {
  let timer: NodeJS.Timeout | undefined;
  let round: Promise<void> | undefined;
  let isStopped = true;

  async function repeat(): Promise<void> {
    await options.runOnce().then(undefined, options.onError);
    if (isStopped) return;
    timer = setTimeout(() => {
      round = repeat();
    }, options.everyMs);
  }

  return {
    name: options.name,
    runOnce: options.runOnce,
    start() {
      if (!isStopped) return;
      isStopped = false;
      round = repeat();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await round;
    },
  };
}
