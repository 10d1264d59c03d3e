import type { Log } from './log.ts';

/** A worker that stands still is ended after 15 s. */
const LIMIT_MS = 20_000;
/** Where one was too late, the others are likely to wait for the same: a database that neither answers nor goes away. */
const LATE_LIMIT_MS = 1_000;
/** The embedded database, which is closed last, writes a checkpoint first; it has limits of its own. */
const DATABASE_LIMIT_MS = 70_000;

/**
 * Last opened, first closed. One that fails does not keep the others open, and one that takes too long is left: the process that ends
 * closes it.
 */
export async function closeAll(closers: (() => Promise<void>)[], log: Log): Promise<void> {
  let limitMs = LIMIT_MS;
  const inOrder = closers.splice(0).reverse();
  for (const [index, close] of inOrder.entries()) {
    const closed = close().then(
      () => true,
      (error: unknown) => {
        log.error(error);
        return true;
      },
    );
    const isLast = index === inOrder.length - 1;
    if (await within(isLast ? DATABASE_LIMIT_MS : limitMs, closed)) continue;
    log.warn('The server stops, and something that it waits for does not end; it is left as it is.');
    limitMs = LATE_LIMIT_MS;
  }
}

async function within(limitMs: number, work: Promise<boolean>): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  const timer = setTimeout(() => late.resolve(false), limitMs);
  return Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}
