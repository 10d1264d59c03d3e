/**
 * The main thread's side of the reading thread: starts it, grants it credit for chunks, and takes what it gives. At most `AHEAD` chunks
 * wait here, so memory is bounded however slow the target is.
 */
import { AppError } from '../../../core/errors.ts';
import type { Chunk } from '../../../targets/target.ts';
import type { ReadingThreads } from './reading-threads.ts';
import type { FromReader, IndexTask, ReadingTask, ReadTask, SourceFacts, ToReader } from './task.ts';
import { unpackError } from './thread-error.ts';

const AHEAD = 2;

/** Runs the index pass. @throws whatever the source is wrong with, as `AppError` */
export async function indexInThread(
  threads: ReadingThreads,
  task: IndexTask,
  options: { signal: AbortSignal; onProgress: (doneBytes: number, totalBytes: number) => void },
): Promise<SourceFacts> {
  const thread = threads.start(task);
  let keptBytes: number | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<SourceFacts>();
  const abort = () => reject(options.signal.reason as Error);
  options.signal.addEventListener('abort', abort, { once: true });
  if (options.signal.aborted) abort();
  thread.once('error', (error: Error) => reject(describeEnd(task, error)));
  thread.once('exit', () => reject(new Error('the reading thread ended without an answer')));
  thread.on('message', (message: FromReader) => {
    if (message.type === 'progress') options.onProgress(message.doneBytes, message.totalBytes);
    else if (message.type !== 'chunk') keptBytes = message.keptBytes;
    if (message.type === 'indexed') resolve(message.facts);
    else if (message.type === 'error') reject(unpackError(message.error));
  });
  try {
    return await promise;
  } finally {
    options.signal.removeEventListener('abort', abort);
    await threads.giveBack(thread, task, { keptBytes });
  }
}

/** A thread ends by what nobody caught in it, or without memory. Where own code runs in it, that is who can do something about it. */
function describeEnd({ shape }: ReadingTask, error: Error): Error {
  const names = [...shape.transforms, ...shape.validators];
  if (names.length === 0) return error;
  return new AppError(
    'module.failed',
    `The own code of "${shape.collection}" (${names.join(', ')}) crashed its thread: ${error.message}`,
    { cause: error, isRetryable: true },
  );
}

export interface Reading {
  /** The next chunk in order, or undefined after the last. */
  next(): Promise<Chunk | undefined>;
  /** How many records the chunks asked for from now on may have. */
  setChunkRecords(maxRecords: number): void;
  /**
   * The chunk's rows are read no more: their memory serves for later ones. Without this each chunk's memory is a load that V8 does not know
   * the age of, and the main thread collects its whole heap every few chunks (1.3 s of 7 s for a million records).
   */
  giveBack(chunk: Chunk): void;
  close(): Promise<void>;
}

export function startReading(
  threads: ReadingThreads,
  task: ReadTask,
  options: { maxRecords: number; signal: AbortSignal },
): Reading {
  const thread = threads.start(task);
  const ready: Chunk[] = [];
  let { maxRecords } = options;
  let failure: Error | undefined;
  let hasEnded = false;
  let keptBytes: number | undefined;
  let wake: (() => void) | undefined;

  const grant = () => thread.postMessage({ type: 'credit', maxRecords } satisfies ToReader);
  const rouse = () => {
    wake?.();
    wake = undefined;
  };
  const fail = (error: Error) => {
    failure ??= error;
    rouse();
  };
  const abort = () => fail(options.signal.reason as Error);
  options.signal.addEventListener('abort', abort, { once: true });
  if (options.signal.aborted) abort();

  thread.on('error', (error: Error) => fail(describeEnd(task, error)));
  thread.on('exit', () => {
    if (!hasEnded) fail(new Error('the reading thread ended before the source did'));
  });
  thread.on('message', (message: FromReader) => {
    if (message.type === 'chunk') ready.push(message.chunk);
    else if (message.type !== 'progress') keptBytes = message.keptBytes;
    if (message.type === 'end') hasEnded = true;
    else if (message.type === 'error') fail(unpackError(message.error));
    rouse();
  });
  for (let credit = 0; credit < AHEAD; credit += 1) grant();

  return {
    async next() {
      while (ready.length === 0 && !hasEnded && failure === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      // Nothing is left to be waited for: the end counts, though somebody asks for a stop.
      if (hasEnded && ready.length === 0) return undefined;
      if (failure !== undefined) throw failure;
      const chunk = ready.shift();
      if (chunk !== undefined) grant();
      return chunk;
    },
    setChunkRecords(records) {
      maxRecords = records;
    },
    giveBack({ rows }) {
      const memory = rows.map(({ buffer }) => buffer as ArrayBuffer);
      thread.postMessage({ type: 'spare', memory } satisfies ToReader, memory);
    },
    async close() {
      hasEnded = true;
      options.signal.removeEventListener('abort', abort);
      await threads.giveBack(thread, task, { keptBytes });
    },
  };
}
