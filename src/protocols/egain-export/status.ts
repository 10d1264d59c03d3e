/** `ExportStatus`: a job in eGain's words, and back. */
import type { Job } from '../../core/job.ts';
import type { JobState } from '../../core/job-state.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { failureText } from '../egain/failure-texts.ts';
import { type AnswerLanguage, DEFAULT_LANGUAGE } from '../egain/languages.ts';
import { progressOf, renderTime, resultsOf } from '../egain/progress.ts';
import { readStatusBody } from '../egain/status-body.ts';
import type { StatusView, StatusViewState } from '../status-view.ts';

export type WireState = 'Pending' | 'In Progress' | 'Successful' | 'Failed';

/** Source: SEED0. A new state of ours does not compile until it has a word. */
const WIRE_STATE: Readonly<Record<JobState, WireState>> = {
  scheduled: 'Pending',
  queued: 'Pending',
  running: 'In Progress',
  pausing: 'In Progress',
  paused: 'In Progress',
  cancelling: 'In Progress',
  delivering: 'In Progress',
  succeeded: 'Successful',
  failed: 'Failed',
  cancelled: 'Failed',
};

const VIEW_STATE = {
  Pending: 'queued',
  'In Progress': 'running',
  Successful: 'succeeded',
  Failed: 'failed',
} as const satisfies Readonly<Record<WireState, StatusViewState>>;

/** The vendor's prose has a word that its enumeration lacks. */
const READ_STATES: Readonly<Record<string, StatusViewState>> = { ...VIEW_STATE, Completed: 'succeeded' };

/** Only the members that the vendor's examples have in that state. */
export function renderStatus(job: Job, language: AnswerLanguage): Record<string, unknown> {
  const status = WIRE_STATE[job.state];
  if (status === 'Pending') return { status };
  const finishedAt = job.finishedAt && renderTime(job.finishedAt);
  const begun = { status, progress: progressOf(job), startTime: job.startedAt && renderTime(job.startedAt) };
  switch (status) {
    case 'In Progress':
      return omitUndefined({
        ...begun,
        estimatedCompletion: job.estimatedCompletion && renderTime(job.estimatedCompletion),
      });
    case 'Successful':
      return omitUndefined({ ...begun, completionTime: finishedAt, results: resultsOf(job) });
    case 'Failed':
      return omitUndefined({ ...begun, failureTime: finishedAt, error: failureText(job, language) });
  }
}

export function projectStatus(job: Job): StatusView {
  const wire = WIRE_STATE[job.state];
  const state = VIEW_STATE[wire];
  if (wire === 'Pending') return { state, wire };
  const { startedAt, finishedAt, estimatedCompletion } = job;
  const begun = { state, wire, ...progressOf(job), startedAt };
  switch (wire) {
    case 'In Progress':
      return omitUndefined({ ...begun, estimatedCompletion });
    case 'Successful':
      return omitUndefined({ ...begun, ...resultsOf(job), finishedAt });
    case 'Failed':
      return omitUndefined({ ...begun, finishedAt, error: failureText(job, DEFAULT_LANGUAGE) });
  }
}

export function readStatus(body: unknown): StatusView {
  return readStatusBody(body, READ_STATES);
}
