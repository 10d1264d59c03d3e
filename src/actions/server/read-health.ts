/** What a protocol may tell of the server's health. */
import { isAppError } from '../../core/errors.ts';
import type { ServerHealth } from '../../protocols/protocol.ts';
import { countLiveWorkers } from '../../store/workers.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';

/** Throws for nothing else than a caller who may not ask: what cannot be asked does not work. */
export async function readHealth(
  caller: Caller,
  { pool, files, isReady, version }: ActionDependencies,
): Promise<ServerHealth> {
  authorize(caller, 'server.health');
  const [workers, disk] = await Promise.all([
    countLiveWorkers(pool).catch(() => undefined),
    files.ensureSpace().then(
      () => ({ hasFiles: true, hasSpace: true }),
      (error: unknown) => ({ hasFiles: isAppError(error, 'storage.full'), hasSpace: false }),
    ),
  ]);
  return {
    isReady: isReady(),
    hasDatabase: workers !== undefined,
    ...disk,
    workers: workers ?? 0,
    version,
    uptimeSeconds: Math.floor(process.uptime()),
  };
}
