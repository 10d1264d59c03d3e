import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import type { Client } from '../sdk/client.ts';
import type { WireJob } from '../sdk/wire.ts';
import { belowHead, type Cli } from './command-line.ts';
import type { Connection } from './connect.ts';
import { createProgressDisplay } from './render/progress.ts';

/** What a command needs at most from its request to its worker's claim, on a busy machine. */
const CLAIM_LIMIT_MS = 5000;
const LOOK_EVERY_MS = 250;
/** As shells have it for a program that was ended by Ctrl-C. */
const INTERRUPTED = 130;

export interface FollowOptions {
  /** What the first Ctrl-C does: cancel the job, or only stop looking at it. */
  readonly onInterrupt: 'cancel' | 'leave';
}

/**
 * Shows a job until it ends, is paused, or Ctrl-C is pressed; an own server does the job meanwhile.
 *
 * @throws AppError `job.stopped` when the process is told to end; an own server then gives the job back at its next chunk
 */
export async function followJob(
  cli: Cli,
  { client, own }: Connection,
  job: WireJob,
  { onInterrupt }: FollowOptions,
): Promise<WireJob> {
  if (own !== undefined) await refuseHopelessWait(client, job);
  const display = createProgressDisplay(cli.terminal);
  const leaving = new AbortController();
  let isTold = false;
  const stopListening = onSignals({
    first: () => {
      display.clear();
      if (onInterrupt === 'leave') leaving.abort();
      else askToCancel(cli, client, job);
    },
    terminate: () => leaving.abort(new AppError('job.stopped', renderGivenBack(job, own !== undefined))),
  });
  try {
    const working = own?.runOnly(job.id);
    // An own server that gives up shows itself here instead of leaving us waiting for ever.
    const failing = working === undefined ? [] : [working.then(() => new Promise<never>(() => {}))];
    const waiting = client.waitForJob(job.id, {
      onPoll: (seen) => {
        isTold = false;
        display.show(seen);
      },
      onOutage: () => {
        display.clear();
        if (!isTold)
          cli.terminal.err(
            `waybill: the database cannot be reached; waiting for it, like job ${job.number}\n`,
          );
        isTold = true;
      },
      signal: leaving.signal,
    });
    return await Promise.race([waiting, ...failing]);
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
    if (leaving.signal.reason instanceof AppError) throw leaving.signal.reason;
    return await client.getJob(job.id);
  } finally {
    stopListening();
    display.clear();
  }
}

/** The first Ctrl-C asks, the second ends at once; SIGTERM and SIGHUP end cleanly. */
function onSignals(on: { first: () => void; terminate: () => void }): () => void {
  let interrupts = 0;
  const interrupt = () => {
    interrupts += 1;
    if (interrupts > 1) process.exit(INTERRUPTED);
    on.first();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', on.terminate).on('SIGHUP', on.terminate);
  return () => {
    process.off('SIGINT', interrupt).off('SIGTERM', on.terminate).off('SIGHUP', on.terminate);
  };
}

function askToCancel(cli: Cli, client: Client, job: WireJob): void {
  cli.terminal.err(
    `waybill: cancelling job ${job.number} at its next chunk (press Ctrl-C again to quit at once)\n`,
  );
  client
    .intend(job.id, 'cancel')
    .catch((error: Error) => cli.terminal.err(`waybill: ${belowHead(error.message)}\n`));
}

function renderGivenBack(job: WireJob, isOwn: boolean): string {
  return isOwn
    ? `This command was stopped, so job ${job.number} goes back into the queue; "waybill serve" will continue it from where it stopped.`
    : `This command was stopped; job ${job.number} continues without it.`;
}

/** Our own server runs this one job; a queued job before it would wait for a server for ever, and this one behind it. */
async function refuseHopelessWait(client: Client, job: WireJob): Promise<void> {
  if (job.waitingFor === undefined) return;
  const { number } = job.waitingFor;
  const deadline = performance.now() + CLAIM_LIMIT_MS;
  let before = await client.getJob(String(number));
  // Another command may have asked for it a moment ago, and be starting its worker.
  while (before.state === 'queued' && performance.now() < deadline) {
    await delay(LOOK_EVERY_MS);
    before = await client.getJob(String(number));
  }
  if (before.state !== 'queued') return;
  throw new AppError(
    'request.conflict',
    `Job ${job.number} waits for job ${before.number}, which is queued for the same collection, and no server is running to run it. ` +
      `Start one (waybill serve) to run both, or cancel the other job first (waybill cancel ${before.number}).`,
    { details: { jobId: job.id, waitingFor: before.number } },
  );
}
