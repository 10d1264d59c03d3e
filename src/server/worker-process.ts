/** The main module of a worker process: forked by the supervisor, which sends what it needs, and ending with it. */
import { hostname } from 'node:os';
import { createLog } from './log.ts';
import { logProcess } from './log-process.ts';
import { wireWorker } from './wire-worker.ts';
import type { WorkerProcessInit } from './worker-process-init.ts';

const shutdown = new AbortController();
// Not once: where a whole group of processes is told to stop, the supervisor tells us again.
process.on('SIGTERM', () => shutdown.abort());
// Ctrl-C reaches the whole group of a terminal; the supervisor decides what happens then.
process.on('SIGINT', () => {});
// The parent has gone: nobody would stop or restart us any more.
process.once('disconnect', () => shutdown.abort());

process.once('message', (init: WorkerProcessInit) => {
  const log = createLog(init.config.logLevel, { role: 'worker', host: hostname(), pid: process.pid });
  logProcess(log);
  // With nobody to hear it any more, `disconnect` ends us cleanly: it is not an error.
  const onReady = () => void process.send?.('ready', undefined, undefined, () => {});
  void wireWorker(init, log, { shutdown: shutdown.signal, onReady }).then(
    () => process.exit(0),
    (error: unknown) => {
      log.error(error);
      process.exit(1);
    },
  );
});
