/**
 * How often properties are tried. They say how often a campaign tries them: `npm test -- --full`, and a file that is run by itself. Where each
 * case is a job or several, these numbers are round ones that cost minutes for each run of everything, and the seeds stay the same, so that
 * each run tries the same values: `npm test` tries the first of them. `npm run check` tries the first of all properties that take long, and
 * `WAYBILL_TEST_SHARE=10 node --test test/engine/…` ten times as many.
 */
export const SHARE_NAME = 'WAYBILL_TEST_SHARE';

const SHARE = Number(process.env[SHARE_NAME] ?? 1);

/**
 * @param least where fewer would not meet what the test must have met
 * @returns the share of `full` that this process is to try
 */
export function runsOf(full: number, least = 1): number {
  return Math.max(least, Math.ceil(full * SHARE));
}
