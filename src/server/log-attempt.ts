import type { Job } from '../core/job.ts';
import { omitUndefined } from '../core/omit-undefined.ts';
import type { Outcome } from '../worker/outcome.ts';
import type { Log } from './log.ts';

/** What every line about a job has: which job and attempt, and the trace that its kick-off came with. */
export function describeAttempt({ id, number, epoch, traceparent }: Job): Readonly<Record<string, unknown>> {
  return omitUndefined({ job: id, number, attempt: epoch, traceparent });
}

/** @param outcome absent when the attempt begins */
export function logAttempt(log: Log, job: Job, outcome: Outcome | undefined): void {
  const { kind } = job;
  if (outcome === undefined) log.info('An attempt begins.', { ...describeAttempt(job), kind });
  else log.info('An attempt has ended.', { ...describeAttempt(job), kind, ...renderOutcome(outcome) });
}

/** Its code, never its message: that may hold a value of a record. */
function renderOutcome(outcome: Outcome): Readonly<Record<string, unknown>> {
  const { type } = outcome;
  if (outcome.type === 'failed') return { outcome: type, code: outcome.failure.code };
  return outcome.type === 'given_back' ? { outcome: type, reason: outcome.reason } : { outcome: type };
}
