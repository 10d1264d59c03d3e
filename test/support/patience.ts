/**
 * Limits of time on a machine that does other things besides: what has to happen within 4 seconds where a core is free takes as many times
 * longer as there is more to do than there are cores. On a machine that is not busy they are what they say.
 */
import { availableParallelism, loadavg } from 'node:os';

/** @returns the limit for now, a whole number in the unit of `limit`; never less than that */
export function patienceOf(limit: number): number {
  const [load = 0] = loadavg();
  return Math.ceil(limit * Math.max(1, load / availableParallelism()));
}
