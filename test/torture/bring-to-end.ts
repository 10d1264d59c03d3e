/** Watches a job, whatever is done to it, until it has ended in a way that is no doing of the attacks. */
import { ask, type Surroundings } from './ask.ts';
import type { Figures } from './figures.ts';
import type { Storm } from './plan.ts';
import type { Random } from './random.ts';
import type { Sabotage } from './sabotage.ts';
import { raiseStorm } from './storm.ts';
import { type SeenJob, type Watch, watchJob } from './watch.ts';

export interface JobUnderWay {
  readonly around: Surroundings;
  readonly figures: Figures;
  readonly sabotage: Sabotage;
  readonly random: Random;
  readonly where: string;
  readonly id: string;
  readonly storm: Storm;
  /** A job that has not ended after this time without attacks is stuck. */
  readonly jobLimitMs: number;
}

export interface EndedJob {
  readonly job: SeenJob;
  readonly mayBeCancelled: boolean;
}

/** What a lane knows of its tables is worth nothing any more. */
export class Stuck extends Error {}

/** How often a job that failed for what was done to its workers or database is asked to go on. */
const MOST_RETRIES = 20;
/** Failures that the attacks cause, and that a retry mends. */
const CAUSED = ['job.crashes_worker', 'database.unavailable'];

/** @throws Stuck which has been reported */
export async function bringToEnd(under: JobUnderWay): Promise<EndedJob> {
  const { around, figures, where, id, storm, random, sabotage } = under;
  const watch = watchJob(around, where, id, random.fork('watch'), sabotage);
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, around.signal]);
  const raised = raiseStorm(around, figures, watch, { where, id, storm, signal });
  try {
    const job = await retryUntilEnd(under, watch);
    figures.countJob(job);
    return { job, mayBeCancelled: raised.mayBeCancelled() };
  } finally {
    over.abort();
    await raised.isOver;
  }
}

async function retryUntilEnd(
  { around, figures, where, id, jobLimitMs }: JobUnderWay,
  watch: Watch,
): Promise<SeenJob> {
  const startedAt = performance.now();
  // While it goes on, attacks may keep a job from its end for as long as they like.
  const isLate = () => performance.now() > Math.max(startedAt, around.peaceSince()) + jobLimitMs;
  for (let tries = 0; tries <= MOST_RETRIES; tries += 1) {
    const ended = await watch.waitForEnd(isLate);
    if (ended === undefined) break;
    if (ended.state !== 'failed' || !CAUSED.includes(ended.failure?.code ?? '')) return ended;
    figures.countRetry(ended.failure?.code ?? '');
    await ask(around, `/v1/jobs/${id}/retry`, { method: 'POST' });
    watch.forget();
  }
  const state = JSON.stringify(watch.latest());
  around.faults.report('stuck', where, `not ended within ${jobLimitMs} ms without attacks: ${state}`);
  throw new Stuck(where);
}
