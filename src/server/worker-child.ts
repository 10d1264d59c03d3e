/** One worker process, from its fork to its end, which may come before it has begun. */
import { fork } from 'node:child_process';
import { threadUrl } from '../worker/thread-url.ts';
import type { WorkerProcessInit } from './worker-process-init.ts';

export interface WorkerChild {
  /** Undefined: the process could not be started. */
  readonly pid: number | undefined;
  /** It has counted as alive: from then on there is a lease to look at. */
  isReady(): boolean;
  /** Resolves in every case, also when the process never was. */
  readonly ended: Promise<WorkerEnd>;
  /** At once, whatever it does. */
  kill(): void;
  /** In order; a worker that takes longer than the grace is killed. */
  stop(): Promise<void>;
}

export interface WorkerEnd {
  /** For the log. */
  readonly cause: string;
  /** It said itself that it is done. */
  readonly isInOrder: boolean;
}

/** After SIGTERM a worker ends its chunk (about 250 ms) and gives the job back; then nothing keeps it. */
const STOP_GRACE_MS = 15_000;
/**
 * Small heaps: what is large lives in buffers, and the reading thread has limits of its own. Scavenging with helper threads takes
 * more processor time from PostgreSQL than it saves: reading a million records took 7.0 s of processor time with them, 4.4 s without.
 */
const HEAP_LIMITS = [
  '--max-semi-space-size=4',
  '--max-old-space-size=160',
  '--single-threaded-gc',
  '--v8-pool-size=1',
];

/**
 * @param startWithinMs until it must be ready: one that hangs before has no lease that could run out, so nobody else would notice
 * @throws Error for some of the causes that keep a process from being forked; the others come as its end
 */
export function startWorkerChild(init: WorkerProcessInit, startWithinMs: number): WorkerChild {
  const child = fork(threadUrl('worker-process', import.meta.url), {
    execArgv: HEAP_LIMITS,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    serialization: 'advanced',
  });
  const ended = Promise.withResolvers<WorkerEnd>();
  let isReady = false;
  const startTimer = setTimeout(() => {
    ended.resolve({ cause: `not ready within ${startWithinMs / 1000} s`, isInOrder: false });
    child.kill('SIGKILL');
  }, startWithinMs);
  child.once('message', () => {
    isReady = true;
    clearTimeout(startTimer);
  });
  child.once('exit', (code, signal) =>
    ended.resolve({ cause: signal ?? `code ${code}`, isInOrder: code === 0 }),
  );
  void ended.promise.then(() => clearTimeout(startTimer));
  child.on('error', (error) => {
    // A process that never was does not exit either.
    if (child.pid === undefined) ended.resolve({ cause: error.message, isInOrder: false });
  });
  if (child.pid !== undefined) {
    // One that has gone meanwhile is told nothing; one that lives and was not told would wait for ever.
    child.send(init, (error) => {
      if (error !== null) child.kill('SIGKILL');
    });
  }
  return {
    pid: child.pid,
    isReady: () => isReady,
    ended: ended.promise,
    kill: () => void child.kill('SIGKILL'),
    async stop() {
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
      child.kill('SIGTERM');
      await ended.promise;
      clearTimeout(timer);
    },
  };
}
