import type { Log } from './log.ts';

/**
 * What Node and libraries would write about this process in forms of their own, as lines of its log: warnings, and the error that ends it.
 * For a process of ours, not for one that only uses the package.
 */
export function logProcess(log: Log): void {
  // Node's own listener writes plain text.
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    const { name, message, code } = warning as Error & { code?: string };
    log.warn(message, { warning: name, ...(code !== undefined && { code }) });
  });
  process.on('uncaughtException', (error, origin) => {
    log.error(error, { origin });
    process.exit(1);
  });
}
