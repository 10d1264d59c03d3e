import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CallSlots, MAX_CALLS } from '../../../src/worker/call-slots.ts';

const TIMEOUT_MS = 10_000;
const LOOK_EVERY_MS = 1_000;

/** Receivers with more to be told than time for it, each with the time that a call of it takes; answered or not. */
class Simulation {
  readonly #slots = new CallSlots();
  readonly #open: { name: string; endsAt: number; end: () => void }[] = [];
  readonly begun = new Map<string, number[]>();
  mostCalls = 0;
  now = 0;

  /** One look at what is due; the calls that have ended by then give their slots back first. */
  look(receivers: ReadonlyMap<string, { tookMs: number; isAnswered: boolean }>): void {
    for (const ended of this.#open.filter(({ endsAt }) => endsAt <= this.now)) {
      ended.end();
      this.#open.splice(this.#open.indexOf(ended), 1);
    }
    const plan = this.#slots.plan([...receivers.keys()].toSorted(), this.now);
    for (const [name, count] of plan) {
      const call = receivers.get(name);
      assert.ok(call, `${name} has nothing to be told`);
      for (let index = 0; index < count; index += 1) {
        const end = this.#slots.begin(name, this.now);
        this.#open.push({ name, endsAt: this.now + call.tookMs, end: () => end(call) });
        this.begun.set(name, [...(this.begun.get(name) ?? []), this.now]);
      }
    }
    this.mostCalls = Math.max(this.mostCalls, this.#open.length);
  }

  openOf(name: string): number {
    return this.#open.filter((call) => call.name === name).length;
  }
}

const SILENT = { tookMs: TIMEOUT_MS, isAnswered: false };
const QUICK = { tookMs: 5, isAnswered: true };

function many(count: number, call: typeof SILENT): [string, typeof SILENT][] {
  return Array.from({ length: count }, (_, index) => [`https://silent-${index}.example.com`, call]);
}

test('a receiver that answers is called at each look, however many others are silent', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.nat(5), fc.boolean(), (silent, slow, isKnown) => {
      const simulation = new Simulation();
      const healthy = 'https://healthy.example.com';
      if (isKnown) simulation.look(new Map([[healthy, QUICK]]));
      const receivers = new Map([
        ...many(silent, SILENT),
        ...Array.from(
          { length: slow },
          (_, index) => [`https://slow-${index}`, { tookMs: 3_000, isAnswered: true }] as const,
        ),
      ]);
      for (let look = 0; look < 40; look += 1) {
        simulation.now += LOOK_EVERY_MS;
        simulation.look(receivers);
      }
      receivers.set(healthy, QUICK);
      for (let look = 0; look < 15; look += 1) {
        simulation.now += LOOK_EVERY_MS;
        simulation.look(receivers);
        assert.ok(
          (simulation.begun.get(healthy) ?? []).includes(simulation.now),
          `not called at ${simulation.now}`,
        );
      }
    }),
    { seed: 9, numRuns: 60 },
  );
});

test('calls are bounded, in all and for each receiver, and every receiver has its turn', () => {
  const simulation = new Simulation();
  const receivers = new Map(many(1_000, SILENT));
  for (let look = 0; look < 300; look += 1) {
    simulation.now += LOOK_EVERY_MS;
    simulation.look(receivers);
    for (const name of receivers.keys()) assert.ok(simulation.openOf(name) <= 2);
  }
  assert.ok(simulation.mostCalls <= MAX_CALLS, `${simulation.mostCalls} calls at once`);
  assert.equal(simulation.begun.size, receivers.size, 'some had no turn');
});

test('a receiver that was silent is called by several again once it answers', () => {
  const simulation = new Simulation();
  const name = 'https://one.example.com';
  const looks = (count: number, call: typeof SILENT) => {
    for (let look = 0; look < count; look += 1) {
      simulation.now += LOOK_EVERY_MS;
      simulation.look(new Map([[name, call]]));
    }
  };
  looks(30, SILENT);
  assert.equal(simulation.openOf(name), 1);
  looks(15, QUICK);
  assert.equal(simulation.openOf(name), 10);
  looks(5, { tookMs: 4_000, isAnswered: true });
  looks(10, { tookMs: 4_000, isAnswered: true });
  assert.equal(simulation.openOf(name), 4);
});

test('a refused connection holds nobody up, so it costs no slots', () => {
  const simulation = new Simulation();
  const name = 'https://refused.example.com';
  for (let look = 0; look < 3; look += 1) {
    simulation.now += LOOK_EVERY_MS;
    simulation.look(new Map([[name, { tookMs: 1, isAnswered: false }]]));
  }
  assert.equal(simulation.openOf(name), 10);
});
