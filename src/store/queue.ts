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

const SETTINGS = { schema: QUEUE_SCHEMA, application_name: 'waybill/queue', schedule: false } as const;

export interface Queue {
  /**
   * Sends a hint, in the caller's transaction if `db` is one. At most one waiting message a job. A hint that cannot be sent does not fail
   * the transaction: the sweeper sends it again.
   */
  send(job: { id: string; priority: number }, db?: Queryable): Promise<void>;
  /**
   * Calls `handle` for each hint, one at a time, until `stop`. Where it says `more` the next one that waits comes at once, else when a
   * further hint is sent, or two seconds later.
   */
  work(handle: (hint: { jobId: string; messageId: string }) => Promise<'more' | 'later'>): Promise<void>;
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
    ...SETTINGS,
    connectionString: options.databaseUrl,
    max: 3,
    useListenNotify: options.listens,
    supervise: options.supervise,
  });
  let isStopping = false;
  let restoring: Promise<void> | undefined;
  /** Messages are only hints, so an empty schema is as good as the one that was dropped. */
  const restore = () => {
    restoring ??= install(options.databaseUrl)
      .catch(options.onError)
      .finally(() => (restoring = undefined));
  };
  // As with pools: connections may break after pg-boss has let go of them.
  boss.on('error', (error) => {
    if (isStopping) return;
    options.onError(error);
    if (isSchemaGone(error)) restore();
  });
  await boss.start();
  await ensureQueue(boss);

  return {
    async send(job, db) {
      const settings = { singletonKey: job.id, priority: job.priority };
      try {
        if (db === undefined) await boss.send(QUEUE, { jobId: job.id }, settings);
        else
          await trySend(db, (executeSql) =>
            boss.send(QUEUE, { jobId: job.id }, { ...settings, db: { executeSql } }),
          );
      } catch (error) {
        if (!isSchemaGone(error)) throw error;
        restore();
      }
    },
    async work(handle) {
      const worker = await boss.work<{ jobId: string }>(
        QUEUE,
        { batchSize: 1, pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 2 },
        async (messages) => {
          for (const message of messages) {
            const next = await handle({ jobId: message.data.jobId, messageId: message.id });
            // Those that wait already are not news: without this they are two seconds apart, however short their jobs.
            if (next === 'more') boss.notifyWorker(worker);
          }
        },
      );
    },
    async finishMessage(messageId) {
      await boss.complete(QUEUE, messageId).catch((error: unknown) => {
        if (!isSchemaGone(error)) throw error;
        restore();
      });
    },
    async stop(graceMs) {
      isStopping = true;
      await boss.stop({ graceful: true, timeout: Math.max(graceMs, 1000) });
    },
  };
}

type ExecuteSql = (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;

/** In a savepoint, so that the transaction goes on without the hint. @throws whatever the hint failed of */
async function trySend(db: Queryable, send: (executeSql: ExecuteSql) => Promise<unknown>): Promise<void> {
  await db.query('savepoint hint');
  try {
    await send(async (text, values) => ({ rows: (await db.query(text, values)).rows }));
  } catch (error) {
    await db.query('rollback to savepoint hint');
    throw error;
  }
}

/** Somebody dropped the schema, or emptied it: `undefined_table`, `invalid_schema_name`, `undefined_function`, or no queue in it. */
function isSchemaGone(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: string };
  return (
    ['42P01', '3F000', '42883'].includes(String(code)) || /^Queue \S+ does not exist/.test(message ?? '')
  );
}

/** Creates what is missing; any number of processes may do it at once. */
async function install(databaseUrl: string): Promise<void> {
  const boss = new PgBoss({ ...SETTINGS, connectionString: databaseUrl, max: 1, supervise: false });
  boss.on('error', () => {});
  try {
    await boss.start();
    await ensureQueue(boss);
  } finally {
    await boss.stop({ graceful: false });
  }
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
