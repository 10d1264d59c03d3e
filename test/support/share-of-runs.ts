/**
 * How often properties are tried. `npm test` tries each as often as it says, on the newest PostgreSQL; a share of that is enough before a
 * commit, and for what a second server repeats. The seeds stay the same, so that a share tries the first of the same values.
 */
const SHARE = Number(process.env['WAYBILL_TEST_SHARE'] ?? 1);

/** @returns the share of `full` that this process is to try, at least one */
export function runsOf(full: number): number {
  return Math.max(1, Math.ceil(full * SHARE));
}
