import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { findCut, passedLimit } from '../../../src/targets/rejection-limits.ts';

/** Where a job of these rejections stops when it is written in chunks of one size, as the write step does it. */
function stopOf(
  rejected: readonly number[],
  total: number,
  limits: Parameters<typeof findCut>[0],
  size: number,
) {
  let before = 0;
  for (let firstRecord = 1; firstRecord <= total; ) {
    let lastRecord = Math.min(firstRecord + size - 1, total);
    const mine = () => rejected.filter((record) => record >= firstRecord && record <= lastRecord);
    lastRecord = findCut(limits, { firstRecord, lastRecord }, before, mine()) ?? lastRecord;
    before += mine().length;
    if (passedLimit(limits, before, { lastRecord, total }) !== undefined) return lastRecord;
    firstRecord = lastRecord + 1;
  }
  return undefined;
}

test('a job stops at the same record whatever the size of its chunks', () => {
  const total = fc.integer({ min: 1, max: 4500 });
  const made = total.chain((records) =>
    fc.record({
      records: fc.constant(records),
      rejected: fc.uniqueArray(fc.integer({ min: 1, max: records }), { maxLength: 200, size: 'max' }),
      size: fc.integer({ min: 1, max: 5000 }),
      limits: fc.record(
        { maxErrors: fc.integer({ min: 0, max: 60 }), maxErrorShare: fc.constantFrom(0, 0.01, 0.02, 0.05) },
        { requiredKeys: [] },
      ),
    }),
  );
  let stops = 0;
  fc.assert(
    fc.property(made, ({ records, rejected, size, limits }) => {
      const sorted = rejected.toSorted((a, b) => a - b);
      const stop = stopOf(sorted, records, limits, size);
      if (stop !== undefined) stops += 1;
      assert.equal(stop, stopOf(sorted, records, limits, 1));
    }),
    { seed: 4, numRuns: 100 },
  );
  assert.ok(stops > 20, 'no job stops: nothing was shown');
});

test('a number is passed at the record beyond it, a share only at every thousandth record and at the end', () => {
  assert.equal(passedLimit({ maxErrors: 2 }, 2, { lastRecord: 9, total: 20 }), undefined);
  assert.equal(passedLimit({ maxErrors: 2 }, 3, { lastRecord: 9, total: 20 }), 'maxErrors');
  assert.equal(passedLimit({ maxErrorShare: 0.1 }, 9, { lastRecord: 9, total: 20 }), undefined);
  assert.equal(passedLimit({ maxErrorShare: 0.1 }, 9, { lastRecord: 20, total: 20 }), 'maxErrorShare');
  assert.equal(passedLimit({ maxErrorShare: 0.1 }, 2, { lastRecord: 20, total: 20 }), undefined);
  assert.equal(passedLimit({ maxErrorShare: 0.1 }, 101, { lastRecord: 1000, total: 2500 }), 'maxErrorShare');
  assert.equal(passedLimit({ maxErrorShare: 0.1 }, 100, { lastRecord: 1000, total: 2500 }), undefined);
  assert.equal(passedLimit({ maxErrorShare: 0.1 }, 999, { lastRecord: 1500, total: 2500 }), undefined);
  assert.equal(passedLimit({ maxErrorShare: 0.1 }, 999, { lastRecord: 2500, total: 2500 }), 'maxErrorShare');
});
