import { type ErrorCode, isAppError } from '../core/errors.ts';
import type { WireJob } from '../sdk/wire.ts';

/** What the exit codes of all commands mean. */
export const EXIT = {
  done: 0,
  /** The command did not do what it was asked for; also: the job failed or was cancelled. */
  failed: 1,
  /** The job is done, and some of its records were rejected. */
  doneWithRejected: 2,
  wrongUsage: 64,
} as const;

/** A person has to say something else: the command line, a request or the configuration cannot be understood. */
const USAGE_CODES: readonly ErrorCode[] = ['usage.invalid', 'request.invalid', 'config.invalid'];

export function exitCodeOfError(error: unknown): number {
  return isAppError(error) && USAGE_CODES.includes(error.code) ? EXIT.wrongUsage : EXIT.failed;
}

export function exitCodeOfJob(job: WireJob): number {
  if (job.state !== 'succeeded') return EXIT.failed;
  return job.outcomes.rejected > 0 ? EXIT.doneWithRejected : EXIT.done;
}
