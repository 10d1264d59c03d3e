import { setTimeout as delay } from 'node:timers/promises';
import { isAppError } from '../core/errors.ts';
import type { Cli } from './command-line.ts';

const LOOK_EVERY_MS = 500;

/**
 * Calls `start` until no other process holds the data folder of the embedded PostgreSQL, and says once whom it waits for.
 *
 * @param stopping aborted: nobody wants it any more
 * @throws AppError `embedded.locked` when it is still held after `limitMs`, or when `stopping` is aborted; at once what else `start` throws
 */
export async function waitForFolder<T>(
  cli: Cli,
  limitMs: number,
  start: () => Promise<T>,
  stopping?: AbortSignal,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (let isTold = false; ; isTold = true) {
    try {
      return await start();
    } catch (error) {
      const mayPass = isAppError(error, 'embedded.locked') && error.isRetryable;
      if (!mayPass || performance.now() > deadline || stopping?.aborted === true) throw error;
      const { pid } = error.details;
      const holder = typeof pid === 'number' ? `process ${pid}` : 'another process';
      if (!isTold) cli.terminal.err(`waybill: waiting for ${holder}, which uses the data folder\n`);
      await delay(LOOK_EVERY_MS, undefined, stopping && { signal: stopping }).catch(() => {});
    }
  }
}
