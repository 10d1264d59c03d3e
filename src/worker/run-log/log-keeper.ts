/** The log keeper writes the end of jobs that no worker held when they ended, or whose worker died before it wrote it. */
import { findOpenLogs } from '../../store/run-logs.ts';
import { createService, type Service } from '../service.ts';
import { type LogDependencies, writeLog } from './write-log.ts';

const BATCH = 20;

export function createLogKeeper(
  options: LogDependencies & {
    readonly onError: (error: unknown) => void;
    /** Default: every five seconds. */
    readonly everyMs?: number;
  },
): Service {
  return createService({
    name: 'log keeper',
    everyMs: options.everyMs ?? 5000,
    onError: options.onError,
    async runOnce() {
      const open = await findOpenLogs(options.pool, BATCH);
      for (const { id } of open) await writeLog(options, id);
      return { written: open.length };
    },
  });
}
