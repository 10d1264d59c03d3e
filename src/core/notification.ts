/** What a job tells of itself to an address that its kick-off has named. */

/** finished: the job is final. ready: what it made is there; delivering it may take longer. */
export type NotificationEvent = 'finished' | 'ready';

/** pending: not told yet, and will be tried again. given_up: every try has failed. */
export type NotificationState = 'pending' | 'sent' | 'given_up';

/** Asked for at the kick-off, kept with the job and never changed. */
export interface NotifyRequest {
  readonly url: string;
  /** final: tell when the job is final. ready: tell when its result is ready, or the job ends without one. */
  readonly on: 'final' | 'ready';
  /** Further tries after the first. */
  readonly retries: number;
  /** Pause between two tries. */
  readonly everyMs: number;
}

/** How the latest notification of a job stands. */
export interface NotificationStatus {
  readonly state: NotificationState;
  /** Tries that came to an end. */
  readonly attempts: number;
  /** Why the last try failed, in words. */
  readonly lastError?: string;
}

/** How often and how long a notification is tried where nothing else is asked for: six tries within five minutes. */
export const NOTIFY_DEFAULTS = {
  on: 'final',
  retries: 5,
  everyMs: 60_000,
} as const satisfies Omit<NotifyRequest, 'url'>;
