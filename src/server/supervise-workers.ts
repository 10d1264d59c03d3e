/**
 * Worker processes under a supervisor: started, started again when they end unasked or cannot be started, told to stop, and ended when
 * they do not. A worker that dies is noticed at once, and `onDeath` lets its jobs be taken back without waiting for the next sweep.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import { startWorkerChild, type WorkerChild, type WorkerEnd } from './worker-child.ts';
import type { WorkerProcessInit } from './worker-process-init.ts';

export interface WorkerSupervisor {
  /** Process ids of the workers that run now. */
  pids(): readonly number[];
  /** Those of them that have a lease. */
  leasedPids(): readonly number[];
  /** Ends a worker that hangs; another takes its place. */
  kill(pid: number): void;
  /**
   * Starts one more, which ends by itself when its only job needs no worker any more. Resolves then, and when all are stopped.
   *
   * @throws AppError `server.no_worker` when none could be started, several times in a row
   */
  runOnly(jobId: string): Promise<void>;
  stop(): Promise<void>;
}

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;
/** Starting takes about a second, on a machine that is busy some more. */
const START_WITHIN_MS = 30_000;
/** About 6 s of trying: who waits for a single job is told then, where a server goes on trying. */
const MAX_FAILED_STARTS = 7;

export function superviseWorkers(options: {
  count: number;
  /** Further ones, which take only what is small or urgent. Default 0. */
  laneCount?: number;
  init: WorkerProcessInit;
  log: (line: string) => void;
  /** Told of each process that ended otherwise than in order, also where it was to stop: its job is still held. Never rejects. */
  onDeath: (pid: number) => Promise<void>;
  /** A process that is not ready by then is ended as one that could not be started. Default: 30 s. */
  startWithinMs?: number;
}): WorkerSupervisor {
  const workers = new Set<WorkerChild>();
  const stopping = new AbortController();
  const loops = new Set<Promise<void>>();

  async function runOnce(init: WorkerProcessInit): Promise<WorkerEnd & { wasReady: boolean }> {
    try {
      const worker = startWorkerChild(init, options.startWithinMs ?? START_WITHIN_MS);
      workers.add(worker);
      const end = await worker.ended;
      workers.delete(worker);
      if (worker.pid === undefined) return { ...end, cause: `no process: ${end.cause}`, wasReady: false };
      if (!end.isInOrder) {
        const told = options.onDeath(worker.pid);
        // Its job goes back before the database is closed; else nothing has to wait for that.
        if (stopping.signal.aborted) await told;
      }
      return { ...end, cause: `process ${worker.pid}: ${end.cause}`, wasReady: worker.isReady() };
    } catch (error) {
      return { cause: `no process: ${(error as Error).message}`, isInOrder: false, wasReady: false };
    }
  }

  async function keepRunning(init: WorkerProcessInit, maxFailedStarts: number): Promise<void> {
    let failedStarts = 0;
    while (!stopping.signal.aborted) {
      const { cause, isInOrder, wasReady } = await runOnce(init);
      if (stopping.signal.aborted || (isInOrder && init.onlyJob !== undefined)) return;
      // One that could work is replaced at once, however often: a job that kills workers is given up before long.
      failedStarts = wasReady ? 0 : failedStarts + 1;
      if (failedStarts === maxFailedStarts) throw noWorker(cause);
      const waitMs = Math.min(FIRST_BACKOFF_MS * 2 ** Math.max(failedStarts - 1, 0), MAX_BACKOFF_MS);
      options.log(`a worker has ended (${cause}); starting another in ${waitMs} ms`);
      await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  function begin(init: WorkerProcessInit, maxFailedStarts: number): Promise<void> {
    const loop = keepRunning(init, maxFailedStarts);
    loops.add(loop);
    const forget = () => loops.delete(loop);
    loop.then(forget, forget);
    return loop;
  }

  const all = [
    ...Array.from({ length: options.count }, () => options.init),
    ...Array.from({ length: options.laneCount ?? 0 }, () => ({ ...options.init, inLane: true })),
  ];
  for (const init of all) void begin(init, Number.POSITIVE_INFINITY);

  const pidsOf = (some: readonly WorkerChild[]) => some.flatMap(({ pid }) => pid ?? []);
  return {
    pids: () => pidsOf([...workers]),
    leasedPids: () => pidsOf([...workers].filter((worker) => worker.isReady())),
    kill: (pid) => [...workers].find((worker) => worker.pid === pid)?.kill(),
    runOnly: (jobId) => begin({ ...options.init, onlyJob: jobId }, MAX_FAILED_STARTS),
    async stop() {
      stopping.abort();
      await Promise.all([...workers].map((worker) => worker.stop()));
      await Promise.allSettled(loops);
    },
  };
}

function noWorker(cause: string): AppError {
  return new AppError(
    'server.no_worker',
    `No worker could be started, ${MAX_FAILED_STARTS} times in a row (${cause}). The job stays in the queue; "waybill serve" will run it.`,
    { isRetryable: true },
  );
}
