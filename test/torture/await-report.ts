/** A job that was stopped is final at once; the files of what it had processed come after. */
import { setTimeout as delay } from 'node:timers/promises';
import { demand, type Surroundings } from './ask.ts';
import type { SeenJob } from './watch.ts';

const LOOK_EVERY_MS = 300;

/** @returns false: the files do not come, which has been reported */
export async function awaitReport(
  around: Surroundings,
  where: string,
  job: SeenJob,
  jobLimitMs: number,
): Promise<boolean> {
  const startedAt = performance.now();
  let { report } = job;
  while (report?.state === 'pending') {
    // While it goes on, attacks may keep a report from its end for as long as they like.
    if (performance.now() > Math.max(startedAt, around.peaceSince()) + jobLimitMs) {
      around.faults.report('stuck', where, `no report within ${jobLimitMs} ms without attacks`);
      return false;
    }
    await delay(LOOK_EVERY_MS, undefined, { signal: around.signal });
    const { body } = await demand(around, `/v1/jobs/${job.id}`);
    report = (body as unknown as SeenJob).report;
  }
  if (report?.state !== 'given_up') return true;
  around.faults.report('failed rows', where, `the report was given up: ${report.error ?? ''}`);
  return false;
}
