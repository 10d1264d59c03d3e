/** A reporter for node --test that writes one JSON object at the end: the totals, and what was skipped and why. */
import type { TestEvent } from 'node:test/reporters';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Skipped and to-do tests: whatever did not prove anything. */
  readonly skipped: number;
  /** `name: reason` of each skipped test. */
  readonly skips: readonly string[];
}

export default async function* tally(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const skips: string[] = [];
  let totals = { passed: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of source) {
    if (type === 'test:pass' || type === 'test:fail') {
      if (data.skip !== undefined) skips.push(describeSkip(data.name, data.skip));
    }
    // The summary without a file is the one of the whole run.
    if (type === 'test:summary' && data.file === undefined) {
      const { passed, tests, skipped, todo } = data.counts;
      totals = { passed, failed: tests - passed - skipped - todo, skipped: skipped + todo };
    }
  }
  yield JSON.stringify({ ...totals, skips } satisfies Tally);
}

function describeSkip(name: string, reason: string | boolean): string {
  return typeof reason === 'string' && reason !== '' ? `${name}: ${reason}` : name;
}
