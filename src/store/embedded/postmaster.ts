/** One run of the server, from its start to its exit. */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import type { Binaries } from './binaries.ts';
import { runAs } from './cluster.ts';
import { stopLeftovers } from './leftovers.ts';
import type { Placement } from './placement.ts';

export interface Postmaster {
  readonly pid: number;
  /** Resolves, and never rejects, when the server is gone. */
  readonly exited: Promise<PostmasterExit>;
  /** Fast shutdown: running transactions are rolled back, a checkpoint is written. Resolves when it is gone. */
  stop(): Promise<void>;
  /** Lets this process end although the server runs; the server then ends too. */
  unref(): void;
}

export interface PostmasterExit {
  /** As a shell shows it: 128 + the signal's number for a signal. */
  readonly code: number | undefined;
  /** The end of what this run wrote to the server's log. */
  readonly logTail: string;
}

/**
 * Runs the server and ends it when file descriptor 0 closes, which the system does for a parent that dies in any way.
 * A background command of a shell has /dev/null as its input, hence descriptor 3.
 */
const WATCHDOG = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{ read -r _ <&3; kill -INT "$server"; } 2>/dev/null &
guard=$!
wait "$server"
status=$?
kill "$guard" 2>/dev/null
exit "$status"
`;

/** Crash recovery replays the log since the last checkpoint: with 2 GB of it on a slow disk, minutes. */
const START_LIMIT_MS = 300_000;
const STOP_LIMIT_MS = 30_000;
const POLL_MS = 10;
const MAX_LOG_BYTES = 10 * 1024 * 1024;
const LOG_TAIL_BYTES = 4096;

/**
 * Starts the server and waits until it accepts connections.
 * @throws AppError `embedded.failed` with the end of its log when it exits instead
 */
export async function startPostmaster(options: {
  placement: Placement;
  binaries: Binaries;
  runFolder: string;
  port: number;
  environment: NodeJS.ProcessEnv;
}): Promise<Postmaster> {
  const { placement, binaries, runFolder, port, environment } = options;
  const logFile = join(placement.home, 'server.log');
  const settings = [
    ['listen_addresses', ''],
    ['unix_socket_directories', runFolder],
    ['unix_socket_permissions', '0700'],
    ['port', String(port)],
    ['logging_collector', 'off'],
  ].flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = await openLog(logFile);
  const logStart = (await log.stat()).size;
  // An own process group keeps a terminal's Ctrl-C away from the server: Waybill ends it, after its own work.
  const child = spawn(
    '/bin/sh',
    ['-c', WATCHDOG, 'waybill-postgres', binaries.postgres, '-D', placement.data, ...settings],
    { ...runAs(placement), env: environment, cwd: '/', detached: true, stdio: ['pipe', log.fd, log.fd] },
  );
  const exited = watchExit(child, () => readTail(logFile, logStart));
  await log.close();
  const stop = () => stopChild(child, exited, placement.data);
  const pid = await waitUntilReady(placement, exited).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { pid, exited, stop, unref: () => unrefChild(child) };
}

async function openLog(path: string) {
  const size = (await stat(path).catch(() => undefined))?.size ?? 0;
  if (size > MAX_LOG_BYTES) await rename(path, `${path}.1`);
  return open(path, 'a', 0o600);
}

async function watchExit(child: ChildProcess, readLog: () => Promise<string>): Promise<PostmasterExit> {
  const code = await new Promise<number | undefined>((resolve) => {
    child.once('error', () => resolve(undefined));
    child.once('exit', (code) => resolve(code ?? undefined));
  });
  return { code, logTail: await readLog() };
}

/** What this run has written, from `start` on; of an earlier run's end nothing may be concluded. */
async function readTail(path: string, start: number): Promise<string> {
  const written = (await readFile(path).catch(() => Buffer.alloc(0))).subarray(start);
  return written.subarray(-LOG_TAIL_BYTES).toString().trim();
}

/** PostgreSQL writes its state as the eighth line of postmaster.pid; its own `pg_ctl` polls that line too. */
async function waitUntilReady(placement: Placement, exited: Promise<PostmasterExit>): Promise<number> {
  let exit: PostmasterExit | undefined;
  void exited.then((value) => (exit = value));
  const deadline = performance.now() + START_LIMIT_MS;
  while (performance.now() < deadline) {
    const text = await readFile(join(placement.data, 'postmaster.pid'), 'utf8').catch(() => '');
    const lines = text.split('\n');
    if (lines[7]?.trim() === 'ready' && exit === undefined) return Number(lines[0]);
    if (exit !== undefined) throw cannotStart(placement, exit.logTail);
    await delay(POLL_MS);
  }
  throw cannotStart(placement, `not ready after ${START_LIMIT_MS / 1000} s`);
}

async function stopChild(child: ChildProcess, exited: Promise<unknown>, data: string): Promise<void> {
  child.ref();
  // Closing the pipe makes the watchdog ask for a fast shutdown.
  child.stdin?.end();
  const abort = new AbortController();
  const limit = delay(STOP_LIMIT_MS, undefined, { signal: abort.signal }).catch(() => undefined);
  await Promise.race([exited, limit]);
  abort.abort();
  await stopLeftovers(data);
  await exited;
}

function unrefChild(child: ChildProcess): void {
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
}

function cannotStart(placement: Placement, reason: string): AppError {
  return new AppError(
    'embedded.failed',
    `The embedded PostgreSQL in ${placement.data} did not start. The end of ${join(placement.home, 'server.log')}:\n${reason}`,
    { details: { folder: placement.data }, isRetryable: true },
  );
}
