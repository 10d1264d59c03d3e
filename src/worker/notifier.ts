/**
 * Tells others of jobs: claims notifications that are due, sends them, and records what came of it. At least once: a process that dies
 * between sending and recording has its notification sent again when its lease is over.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Job } from '../core/job.ts';
import type { NotificationEvent, NotificationState } from '../core/notification.ts';
import { findJob } from '../store/jobs/find-jobs.ts';
import {
  type ClaimedNotification,
  claimNotifications,
  findDueReceivers,
  recordTry,
  releaseNotification,
} from '../store/notifications.ts';
import type { PostOutcome, PostRequest } from '../transfer/http/post-json.ts';
import { CallSlots, type EndedCall, SLOW_MS } from './call-slots.ts';
import type { Service } from './service.ts';

/** What there is to say, before anybody has put it into words. */
export interface Notification {
  /** The same in every try. */
  readonly id: string;
  readonly event: NotificationEvent;
  /** As it is now. */
  readonly job: Job;
}

export interface RenderedNotification {
  /** JSON. */
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface NotifierOptions {
  readonly pool: Pool;
  readonly post: (request: PostRequest) => Promise<PostOutcome>;
  readonly render: (notification: Notification) => RenderedNotification;
  readonly onError: (error: unknown) => void;
  /** Default: every second. */
  readonly everyMs?: number;
  /** Longer than any call of `post`. Default 30,000. */
  readonly leaseMs?: number;
}

const LEASE_MS = 30_000;
const EVERY_MS = 1_000;
/** Between two looks, however fast calls end. */
const SPACING_MS = 100;

/** A service that any number of processes may run on the same database. */
export function createNotifier(options: NotifierOptions): Service {
  const sender = new Sender(options);
  const { everyMs = EVERY_MS, onError } = options;
  let leaving = new AbortController();
  let serving: Promise<void> | undefined;

  /** Woken by the end of a call, which may have made room, and by the clock; ends when it is told to. */
  async function serve({ signal }: AbortController): Promise<void> {
    while (!signal.aborted) {
      const woken = sender.nextEnd();
      await sender.beginDue(signal).catch(onError);
      await pause(SPACING_MS, signal);
      const rest = new AbortController();
      await Promise.race([pause(everyMs - SPACING_MS, AbortSignal.any([signal, rest.signal])), woken]);
      rest.abort();
    }
    await sender.whenIdle();
  }

  return {
    name: 'notifier',
    runOnce: () => sender.sendDue(leaving.signal),
    start() {
      if (serving !== undefined) return;
      leaving = new AbortController();
      serving = serve(leaving);
    },
    async stop() {
      leaving.abort();
      await serving;
      serving = undefined;
    },
  };
}

type TryState = NotificationState | undefined;

/** Calls that are under way, and what begins them. */
class Sender {
  readonly #options: NotifierOptions;
  readonly #slots = new CallSlots();
  readonly #calls = new Set<Promise<TryState>>();
  #ended = Promise.withResolvers<void>();
  /** Where the next look begins: there may be more receivers than one look has room for. */
  #after: string | undefined;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Resolves when a call ends. */
  nextEnd(): Promise<void> {
    return this.#ended.promise;
  }

  async whenIdle(): Promise<void> {
    await Promise.all(this.#calls);
  }

  /** Begins the calls that are due and have room. Nothing is claimed that is not called at once. */
  async beginDue(
    signal: AbortSignal,
    at?: string,
  ): Promise<{ at: string; begun: Promise<TryState>[]; isAll: boolean }> {
    const { pool, leaseMs = LEASE_MS } = this.#options;
    const due = await findDueReceivers(pool, { after: this.#after, at });
    this.#after = due.after;
    const isAll = due.after === undefined;
    const rooms = this.#slots.plan(due.receivers, performance.now());
    if (rooms.size === 0 || signal.aborted) return { at: due.at, begun: [], isAll };
    const claimed = await claimNotifications(pool, { rooms, at: due.at, leaseMs });
    return { at: due.at, begun: claimed.map((one) => this.#begin(one, signal)), isAll };
  }

  /** Sends what is due now, but for the rest of receivers that are slow. */
  async sendDue(signal: AbortSignal): Promise<{ sent: number; failed: number; givenUp: number }> {
    const states: TryState[] = [];
    let at: string | undefined;
    let isSlow = false;
    let isMore = true;
    while (isMore && !isSlow) {
      const beganAt = performance.now();
      const round = await this.beginDue(signal, at);
      at = round.at;
      states.push(...(await Promise.all(round.begun)));
      isSlow = performance.now() - beganAt >= SLOW_MS;
      isMore = round.begun.length > 0 || !round.isAll;
    }
    const count = (state: NotificationState) => states.filter((one) => one === state).length;
    return { sent: count('sent'), failed: count('pending'), givenUp: count('given_up') };
  }

  #begin(claimed: ClaimedNotification, signal: AbortSignal): Promise<TryState> {
    const end = this.#slots.begin(claimed.receiver, performance.now());
    const call = tell(this.#options, claimed, signal, end);
    this.#calls.add(call);
    void call.then(() => {
      this.#calls.delete(call);
      this.#ended.resolve();
      this.#ended = Promise.withResolvers();
    });
    return call;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}

/** @returns the state of the notification, where this try has changed it */
async function tell(
  options: NotifierOptions,
  claimed: ClaimedNotification,
  signal: AbortSignal,
  onEnd: (call: EndedCall) => void,
): Promise<TryState> {
  let call: EndedCall = { isAnswered: false, tookMs: 0 };
  try {
    const { failure, ...ended } = await tryOnce(options, claimed, signal);
    call = ended;
    return await recordTry(options.pool, { ...claimed, ...(failure !== undefined && { failure }) });
  } catch (error) {
    // The others go on; this one is tried again when its lease is over, or at once by somebody else.
    if (!signal.aborted) options.onError(error);
    else await releaseNotification(options.pool, claimed).catch(options.onError);
    return undefined;
  } finally {
    onEnd(call);
  }
}

interface Tried extends EndedCall {
  /** Why nobody was told. */
  readonly failure?: string;
}

/** What ends before anybody is called. */
function notCalled(failure: string): Tried {
  return { failure, isAnswered: false, tookMs: 0 };
}

async function tryOnce(
  options: NotifierOptions,
  { id, jobId, event, notify }: ClaimedNotification,
  signal: AbortSignal,
): Promise<Tried> {
  const job = await findJob(options.pool, jobId);
  if (job === undefined) return notCalled('the job was deleted');
  let rendered: RenderedNotification;
  try {
    rendered = options.render({ id, event, job });
  } catch (error) {
    options.onError(error);
    return notCalled('the notification could not be put into words; the log of the server says why');
  }
  const headers = { ...rendered.headers, 'idempotency-key': id };
  const beganAt = performance.now();
  const outcome = await options.post({ url: notify.url, body: rendered.body, headers, signal });
  const tookMs = performance.now() - beganAt;
  if ('failure' in outcome) return { failure: outcome.failure, isAnswered: false, tookMs };
  const isTaken = outcome.status >= 200 && outcome.status < 300;
  return { isAnswered: true, tookMs, ...(!isTaken && { failure: `the answer was ${outcome.status}` }) };
}
