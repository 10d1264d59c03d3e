/**
 * The heartbeat's own thread: holds the worker's advisory lock on an idle connection and renews its lease, whatever the main thread is busy
 * with. It also checks that the main thread still ticks: a worker whose event loop hangs must lose its lease.
 */
import { hostname } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { connectClient } from '../store/connect.ts';
import { LEASE_MS, registerWorker, renewLease, retireWorker } from '../store/workers.ts';

export interface LivenessData {
  readonly databaseUrl: string;
  readonly workerId: string;
  readonly inLane: boolean;
  /** The main thread writes its last tick here, in milliseconds since the epoch. */
  readonly lastTick: SharedArrayBuffer;
}

export type LivenessMessage = { type: 'registered' } | { type: 'lost'; reason: string };

const RENEW_EVERY_MS = LEASE_MS / 4;
/** The main thread has hung for twice its lease, counted in beats: a process that was stopped altogether has made none. */
const MAX_SILENT_BEATS = 8;

const data = workerData as LivenessData;
const lastTick = new BigInt64Array(data.lastTick);
const port = parentPort;
if (port === null) throw new Error('the liveness thread runs only as a thread');

const tell = (message: LivenessMessage) => port.postMessage(message);
let timer: NodeJS.Timeout | undefined;

try {
  const client = await connectClient(data.databaseUrl, {
    applicationName: `waybill/liveness/${data.workerId}`,
  });

  const lose = (reason: string) => {
    clearTimeout(timer);
    tell({ type: 'lost', reason });
    port.close();
    client.removeAllListeners('end');
    void client.end().catch(() => {});
  };

  const renew = async (): Promise<boolean> => {
    // Where it counts the lease has run out by then.
    const limit = setTimeout(() => lose('the database does not answer'), LEASE_MS);
    return renewLease(client, data.workerId).finally(() => clearTimeout(limit));
  };

  let silentBeats = 0;
  const beat = async () => {
    const silentMs = Date.now() - Number(lastTick[0]);
    silentBeats = silentMs < LEASE_MS / 2 ? 0 : silentBeats + 1;
    // Its jobs were taken back long ago, but it would never work again: the supervisor starts another.
    if (silentBeats > MAX_SILENT_BEATS) process.kill(process.pid, 'SIGKILL');
    // A main thread that hangs must lose its jobs: no renewal, and the lease runs out by itself.
    if (silentMs < LEASE_MS && !(await renew())) {
      lose('the lease ran out');
      return;
    }
    timer = setTimeout(() => void beat().catch((error: Error) => lose(error.message)), RENEW_EVERY_MS);
  };

  client.on('error', (error) => lose(error.message));
  client.on('end', () => lose('the connection ended'));
  port.on('message', () => {
    clearTimeout(timer);
    client.removeAllListeners('end');
    void retireWorker(client, data.workerId)
      .catch(() => {})
      .then(() => client.end())
      .finally(() => port.close());
  });
  await registerWorker(client, {
    id: data.workerId,
    host: hostname(),
    pid: process.pid,
    inLane: data.inLane,
  });
  tell({ type: 'registered' });
  await beat();
} catch (error) {
  tell({ type: 'lost', reason: (error as Error).message });
  port.close();
}
