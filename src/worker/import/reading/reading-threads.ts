/**
 * The reading threads of a process. A thread that has done its task waits for the next one: starting one takes longer (0.2 s) than
 * most small files.
 */
import { Worker } from 'node:worker_threads';
import { threadUrl } from '../../thread-url.ts';
import type { ReadingTask, ToReader } from './task.ts';

/**
 * A thread that has read more records, or keeps more memory, ends with its task: that weighs more than starting another. After
 * small files it has 25 to 36 MB, and no more after a hundred of them; after texts of 1 MB it had 93, nearly all of it buffers that only a
 * later collection would have freed.
 */
const KEPT_UP_TO_RECORDS = 100_000;
const KEPT_UP_TO_BYTES = 48 * 1024 * 1024;
export const HEAP_LIMITS = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 12 };

export interface ReadingThreads {
  /** A thread that has been given the task; listen before anything is awaited. */
  start(task: ReadingTask): Worker;
  /**
   * Takes a thread back. One that is not done, has read or keeps much, or has loaded own code (which the next job must read anew), is
   * ended. @param keptBytes undefined: it is not done
   */
  giveBack(thread: Worker, task: ReadingTask, options: { keptBytes: number | undefined }): Promise<void>;
}

/** One thread waits at most: a worker process runs one job at a time. */
export function createReadingThreads(): ReadingThreads {
  let waiting: Worker | undefined;

  function forget(): void {
    waiting = undefined;
  }

  function takeWaiting(): Worker | undefined {
    const thread = waiting;
    waiting = undefined;
    if (thread !== undefined) stopListening(thread);
    thread?.ref();
    return thread;
  }

  return {
    start(task) {
      const thread =
        takeWaiting() ??
        new Worker(threadUrl('reading-thread', import.meta.url), { resourceLimits: HEAP_LIMITS });
      thread.postMessage({ type: 'task', task } satisfies ToReader);
      return thread;
    },
    async giveBack(thread, task, { keptBytes = Number.POSITIVE_INFINITY }) {
      stopListening(thread);
      const hasOwnCode = task.shape.transforms.length > 0 || task.shape.validators.length > 0;
      const hasReadMuch = task.type === 'read' && task.records > KEPT_UP_TO_RECORDS;
      const isHeavy = hasReadMuch || keptBytes > KEPT_UP_TO_BYTES;
      if (hasOwnCode || isHeavy || waiting !== undefined) {
        // What it still has to say before it is gone concerns nobody; without a listener it would end the process.
        thread.on('error', () => {});
        await thread.terminate();
        return;
      }
      waiting = thread;
      thread.once('error', forget);
      thread.once('exit', forget);
      // A thread that waits keeps no process alive.
      thread.unref();
    },
  };
}

/** Of our own listeners only: Node has others on the same emitter. */
function stopListening(thread: Worker): void {
  for (const event of ['message', 'error', 'exit']) thread.removeAllListeners(event);
}
