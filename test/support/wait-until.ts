import { setTimeout as delay } from 'node:timers/promises';
import { patienceOf } from './patience.ts';

/**
 * Waits for something that sends no event, such as the end of another process's child.
 *
 * @param limitMs where a core is free; a busy machine gets as many times longer as it is slower
 * @throws Error after that
 */
export async function waitUntil(
  what: string,
  isTrue: () => boolean | Promise<boolean>,
  limitMs = 10_000,
): Promise<void> {
  const startedAt = performance.now();
  while (!(await isTrue())) {
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > patienceOf(limitMs))
      throw new Error(`${what}: not within ${Math.round(waitedMs)} ms (${limitMs} ms where a core is free)`);
    await delay(10);
  }
}
