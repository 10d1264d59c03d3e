/** A reporter for a test file that writes one JSON object at the end: the totals, what was skipped and why, and what took longest. */
import type { TestEvent } from 'node:test/reporters';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Skipped and to-do tests: whatever did not prove anything. */
  readonly skipped: number;
  /** `name: reason` of each skipped test. */
  readonly skips: readonly string[];
  /** The tests that took longest, those inside others left out. */
  readonly slowest: readonly Timed[];
}

export interface Timed {
  readonly name: string;
  readonly seconds: number;
}

/** How many a tally names. */
export const SLOWEST_COUNT = 15;

export default async function* tally(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const skips: string[] = [];
  const times: Timed[] = [];
  let totals: Pick<Tally, 'passed' | 'failed' | 'skipped'> | undefined;
  for await (const { type, data } of source) {
    if (type === 'test:pass' || type === 'test:fail') {
      if (data.skip !== undefined) skips.push(describeSkip(data.name, data.skip));
      if (data.nesting === 0) times.push({ name: data.name, seconds: data.details.duration_ms / 1000 });
    }
    if (type === 'test:summary') {
      const { passed, tests, skipped, todo } = data.counts;
      totals = { passed, failed: tests - passed - skipped - todo, skipped: skipped + todo };
    }
  }
  // Without a summary the file has ended before its tests.
  if (totals !== undefined)
    yield JSON.stringify({ ...totals, skips, slowest: slowestOf(times) } satisfies Tally);
}

export function slowestOf(times: readonly Timed[]): Timed[] {
  return times.toSorted((a, b) => b.seconds - a.seconds).slice(0, SLOWEST_COUNT);
}

function describeSkip(name: string, reason: string | boolean): string {
  return typeof reason === 'string' && reason !== '' ? `${name}: ${reason}` : name;
}
