/**
 * The queue: pg-boss carries hints. A message holds a job's id and nothing else; the job's row is the truth. A message that is lost
 * is sent again by the sweeper, one that comes twice finds the job held, and pg-boss's whole schema may be dropped.
 */
import { PgBoss } from 'pg-boss';
import type { Queryable } from './database.ts';
import { type LaneCandidate, type LaneLimits, laneRank } from './jobs/lane.ts';

/** Carries pg-boss's major version, so that an upgrade starts with a schema of its own. */
export const QUEUE_SCHEMA = 'waybill_queue_v12';
const QUEUE = 'jobs';
/** For the workers of the lane: a further hint for each job that they would take. */
const LANE_QUEUE = 'lane';
/** pg-boss's maximum: its own expiry must never end a handler, liveness is ours. */
const NEVER_EXPIRES_SECONDS = 86_399;

const SETTINGS = { schema: QUEUE_SCHEMA, application_name: 'waybill/queue', schedule: false } as const;

export interface Queue {
  /**
   * Sends a hint, in the caller's transaction if `db` is one, and one more to the lane, if the job is for it. At most one waiting message a
   * job in each. A hint that cannot be sent does not fail the transaction: the sweeper sends it again.
   */
  send(job: LaneCandidate & { readonly id: string }, db?: Queryable): Promise<void>;
  /**
   * Calls `handle` for each hint, one at a time, until `stop`. Where it says `more` the next one that waits comes at once, else when a
   * further hint is sent, or two seconds later.
   *
   * @param options.inLane hints for the lane instead of all
   */
  work(
    handle: (hint: { jobId: string; messageId: string }) => Promise<'more' | 'later'>,
    options?: { readonly inLane?: boolean },
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
  /** What the lane takes. Default: there is none. */
  lane?: LaneLimits;
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
      const data = { jobId: job.id };
      const rank = options.lane && laneRank(job, options.lane);
      const hints = [
        { name: QUEUE, priority: job.priority },
        ...(rank === undefined ? [] : [{ name: LANE_QUEUE, priority: rank }]),
      ];
      const sendAll = async (own: { db?: { executeSql: ExecuteSql } }) => {
        for (const { name, priority } of hints) {
          await boss.send(name, data, { singletonKey: job.id, priority, ...own });
        }
      };
      try {
        if (db === undefined) await sendAll({});
        else await trySend(db, (executeSql) => sendAll({ db: { executeSql } }));
      } catch (error) {
        if (!isSchemaGone(error)) throw error;
        restore();
      }
    },
    async work(handle, { inLane = false } = {}) {
      const worker = await boss.work<{ jobId: string }>(
        inLane ? LANE_QUEUE : QUEUE,
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
      for (const name of [QUEUE, LANE_QUEUE]) {
        await boss.complete(name, messageId).catch((error: unknown) => {
          if (!isSchemaGone(error)) throw error;
          restore();
        });
      }
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
  for (const name of [QUEUE, LANE_QUEUE]) {
    await boss.createQueue(name, { ...settings, policy: 'short' });
    await boss.updateQueue(name, settings);
  }
}
