/**
 * Worker processes under a supervisor: forked, started again when they die, told to stop, and ended when they do not. A worker that
 * dies is noticed at once, and `onDeath` lets its jobs be taken back without waiting for the next sweep.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { threadUrl } from '../worker/thread-url.ts';
import type { WorkerProcessInit } from './worker-process-init.ts';

export interface WorkerSupervisor {
  /** Process ids of the workers that run now. */
  pids(): readonly number[];
  /** Starts one more, which ends by itself when its only job has ended. */
  runOnly(jobId: string): Promise<void>;
  stop(): Promise<void>;
}

const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 10_000;
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

export function superviseWorkers(options: {
  count: number;
  init: WorkerProcessInit;
  log: (line: string) => void;
  /** Told of each process that ended without being asked to. */
  onDeath: (pid: number) => void;
}): WorkerSupervisor {
  const children = new Set<ChildProcess>();
  const timers = new Set<NodeJS.Timeout>();
  let isStopping = false;

  function start(init: WorkerProcessInit): ChildProcess {
    const child = fork(threadUrl('worker-process', import.meta.url), {
      execArgv: HEAP_LIMITS,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    children.add(child);
    child.send(init);
    child.once('exit', () => children.delete(child));
    return child;
  }

  function keepRunning(backoffMs: number): void {
    const child = start(options.init);
    let wasReady = false;
    child.once('message', () => (wasReady = true));
    child.once('exit', (code, signal) => {
      if (isStopping) return;
      // One that could work is replaced at once, however often: a job that kills workers is given up before long.
      const waitMs = wasReady ? FIRST_BACKOFF_MS : backoffMs;
      options.log(
        `worker ${child.pid} has ended (${signal ?? `code ${code}`}); starting another in ${waitMs} ms`,
      );
      if (child.pid !== undefined) options.onDeath(child.pid);
      const timer = setTimeout(() => {
        timers.delete(timer);
        keepRunning(Math.min(waitMs * 2, MAX_BACKOFF_MS));
      }, waitMs);
      timers.add(timer);
    });
  }

  for (let index = 0; index < options.count; index += 1) keepRunning(FIRST_BACKOFF_MS);

  return {
    pids: () => [...children].flatMap((child) => child.pid ?? []),
    runOnly(jobId) {
      return new Promise((resolve) => {
        const again = () => {
          const child = start({ ...options.init, onlyJob: jobId });
          child.once('exit', (code) => {
            if (code === 0 || isStopping) {
              resolve();
              return;
            }
            if (child.pid !== undefined) options.onDeath(child.pid);
            again();
          });
        };
        again();
      });
    },
    async stop() {
      isStopping = true;
      for (const timer of timers) clearTimeout(timer);
      await Promise.all([...children].map(stopChild));
    },
  };
}

function stopChild(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
