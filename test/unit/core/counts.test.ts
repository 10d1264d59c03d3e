import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as assertProperty, nat, property, record } from 'fast-check';
import {
  acceptedRecords,
  addCounts,
  type Counts,
  NO_COUNTS,
  processedRecords,
  resultFigures,
} from '../../../src/core/counts.ts';

const SEED = 20261121;
const COUNT = nat({ max: 1_000_000_000 });
const COUNTS = record<Counts>({
  created: COUNT,
  updated: COUNT,
  unchanged: COUNT,
  deleted: COUNT,
  skipped: COUNT,
  rejected: COUNT,
  warned: COUNT,
  removed: COUNT,
});

test('every processed record is successful, warned of or an error, and has one outcome', () => {
  assertProperty(
    property(COUNTS, (any) => {
      const counts = { ...any, warned: any.warned % (acceptedRecords(any) + 1) };
      const { successful, warnings, errors } = resultFigures(counts);
      assert.equal(successful + warnings + errors, processedRecords(counts));
      assert.equal(successful + warnings, acceptedRecords(counts));
      assert.equal(errors, counts.rejected);
      assert.ok(successful >= 0);
    }),
    { seed: SEED },
  );
});

test('what replace removes from the target is no record of the source', () => {
  const counts = { ...NO_COUNTS, created: 2, removed: 5 };
  assert.equal(processedRecords(counts), 2);
  assert.equal(acceptedRecords(counts), 2);
});

test('sums do not depend on the order or the grouping of the chunks', () => {
  assertProperty(
    property(COUNTS, COUNTS, COUNTS, (a, b, c) => {
      assert.deepEqual(addCounts(a, b), addCounts(b, a));
      assert.deepEqual(addCounts(addCounts(a, b), c), addCounts(a, addCounts(b, c)));
      assert.deepEqual(addCounts(a, NO_COUNTS), { ...a });
      assert.equal(processedRecords(addCounts(a, b)), processedRecords(a) + processedRecords(b));
    }),
    { seed: SEED },
  );
});
