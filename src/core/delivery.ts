import type { JobState } from './job-state.ts';

/** Where the result files of an export are carried once they are complete. Stored with the job, never changed afterwards. */
export interface Destination {
  /** Address of a folder, below one of the prefixes of the setting `locations`. */
  readonly location: string;
  /** Pause between two tries, in milliseconds. Default: 1 s, 2 s, 4 s and so on, up to a minute. */
  readonly retryEveryMs?: number;
  /** How long it is tried, in milliseconds, from the first try on. Default: 24 hours. */
  readonly giveUpAfterMs?: number;
  /** Into a folder below it that is named by the id of the job. Default false. */
  readonly folderPerJob?: boolean;
}

/**
 * pending: the result is not complete. under_way: a try is being made, or will be at once. waiting: for the next try.
 * What the others say is final, unless somebody retries the job.
 */
export const DELIVERY_STATES = [
  'pending',
  'under_way',
  'waiting',
  'delivered',
  'failed',
  'cancelled',
] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** How the carriage of an export's result stands. */
export interface Delivery {
  readonly state: DeliveryState;
  /** Tries that were begun. */
  readonly attempts: number;
  /** When the result was complete. */
  readonly startedAt?: Date;
  /** waiting: when it is tried again. */
  readonly nextAttemptAt?: Date;
  /** What the last try failed with, in words; absent once everything is delivered. */
  readonly lastError?: string;
}

/** What a job's row says about its delivery. */
export interface DeliveryFacts {
  readonly state: JobState;
  readonly isHeld: boolean;
  readonly attempts: number;
  readonly startedAt?: Date;
  /** The job is not claimed before this time. */
  readonly notBefore?: Date;
  readonly lastError?: string;
}

/** How the delivery of a job that has a destination stands. */
export function describeDelivery(facts: DeliveryFacts): Delivery {
  const { attempts, startedAt, notBefore, lastError } = facts;
  const state = deliveryStateOf(facts);
  return {
    state,
    attempts,
    ...(startedAt !== undefined && { startedAt }),
    ...(state === 'waiting' && notBefore !== undefined && { nextAttemptAt: notBefore }),
    ...(state !== 'delivered' && lastError !== undefined && { lastError }),
  };
}

function deliveryStateOf({ state, isHeld, startedAt, notBefore }: DeliveryFacts): DeliveryState {
  if (state === 'succeeded') return 'delivered';
  if (state === 'cancelled') return 'cancelled';
  if (startedAt === undefined) return 'pending';
  if (state === 'failed') return 'failed';
  return state === 'delivering' && !isHeld && notBefore !== undefined ? 'waiting' : 'under_way';
}
