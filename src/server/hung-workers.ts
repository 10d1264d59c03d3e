/**
 * Ends worker processes that hang (stopped, swapped out): they never exit by themselves, and with one worker nobody else would do their
 * job. Others must wait for the lease to run out; who owns the process need not, since it makes sure that nothing comes after.
 */
import { hostname } from 'node:os';
import type { Pool } from 'pg';
import { findLeases } from '../store/workers.ts';
import { createService, type Service } from '../worker/service.ts';
import type { WorkerSupervisor } from './supervise-workers.ts';

const LOOK_EVERY_MS = 1000;
/**
 * Looks in a row at which the lease is what it was, while it should be renewed every 2.5 s: the successor then has the rest of the
 * lease (10 s) to start. Counted in looks: while the database or we ourselves stand still, nobody's silence means anything.
 */
const MAX_SILENT_LOOKS = 7;

export function createHungWorkerWatch(options: {
  readonly pool: Pool;
  readonly supervisor: Pick<WorkerSupervisor, 'leasedPids' | 'kill'>;
  readonly log: (line: string) => void;
  readonly onError: (error: unknown) => void;
}): Service {
  let seen: ReadonlyMap<number, { expiresAt: string; silentLooks: number }> = new Map();

  async function runOnce() {
    const leases = await findLeases(options.pool, {
      host: hostname(),
      pids: options.supervisor.leasedPids(),
    });
    const last = seen;
    seen = new Map(
      leases.map(({ pid, expiresAt }) => {
        const before = last.get(pid);
        return [
          pid,
          { expiresAt, silentLooks: before?.expiresAt === expiresAt ? before.silentLooks + 1 : 0 },
        ];
      }),
    );
    const hung = [...seen].filter(([, { silentLooks }]) => silentLooks >= MAX_SILENT_LOOKS);
    for (const [pid] of hung) {
      options.log(`worker ${pid} hangs: no heartbeat for ${(MAX_SILENT_LOOKS * LOOK_EVERY_MS) / 1000} s`);
      options.supervisor.kill(pid);
    }
    return { killed: hung.length };
  }

  return createService({
    name: 'hung workers',
    everyMs: LOOK_EVERY_MS,
    runOnce,
    onError: options.onError,
  });
}
