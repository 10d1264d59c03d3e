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
  /** The main thread writes its last tick here, in milliseconds since the epoch. */
  readonly lastTick: SharedArrayBuffer;
}

export type LivenessMessage = { type: 'registered' } | { type: 'lost'; reason: string };

const RENEW_EVERY_MS = LEASE_MS / 4;

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

  const beat = async () => {
    const silentMs = Date.now() - Number(lastTick[0]);
    // A main thread that hangs must lose its jobs: no renewal, and the lease runs out by itself.
    if (silentMs < LEASE_MS && !(await renewLease(client, data.workerId))) {
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
  await registerWorker(client, { id: data.workerId, host: hostname(), pid: process.pid });
  tell({ type: 'registered' });
  await beat();
} catch (error) {
  tell({ type: 'lost', reason: (error as Error).message });
  port.close();
}
