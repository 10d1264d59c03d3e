/**
 * What an earlier server of this folder may have left running. A postmaster killed with -9 leaves its children for a
 * while, and the next one then refuses to start for 15 to 19 s: "shared memory still in use".
 */
import { readdir, readFile, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 10;
/** A fast shutdown writes a checkpoint: give it time before the harder signal, which costs a crash recovery. */
const FAST_SHUTDOWN_MS = 20_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;

/**
 * Ends every process of the server in `data`, and removes a `postmaster.pid` that none of them owns. Only under the
 * folder's lock. Processes are known by their working directory, which every PostgreSQL process sets to its data
 * folder: a process id in a file may by now be anybody's. Without /proc (macOS) PostgreSQL's own checks have to do.
 */
export async function stopLeftovers(data: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const pidFile = join(data, 'postmaster.pid');
  const pid = Number.parseInt(await readFile(pidFile, 'utf8').catch(() => ''), 10);
  if ((await findServerProcesses(data)).includes(pid)) {
    await endAll(data, [pid], 'SIGINT', FAST_SHUTDOWN_MS);
  }
  const steps = [
    { signal: 'SIGQUIT', waitMs: IMMEDIATE_SHUTDOWN_MS },
    { signal: 'SIGKILL', waitMs: IMMEDIATE_SHUTDOWN_MS },
  ] as const;
  for (const { signal, waitMs } of steps) {
    const left = await findServerProcesses(data);
    if (left.length === 0) break;
    await endAll(data, left, signal, waitMs);
  }
  await rm(pidFile, { force: true });
}

/** Process ids of the PostgreSQL processes that work in `data`, the postmaster among them. */
export async function findServerProcesses(data: string): Promise<number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const isHere = (await readlink(`/proc/${name}/cwd`).catch(() => undefined)) === data;
      // A shell that was left in this folder works here too.
      return isHere && (await isPostgres(name)) ? [Number(name)] : [];
    }),
  );
  return found.flat();
}

async function isPostgres(pid: string): Promise<boolean> {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return name.startsWith('postgres') && !/\) Z /.test(state);
}

async function endAll(data: string, pids: number[], signal: NodeJS.Signals, waitMs: number): Promise<void> {
  for (const pid of pids) sendSignal(pid, signal);
  const deadline = performance.now() + waitMs;
  while (performance.now() < deadline) {
    const running = await findServerProcesses(data);
    if (!pids.some((pid) => running.includes(pid))) return;
    await delay(POLL_MS);
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended by itself in between.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
