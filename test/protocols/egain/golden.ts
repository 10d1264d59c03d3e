/** Golden transcripts of both eGain protocols, and jobs that are held half way. */
import assert from 'node:assert/strict';
import type { LightMyRequestResponse } from 'fastify';
import type { Pool } from 'pg';
import { claimJob, type ProgressReport, reportProgress } from '../../../src/store/jobs/claims.ts';
import { assertGolden } from '../support/golden.ts';

/** Stands in the transcripts' paths for the ids of jobs; no job has it. */
export const ID = '7A84B875-6F75-4C7B-B137-0632B62DB0BD';

export interface Told {
  /** Where the answer is known from. */
  readonly source: string;
  readonly request: { readonly method: string; readonly url: string; readonly body?: string };
  readonly headers?: Readonly<Record<string, string>>;
}

export type AssertTold = (name: string, answer: LightMyRequestResponse, told: Told) => void;

/** @param folder of the transcripts, such as `new URL('golden/', import.meta.url)`; `always` are headers of every request */
export function goldenIn(folder: URL, always: Readonly<Record<string, string>> = {}): AssertTold {
  return (name, answer, { source, request, headers }) =>
    assertGolden(new URL(`${name}.txt`, folder), {
      source,
      request: { ...request, headers: { ...always, ...headers } },
      answer,
      shownHeaders: ['location'],
    });
}

export interface Held {
  readonly jobId: string;
  readonly epoch: number;
}

/** Holds the job as a worker does that has reported this. */
export async function holdJob(
  pool: Pool,
  id: string,
  report: Omit<ProgressReport, keyof Held>,
): Promise<Held> {
  const jobId = id.toLowerCase();
  const claimed = await claimJob(pool, { jobId, workerId: '7b5d2a8e-3c39-4d0e-9f0e-1d6f5a4b3c2d' });
  assert.ok(claimed);
  const held = { jobId, epoch: claimed.epoch };
  await reportProgress(pool, { ...held, ...report });
  return held;
}
