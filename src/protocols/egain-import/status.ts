/** `ImportStatus`: a job in eGain's words, and back. */
import type { Job, Phase } from '../../core/job.ts';
import type { JobState } from '../../core/job-state.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { failureText } from '../egain/failure-texts.ts';
import { type AnswerLanguage, DEFAULT_LANGUAGE } from '../egain/languages.ts';
import { progressOf, renderTime, resultsOf } from '../egain/progress.ts';
import { readStatusBody } from '../egain/status-body.ts';
import type { StatusView, StatusViewState } from '../status-view.ts';
import { MOST_RECORDS } from './binding.ts';

export type WireState = 'Scheduled' | 'In Progress' | 'Successful' | 'Failed' | 'Cancelled';

/** Source: SEED1. A new state of ours does not compile until it has a word. */
const WIRE_STATE: Readonly<Record<JobState, WireState>> = {
  scheduled: 'Scheduled',
  queued: 'Scheduled',
  running: 'In Progress',
  pausing: 'In Progress',
  paused: 'In Progress',
  cancelling: 'In Progress',
  delivering: 'In Progress',
  succeeded: 'Successful',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

const VIEW_STATE = {
  Scheduled: 'scheduled',
  'In Progress': 'running',
  Successful: 'succeeded',
  Failed: 'failed',
  Cancelled: 'cancelled',
} as const satisfies Readonly<Record<WireState, StatusViewState>>;

const WAITING = 'Queued for execution';

/** `currentOperation`. Sources: SEED1 for `writing`, eGain's OpenAPI document 21.23 for `waiting`; the others are chosen. */
const OPERATIONS: Readonly<Record<Phase, string>> = {
  waiting: WAITING,
  preparing: 'Preparing the job',
  fetching: 'Reading the content package',
  indexing: 'Counting content items',
  checking: 'Checking content items',
  writing: 'Processing content items',
  committing: 'Saving content items',
  finishing: 'Writing the results',
  // Of exports.
  exporting: 'Processing content items',
  delivering: 'Processing content items',
};

const STATE_OPERATIONS: Partial<Record<JobState, string>> = {
  pausing: 'Pausing',
  paused: 'Paused',
  cancelling: 'Cancelling',
};

/** What a status says, before it is put into the vendor's form. Only what applies in the state is there. */
interface Said {
  readonly status: WireState;
  readonly progress: Figures<'processed' | 'total' | 'percentage'>;
  readonly log?: string | undefined;
  readonly startedAt?: Date | undefined;
  readonly stopAt?: Date | undefined;
  readonly estimatedCompletion?: Date | undefined;
  readonly finishedAt?: Date | undefined;
  readonly operation?: string;
  readonly results?: Figures<'successful' | 'warnings' | 'errors'>;
  readonly error?: string;
  readonly isRetryable?: boolean;
}

type Figures<Name extends string> = Readonly<Partial<Record<Name, number>>>;

function sayOf(job: Job, language: AnswerLanguage): Said {
  const status = WIRE_STATE[job.state];
  if (status === 'Scheduled') {
    const { processed, total = 0, percentage } = progressOf(job);
    const progress = within({ processed, total, percentage });
    return { status, progress, startedAt: job.startAt, stopAt: job.stopAt, operation: WAITING };
  }
  const progress = within(progressOf(job));
  const { startedAt, finishedAt, stopAt, estimatedCompletion } = job;
  // The log is there from the start of the run on.
  const log = startedAt && job.log?.location;
  const begun = { status, progress, log, startedAt };
  switch (status) {
    case 'In Progress': {
      const operation = STATE_OPERATIONS[job.state] ?? OPERATIONS[job.phase];
      return { ...begun, stopAt, estimatedCompletion, operation };
    }
    case 'Successful':
      return { ...begun, finishedAt, results: within(resultsOf(job)) };
    case 'Cancelled':
      return { ...begun, stopAt, finishedAt, results: within(resultsOf(job)) };
    case 'Failed': {
      const isRetryable = job.failure?.retryable ?? false;
      return { ...begun, finishedAt, error: failureText(job, language), isRetryable };
    }
  }
}

/** Jobs that were started elsewhere may be larger than the contract can say; then it says nothing. */
function within<T extends object>(figures: T): Partial<T> {
  const entries = Object.entries(figures).filter(([, value]) => Number(value) <= MOST_RECORDS);
  return Object.fromEntries(entries) as Partial<T>;
}

/** Only the members that the vendor's examples have in that state. */
export function renderStatus(job: Job, language: AnswerLanguage): Record<string, unknown> {
  const said = sayOf(job, language);
  const time = (date: Date | undefined) => date && renderTime(date);
  const finished = said.status === 'Failed' ? 'failureTime' : 'completionTime';
  return omitUndefined({
    status: said.status,
    jobType: job.kind === 'validation' ? 'Validation' : 'Import',
    progress: said.progress,
    logFileLocation: said.log,
    startTime: time(said.startedAt),
    scheduledStopTime: time(said.stopAt),
    estimatedCompletion: time(said.estimatedCompletion),
    [finished]: time(said.finishedAt),
    currentOperation: said.operation,
    results: said.results,
    error: said.error,
    retryable: said.isRetryable,
  });
}

export function projectStatus(job: Job): StatusView {
  const { status, progress, results, startedAt, estimatedCompletion, finishedAt, error, isRetryable } = sayOf(
    job,
    DEFAULT_LANGUAGE,
  );
  return omitUndefined({
    state: VIEW_STATE[status],
    wire: status,
    ...progress,
    ...results,
    startedAt,
    estimatedCompletion,
    finishedAt,
    error,
    isRetryable,
  });
}

export function readStatus(body: unknown): StatusView {
  return readStatusBody(body, VIEW_STATE);
}
