import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRateMeter, estimateCompletion, percentageOf } from '../../../src/core/progress.ts';

test('the percentage is rounded down and is at most 99 before the end', () => {
  const cases: readonly [number, number | undefined, number][] = [
    [0, 100, 0],
    [1, 3, 33],
    [2, 3, 66],
    [999, 1000, 99],
    [1000, 1000, 99],
    [2000, 1000, 99],
  ];
  for (const [done, total, expected] of cases) assert.equal(percentageOf(done, total), expected);
});

test('without a total there is no percentage', () => {
  assert.equal(percentageOf(5, undefined), 0);
  assert.equal(percentageOf(5, 0), 0);
});

test('nobody knows the rate before two samples are half a second apart', () => {
  const meter = createRateMeter();
  assert.equal(meter.rate(), undefined);
  meter.sample(0, 0);
  meter.sample(100, 499);
  assert.equal(meter.rate(), undefined);
  meter.sample(500, 500);
  assert.equal(meter.rate(), 1000);
});

test('a constant rate stays what it is, whatever the intervals', () => {
  const meter = createRateMeter();
  for (let at = 0; at < 60_000; at += 700) meter.sample(at * 2, at);
  assert.ok(Math.abs((meter.rate() ?? 0) - 2000) < 1e-6);
});

test('the time before the first record is not counted', () => {
  const meter = createRateMeter();
  for (let at = 0; at <= 30_000; at += 500) meter.sample(0, at);
  assert.equal(meter.rate(), undefined);
  meter.sample(500, 30_500);
  assert.equal(meter.rate(), 1000);
});

test('a change of speed is followed with a half-life of ten seconds', () => {
  const meter = createRateMeter();
  meter.sample(0, 0);
  meter.sample(1000, 1000);
  assert.equal(meter.rate(), 1000);
  // Nothing is done for ten seconds.
  meter.sample(1000, 11_000);
  assert.equal(meter.rate(), 500);
});

test('the completion is the rest at this rate from now on', () => {
  const at = estimateCompletion({ done: 250, total: 1000, rate: 50, nowMs: 1_000_000 });
  assert.deepEqual(at, new Date(1_015_000));
});

test('where nobody can know, there is no completion', () => {
  const known = { done: 1, total: 10, rate: 1, nowMs: 0 };
  assert.equal(estimateCompletion({ ...known, total: undefined }), undefined);
  assert.equal(estimateCompletion({ ...known, rate: undefined }), undefined);
  assert.equal(estimateCompletion({ ...known, rate: 0 }), undefined);
  assert.equal(estimateCompletion({ ...known, done: 10 }), undefined);
});
