/** Attacks on worker processes and on sessions of the database: whoever polls must notice nothing but time. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../random.ts';
import { type Stage, signalTo } from '../stage.ts';
import type { Attacks } from './attack.ts';

function someWorker(stage: Stage, random: Random): number[] {
  const workers = stage.workers();
  return workers.length === 0 ? [] : [random.pick(workers)];
}

async function stopFor(pids: readonly number[], ms: number): Promise<number> {
  signalTo(pids, 'SIGSTOP');
  await delay(ms);
  signalTo(pids, 'SIGCONT');
  return pids.length;
}

export const ON_WORKERS: Attacks = {
  'SIGKILL of a worker': {
    weight: 12,
    run: async (stage, random) => {
      const pids = someWorker(stage, random);
      signalTo(pids, 'SIGKILL');
      return pids.length;
    },
  },
  'SIGKILL of all workers': {
    weight: 2,
    run: async (stage) => {
      const pids = stage.workers();
      signalTo(pids, 'SIGKILL');
      return pids.length;
    },
  },
  'SIGTERM of a worker': {
    weight: 1,
    run: async (stage, random) => {
      const pids = someWorker(stage, random);
      signalTo(pids, 'SIGTERM');
      return pids.length;
    },
  },
  'SIGSTOP of a worker, for a moment': {
    weight: 3,
    run: async (stage, random) => stopFor(someWorker(stage, random), random.magnitude(100, 3000)),
  },
  'SIGSTOP of a worker, until it is taken for dead': {
    weight: 0.4,
    run: async (stage, random) => stopFor(someWorker(stage, random), 9000),
  },
};
