/**
 * The states of a job and the arrows between them, as data.
 *
 * Intentions (`pausing`, `cancelling`) are states, recorded at once and obeyed by the worker within two seconds;
 * where no worker holds the job they take effect at once (`pause` and `cancel` then go to the final state directly).
 * `pausing` and `cancelling` may still end in `succeeded`, `failed` or `delivering` when the last chunk won.
 *
 * A job that is `delivering` keeps its result: whoever gives it back leaves it `delivering`, held by nobody, and it is claimed
 * from there when its next try is due.
 */
export const JOB_STATES = [
  'scheduled',
  'queued',
  'running',
  'pausing',
  'paused',
  'cancelling',
  'cancelled',
  'delivering',
  'succeeded',
  'failed',
] as const;
export type JobState = (typeof JOB_STATES)[number];

export const FINAL_STATES = ['cancelled', 'succeeded', 'failed'] as const satisfies readonly JobState[];
export type FinalState = (typeof FINAL_STATES)[number];

export const JOB_EVENTS = [
  'due',
  'claimed',
  'given_back',
  'pause_asked',
  'paused',
  'resumed',
  'cancel_asked',
  'cancelled',
  'delivery_started',
  'succeeded',
  'failed',
  'retried',
  'delivery_retried',
  'prerequisite_failed',
] as const;
export type JobEvent = (typeof JOB_EVENTS)[number];

type Arrows = Readonly<Partial<Record<JobEvent, JobState>>>;

/** `TRANSITIONS[from][event]` is the state that the event leads to; an absent entry is refused. */
export const TRANSITIONS: Readonly<Record<JobState, Arrows>> = {
  scheduled: { due: 'queued', cancelled: 'cancelled' },
  // A queued job that is paused has no worker to wait for, so it is paused at once.
  // The job that it was to come after did not succeed: an event of its own, so that no attempt can fail what it gave back.
  queued: { claimed: 'running', paused: 'paused', cancelled: 'cancelled', prerequisite_failed: 'failed' },
  running: {
    given_back: 'queued',
    pause_asked: 'pausing',
    cancel_asked: 'cancelling',
    delivery_started: 'delivering',
    succeeded: 'succeeded',
    failed: 'failed',
  },
  pausing: {
    paused: 'paused',
    resumed: 'running',
    cancel_asked: 'cancelling',
    delivery_started: 'delivering',
    succeeded: 'succeeded',
    failed: 'failed',
  },
  paused: { resumed: 'queued', cancelled: 'cancelled' },
  cancelling: {
    cancelled: 'cancelled',
    delivery_started: 'delivering',
    succeeded: 'succeeded',
    failed: 'failed',
  },
  delivering: {
    claimed: 'delivering',
    given_back: 'delivering',
    cancel_asked: 'cancelling',
    cancelled: 'cancelled',
    succeeded: 'succeeded',
    failed: 'failed',
  },
  // Only a job stopped by its stop time may be resumed; the store's guard checks the reason.
  cancelled: { resumed: 'queued' },
  succeeded: {},
  // A person puts it back; only its delivery, if that alone failed.
  failed: { retried: 'queued', delivery_retried: 'delivering' },
};

export function nextState(from: JobState, event: JobEvent): JobState | undefined {
  return TRANSITIONS[from][event];
}

/** States from which `event` is possible, for guarded updates and for error messages. */
export function statesBefore(event: JobEvent): readonly JobState[] {
  return JOB_STATES.filter((state) => TRANSITIONS[state][event] !== undefined);
}

export function isFinal(state: JobState): state is FinalState {
  return (FINAL_STATES as readonly JobState[]).includes(state);
}
