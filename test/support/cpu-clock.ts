/** Seconds and CPU seconds of a run with all that it started: on a busy machine only the latter can be compared. */
import { readFileSync } from 'node:fs';

export interface CpuClock {
  /** `it took 61 s, and 80 s of CPU`; without the latter where the system does not tell. */
  describe(): string;
}

export function startCpuClock(): CpuClock {
  const startedAt = performance.now();
  return {
    describe() {
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
      const cpu = readCpuSeconds();
      return `it took ${seconds} s${cpu === undefined ? '' : `, and ${cpu.toFixed(0)} s of CPU`}`;
    },
  };
}

/** Linux counts in hundredths of a second; children count when they have ended. */
const TICKS_PER_SECOND = 100;

function readCpuSeconds(): number | undefined {
  try {
    // After the name, which may have blanks in it, the third field of the line is the first: 14 to 17 are user and system, own and of children.
    const fields = readFileSync('/proc/self/stat', 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const ticks = fields.slice(11, 15).map(Number);
    return ticks.reduce((sum, one) => sum + one, 0) / TICKS_PER_SECOND;
  } catch {
    return undefined;
  }
}
