/**
 * The queue: pg-boss carries hints. A message holds a job's id and nothing else; the job's row is the truth. A message that is lost
 * is sent again by the sweeper, one that comes twice finds the job held, and pg-boss's whole schema may be dropped.
 */
import { PgBoss } from 'pg-boss';
import type { Queryable } from './database.ts';

/** Carries pg-boss's major version, so that an upgrade starts with a schema of its own. */
export const QUEUE_SCHEMA = 'waybill_queue_v12';
const QUEUE = 'jobs';
/** pg-boss's maximum: its own expiry must never end a handler, liveness is ours. */
const NEVER_EXPIRES_SECONDS = 86_399;

export interface Queue {
  /** Sends a hint, in the caller's transaction if `db` is one. At most one waiting message a job. */
  send(job: { id: string; priority: number }, db?: Queryable): Promise<void>;
  /** Calls `handle` for each hint, `concurrency` at a time, until `stop`. */
  work(
    concurrency: number,
    handle: (hint: { jobId: string; messageId: string }) => Promise<void>,
  ): Promise<void>;
  /** Ends the message of an attempt that died, so that it does not count as running. */
  finishMessage(messageId: string): Promise<void>;
  /** No more hints; waits for the handlers that run for at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** @param onError told of pg-boss's own troubles: they lose nothing, since messages are only hints. */
export async function openQueue(options: {
  databaseUrl: string;
  /** Watch over the queue's own maintenance; one process per database is enough. */
  supervise: boolean;
  /** Be woken by NOTIFY, for processes that work; holds one connection more. */
  listens: boolean;
  onError: (error: Error) => void;
}): Promise<Queue> {
  const boss = new PgBoss({
    connectionString: options.databaseUrl,
    schema: QUEUE_SCHEMA,
    max: 3,
    useListenNotify: options.listens,
    application_name: 'waybill/queue',
    supervise: options.supervise,
    schedule: false,
  });
  let isStopping = false;
  // As with pools: connections may break after pg-boss has let go of them.
  boss.on('error', (error) => {
    if (!isStopping) options.onError(error);
  });
  await boss.start();
  await ensureQueue(boss);

  return {
    async send(job, db) {
      const settings = { singletonKey: job.id, priority: job.priority };
      const transaction = db && {
        db: {
          executeSql: async (text: string, values?: unknown[]) => ({
            rows: (await db.query(text, values)).rows,
          }),
        },
      };
      await boss.send(QUEUE, { jobId: job.id }, { ...settings, ...transaction });
    },
    async work(concurrency, handle) {
      await boss.work<{ jobId: string }>(
        QUEUE,
        {
          localConcurrency: concurrency,
          batchSize: 1,
          pollingIntervalSeconds: 1,
          notifyPollingIntervalSeconds: 2,
        },
        async (messages) => {
          for (const message of messages) await handle({ jobId: message.data.jobId, messageId: message.id });
        },
      );
    },
    async finishMessage(messageId) {
      await boss.complete(QUEUE, messageId);
    },
    async stop(graceMs) {
      isStopping = true;
      await boss.stop({ graceful: true, timeout: Math.max(graceMs, 1000) });
    },
  };
}

async function ensureQueue(boss: PgBoss): Promise<void> {
  const settings = {
    retryLimit: 0,
    expireInSeconds: NEVER_EXPIRES_SECONDS,
    deleteAfterSeconds: 3600,
    retentionSeconds: 14 * 24 * 3600,
    notify: true,
  };
  // `short`: at most one waiting message for a singleton key, however many are active.
  await boss.createQueue(QUEUE, { ...settings, policy: 'short' });
  await boss.updateQueue(QUEUE, settings);
}
