/**
 * The queue: hints that a job could be taken, in a table of their own (`waybill.hints`). The job's row is the truth: a hint that is lost is sent
 * again by the sweeper, and one that comes for a job that cannot be had is thrown away. NOTIFY wakes the workers, after the transaction that
 * sent the hint, and once for all that are sent at the same time: within the transaction, all that send would wait for one another.
 */
import type { Client, Pool } from 'pg';
import { connectClient } from './connect.ts';
import type { Queryable } from './database.ts';
import { type LaneCandidate, type LaneLimits, laneRank } from './jobs/lane.ts';

/** Channels of NOTIFY: one for hints of every job, one for those that are for the lane as well. */
const CHANNELS = { all: 'waybill_hints', lane: 'waybill_lane_hints' } as const;

/** Without being told a worker looks so often: whoever sent a hint may have died before it could say so. */
const LOOK_EVERY_MS = 2000;
/** While a worker may not take anything, and after a failure. */
const LOOK_AGAIN_MS = 250;

export interface Queue {
  /**
   * Sends a hint, in the caller's transaction if `db` is one, and one more to the lane, if the job is for it. At most one waiting hint a
   * job in each. In a transaction it is for the caller to `announce` it afterwards.
   */
  send(job: LaneCandidate & { readonly id: string }, db?: Queryable): Promise<void>;
  /** Wakes the workers that listen. */
  announce(): void;
  /**
   * Calls `handle` with the id of a job for each hint, one at a time, most urgent first, until `stop`.
   *
   * @param options.mayTake whether a hint may be taken now; asked before each
   * @param options.inLane hints for the lane instead of all
   */
  work(
    handle: (jobId: string) => Promise<void>,
    options: { readonly mayTake: () => boolean; readonly inLane?: boolean },
  ): void;
  /** No more hints; waits for the handlers that run for at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

export interface QueueOptions {
  readonly pool: Pool;
  /** For processes that work: where to LISTEN, on one connection more. Default: they look every two seconds. */
  readonly listenUrl?: string;
  /** What the lane takes. Default: there is none. */
  readonly lane?: LaneLimits;
  /** Told of what went wrong with a hint: that loses nothing. */
  readonly onError: (error: unknown) => void;
}

export function createQueue({ pool, listenUrl, lane, onError }: QueueOptions): Queue {
  const bell = createBell();
  const stopped = new AbortController();
  const loops: Promise<void>[] = [];
  const listening = listenUrl === undefined ? undefined : listen(listenUrl, bell, stopped.signal, onError);
  let isAnnounced = false;
  let announcing: Promise<void> | undefined;

  async function tell(): Promise<void> {
    while (isAnnounced) {
      isAnnounced = false;
      await pool.query(`notify ${CHANNELS.all}; notify ${CHANNELS.lane}`).catch(onError);
    }
    announcing = undefined;
  }

  function announce(): void {
    isAnnounced = true;
    announcing ??= tell();
  }

  return {
    announce,
    async send(job, db) {
      const rank = lane && laneRank(job, lane);
      const on: Queryable = db ?? pool;
      await on.query(SEND, [job.id, job.priority, rank ?? null]);
      if (db === undefined) announce();
    },
    work(handle, { mayTake, inLane = false }) {
      const look = async () => {
        if (!mayTake()) return LOOK_AGAIN_MS;
        const { rows } = await pool.query<{ job_id: string }>(TAKE, [inLane]);
        const [hint] = rows;
        if (hint === undefined) return LOOK_EVERY_MS;
        await handle(hint.job_id);
        return 0;
      };
      const loop = async () => {
        while (!stopped.signal.aborted) {
          const news = bell.listen();
          const pauseMs = await look().catch((error: unknown) => {
            onError(error);
            return LOOK_AGAIN_MS;
          });
          if (pauseMs > 0) await news.within(pauseMs, stopped.signal);
        }
      };
      loops.push(loop());
    },
    async stop(graceMs) {
      stopped.abort();
      await within(graceMs, Promise.all([...loops, listening, announcing]));
    },
  };
}

const SEND = {
  name: 'send_hint',
  text: `insert into waybill.hints (job_id, in_lane, rank)
    select $1, hint.in_lane, hint.rank from (values (false, $2::integer), (true, $3::integer)) hint (in_lane, rank)
    where hint.rank is not null on conflict (job_id, in_lane) do nothing`,
};

const TAKE = {
  name: 'take_hint',
  text: `delete from waybill.hints where in_lane = $1 and job_id = (
      select job_id from waybill.hints where in_lane = $1 order by rank desc, number limit 1 for update skip locked)
    returning job_id`,
};

/** Rung when there is news; whoever began to listen before it rang does not wait. */
interface Bell {
  ring(): void;
  listen(): { within(limitMs: number, signal: AbortSignal): Promise<void> };
}

function createBell(): Bell {
  let rings = 0;
  const waiting = new Set<() => void>();
  return {
    ring() {
      rings += 1;
      for (const wake of waiting) wake();
    },
    listen() {
      const before = rings;
      return {
        within(limitMs, signal) {
          if (rings > before || signal.aborted) return Promise.resolve();
          return new Promise((resolve) => {
            const wake = () => {
              clearTimeout(timer);
              waiting.delete(wake);
              signal.removeEventListener('abort', wake);
              resolve();
            };
            const timer = setTimeout(wake, limitMs);
            waiting.add(wake);
            signal.addEventListener('abort', wake, { once: true });
          });
        },
      };
    },
  };
}

/** Rings the bell for each notification, over whatever connections there are, until the signal. */
async function listen(
  url: string,
  bell: Bell,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  const never = createBell();
  while (!signal.aborted) {
    const client = await connectClient(url, { applicationName: 'waybill/queue' }).catch(onError);
    if (client !== undefined) await listenOn(client, bell, signal).catch(onError);
    // What was sent meanwhile is found by looking.
    await never.listen().within(LOOK_AGAIN_MS, signal);
  }
}

/** @throws the error that the connection is lost with */
async function listenOn(client: Client, bell: Bell, signal: AbortSignal): Promise<void> {
  try {
    const lost = new Promise<never>((_, reject) => {
      client.on('error', reject);
      client.on('end', () => reject(new Error('the connection that listens for hints was ended')));
    });
    lost.catch(() => {});
    client.on('notification', () => bell.ring());
    await client.query(`listen ${CHANNELS.all}; listen ${CHANNELS.lane}`);
    bell.ring();
    const over = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    await Promise.race([lost, over]);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
