/**
 * Tells others of jobs: claims notifications that are due, sends them, and records what came of it. At least once: a process that dies
 * between sending and recording has its notification sent again when its lease is over.
 */
import type { Pool } from 'pg';
import type { Job } from '../core/job.ts';
import type { NotificationEvent, NotificationState } from '../core/notification.ts';
import { findJob } from '../store/jobs/find-jobs.ts';
import {
  type ClaimedNotification,
  claimNotifications,
  recordTry,
  releaseNotification,
} from '../store/notifications.ts';
import type { PostOutcome, PostRequest } from '../transfer/http/post-json.ts';
import { createService, type Service } from './service.ts';

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

/** Calls at once. One that hangs keeps those that come later waiting, for as long as a call may last. */
const MAX_CALLS = 50;
const LEASE_MS = 30_000;

/** A service that any number of processes may run on the same database. */
export function createNotifier(options: NotifierOptions): Service {
  const { pool, leaseMs = LEASE_MS } = options;
  let leaving = new AbortController();

  async function runOnce() {
    const claimed = await claimNotifications(pool, { limit: MAX_CALLS, leaseMs });
    const states = await Promise.all(claimed.map((one) => tell(options, one, leaving.signal)));
    const count = (state: NotificationState) => states.filter((one) => one === state).length;
    return { sent: count('sent'), failed: count('pending'), givenUp: count('given_up') };
  }

  const service = createService({
    name: 'notifier',
    everyMs: options.everyMs ?? 1000,
    runOnce,
    onError: options.onError,
  });
  return {
    ...service,
    start() {
      leaving = new AbortController();
      service.start();
    },
    async stop() {
      leaving.abort();
      await service.stop();
    },
  };
}

/** @returns the state of the notification, where this try has changed it */
async function tell(
  options: NotifierOptions,
  claimed: ClaimedNotification,
  signal: AbortSignal,
): Promise<NotificationState | undefined> {
  try {
    const failure = await tryOnce(options, claimed, signal);
    return await recordTry(options.pool, { ...claimed, ...(failure !== undefined && { failure }) });
  } catch (error) {
    if (signal.aborted) await releaseNotification(options.pool, claimed);
    // The others of this round go on; this one is tried again when its lease is over.
    else options.onError(error);
    return undefined;
  }
}

/** @returns why nobody was told, or undefined when somebody was */
async function tryOnce(
  options: NotifierOptions,
  { id, jobId, event, notify }: ClaimedNotification,
  signal: AbortSignal,
): Promise<string | undefined> {
  const job = await findJob(options.pool, jobId);
  if (job === undefined) return 'the job was deleted';
  let rendered: RenderedNotification;
  try {
    rendered = options.render({ id, event, job });
  } catch (error) {
    options.onError(error);
    return 'the notification could not be put into words; the log of the server says why';
  }
  const headers = { ...rendered.headers, 'idempotency-key': id };
  const outcome = await options.post({ url: notify.url, body: rendered.body, headers, signal });
  if ('failure' in outcome) return outcome.failure;
  return outcome.status >= 200 && outcome.status < 300 ? undefined : `the answer was ${outcome.status}`;
}
