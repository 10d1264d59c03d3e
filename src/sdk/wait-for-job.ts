import { setTimeout as delay } from 'node:timers/promises';
import { isFinal } from '../core/job-state.ts';
import { type ServerAddress, send } from './request.ts';
import type { WireJob } from './wire.ts';

export interface WaitOptions {
  /** Called with every change that a poll sees, the first and the last state included. */
  readonly onChange?: (job: WireJob) => void;
  /** Called after every poll, also when nothing changed. */
  readonly onPoll?: (job: WireJob) => void;
  /** Default 250. */
  readonly pollMs?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_POLL_MS = 250;

/** Polls until the job is final; an unchanged job costs a 304. Also ends when the job is paused: nothing happens then by itself. */
export async function waitForJob(
  server: ServerAddress,
  id: string,
  options: WaitOptions = {},
): Promise<WireJob> {
  const { signal, pollMs = DEFAULT_POLL_MS } = options;
  let etag: string | undefined;
  let job: WireJob | undefined;
  for (;;) {
    const response = await send(server, `/v1/jobs/${id}`, {
      ...(etag !== undefined && { headers: { 'if-none-match': etag } }),
      ...(signal !== undefined && { signal }),
    });
    if (job === undefined || response.status !== 304) {
      job = (await response.json()) as WireJob;
      etag = response.headers.get('etag') ?? undefined;
      options.onChange?.(job);
    }
    options.onPoll?.(job);
    if (isFinal(job.state) || job.state === 'paused') return job;
    await delay(pollMs, undefined, signal === undefined ? {} : { signal });
  }
}
