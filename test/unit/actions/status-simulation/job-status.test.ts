/**
 * Jobs are polled, watched and changed in every order, by clients that leave, with reads that are slow or fail, in one process and in
 * several, one of which may stop. `STATUS_SEED` tries others, `WAYBILL_TEST_SHARE=5` more of them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { runsOf } from '../../../support/share-of-runs.ts';
import { type Action, Simulation } from './simulate.ts';

const SEED = Number(process.env['STATUS_SEED'] ?? 20_261_130);
const RUNS = runsOf(250);

const time = (max: number) => fc.double({ min: 0, max, noNaN: true });

const action: fc.Arbitrary<Action> = fc.record({
  afterMs: fc.oneof(time(6), time(120)),
  job: fc.nat(1),
  process: fc.nat(2),
  kind: fc.constantFrom('poll', 'poll', 'poll', 'watch', 'verb', 'verb', 'list', 'change'),
  leavesAfterMs: fc.option(time(80), { nil: undefined, freq: 4 }),
});

const read = fc.record({
  takesMs: fc.oneof(time(8), time(120)),
  seesAt: time(1),
  fails: fc.oneof(
    { weight: 12, arbitrary: fc.constant('no' as const) },
    { weight: 1, arbitrary: fc.constantFrom('transiently' as const, 'badly' as const) },
  ),
});

const scenario = (processes: fc.Arbitrary<number>) =>
  fc.record({
    processes,
    actions: fc.array(action, { minLength: 2, maxLength: 60 }),
    reads: fc.array(read, { minLength: 1, maxLength: 12 }),
    stop: fc.option(fc.record({ process: fc.nat(2), atMs: time(1500) }), { nil: undefined }),
  });

async function simulateMany(processes: fc.Arbitrary<number>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(scenario(processes), (one) => new Simulation(one).run()),
    { seed: SEED, numRuns: RUNS },
  );
}

test('one process: every poll is answered in time with what is not older than it may be, and nothing waits on', () =>
  simulateMany(fc.constant(1)));

test('several processes: every poll is answered in time, nothing goes back between them, and nothing waits on', () =>
  simulateMany(fc.integer({ min: 2, max: 3 })));

test('a poll whose read was sent before a verb, and answered after it, is answered by another read', () =>
  new Simulation({
    processes: 1,
    reads: [{ takesMs: 4, seesAt: 0.1, fails: 'no' }],
    actions: [
      { kind: 'poll', afterMs: 0, job: 0, process: 0 },
      { kind: 'poll', afterMs: 300, job: 0, process: 0 },
      { kind: 'verb', afterMs: 2, job: 0, process: 0 },
    ],
  }).run());

test('a storm of verbs keeps no poll waiting for ever', () =>
  new Simulation({
    processes: 1,
    reads: [{ takesMs: 10, seesAt: 0, fails: 'no' }],
    actions: [
      { kind: 'poll', afterMs: 0, job: 0, process: 0 },
      { kind: 'poll', afterMs: 300, job: 0, process: 0 },
      ...Array.from({ length: 2000 }, (): Action => ({ kind: 'verb', afterMs: 2, job: 0, process: 0 })),
    ],
  }).run());

test('the simulation bites: what never reads is found', async () => {
  const dead = new Simulation({
    processes: 1,
    reads: [{ takesMs: Number.POSITIVE_INFINITY, seesAt: 0.5, fails: 'no' }],
    actions: [{ kind: 'poll', afterMs: 0, job: 0, process: 0 }],
  });
  await assert.rejects(dead.run(), /was never answered/);
});
