import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { LivenessData, LivenessMessage } from './liveness-thread.ts';
import { threadUrl } from './thread-url.ts';

/** The proof that this worker lives. It is lost once and for all: a worker that goes on needs a new one. */
export interface Liveness {
  readonly workerId: string;
  /** Aborted when the proof is lost: whatever the worker holds belongs to others from then on. */
  readonly signal: AbortSignal;
  /** Gives the lock and the connection up. */
  end(): Promise<void>;
}

const TICK_EVERY_MS = 500;
/** A server that does not answer must not keep the worker: its lock goes with the connection. */
const END_LIMIT_MS = 3000;
/** Settings of small threads: what they hold is a connection and a timer. */
const SMALL_HEAP = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 };

/** @throws Error when the database cannot be reached. */
export async function proveLiveness(databaseUrl: string, { inLane = false } = {}): Promise<Liveness> {
  const workerId = randomUUID();
  const lastTick = new SharedArrayBuffer(8);
  const ticks = new BigInt64Array(lastTick);
  const tick = () => {
    ticks[0] = BigInt(Date.now());
  };
  tick();
  const ticking = setInterval(tick, TICK_EVERY_MS);
  ticking.unref();

  const data: LivenessData = { databaseUrl, workerId, inLane, lastTick };
  const thread = new Worker(threadUrl('liveness-thread', import.meta.url), {
    workerData: data,
    resourceLimits: SMALL_HEAP,
  });
  const lost = new AbortController();
  const lose = (reason: string) => {
    clearInterval(ticking);
    if (!lost.signal.aborted) lost.abort(new Error(`this worker no longer counts as alive: ${reason}`));
  };
  const ended = new Promise<void>((resolve) => {
    thread.once('exit', () => {
      lose('its heartbeat ended');
      resolve();
    });
  });

  await new Promise<void>((resolve, reject) => {
    thread.on('error', (error) => lose((error as Error).message));
    thread.on('message', (message: LivenessMessage) => {
      if (message.type === 'registered') resolve();
      else lose(message.reason);
    });
    lost.signal.addEventListener('abort', () => reject(lost.signal.reason as Error), { once: true });
  }).catch(async (error: unknown) => {
    await thread.terminate();
    throw error;
  });

  return {
    workerId,
    signal: lost.signal,
    async end() {
      clearInterval(ticking);
      thread.postMessage('end');
      const limit = setTimeout(() => void thread.terminate(), END_LIMIT_MS);
      await ended;
      clearTimeout(limit);
    },
  };
}
