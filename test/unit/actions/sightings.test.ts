import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Sightings } from '../../../src/actions/status/sightings.ts';

const ALONE = { delayMs: 0, maxAgeMs: 100 };
const SHARED = { delayMs: 100, maxAgeMs: 100 };

test('a process that is alone shows the newest until it is too old, and again after the next read', () => {
  const sightings = new Sightings<string>(ALONE);
  assert.equal(sightings.at(0, 0), undefined);
  sightings.add('1', 'queued', 0, 5);
  assert.equal(sightings.at(100, 100), 'queued');
  assert.equal(sightings.at(101, 101), undefined);
  sightings.add('2', 'running', 102, 104);
  assert.equal(sightings.at(104, 104), 'running');
});

test('a read that was sent after the question answers it, however long it took', () => {
  const sightings = new Sightings<string>(ALONE);
  sightings.add('1', 'queued', 10, 900);
  assert.equal(sightings.at(900, 5), 'queued');
  assert.equal(sightings.at(900, 11), undefined);
});

test('what was distrusted is shown only after a read that was sent later', () => {
  const sightings = new Sightings<string>(ALONE);
  sightings.add('1', 'queued', 0, 5);
  sightings.distrust(10);
  assert.equal(sightings.at(11, 11), undefined);
  // Under way when the newer state was seen: it may have missed it.
  sightings.add('1', 'queued', 9, 12);
  assert.equal(sightings.at(12, 11), undefined);
  sightings.add('2', 'paused', 13, 14);
  assert.equal(sightings.at(14, 11), 'paused');
});

test('among several processes a new state is shown after the delay, the old one until then', () => {
  const sightings = new Sightings<string>(SHARED);
  sightings.add('1', 'queued', 0, 5);
  assert.equal(sightings.at(104, 0), undefined);
  assert.equal(sightings.at(105, 0), 'queued');
  sightings.add('1', 'queued', 300, 305);
  sightings.add('2', 'running', 340, 345);
  assert.equal(sightings.at(390, 390), 'queued');
  // Between 300 and 345 it changed: what was true at 320 nobody knows.
  assert.equal(sightings.at(420, 420), undefined);
  assert.equal(sightings.at(445, 420), 'running');
});

/** A process with a clock of the simulation: it reads when asked to, each read taking a while, and answers as soon as it may. */
class Process {
  readonly #sightings = new Sightings<number>(SHARED);
  readonly #versionAt: (time: number) => number;
  #freeAt = 0;

  constructor(versionAt: (time: number) => number) {
    this.#versionAt = versionAt;
  }

  /** When the answer comes, and what it says. */
  ask(askedAt: number, reads: { takes: number; at: number }[]): { time: number; version: number } {
    let now = askedAt;
    for (;;) {
      const version = this.#sightings.at(now, askedAt);
      if (version !== undefined) return { time: now, version };
      if (this.#sightings.confirmedAt < askedAt) {
        const { takes, at } = reads.shift() ?? { takes: 1, at: 0.5 };
        const sentAt = Math.max(now, this.#freeAt);
        now = sentAt + takes;
        this.#freeAt = now;
        const seen = this.#versionAt(sentAt + takes * at);
        this.#sightings.add(String(seen), seen, sentAt, now);
      } else {
        now += 5;
      }
    }
  }
}

test('who alternates between processes never sees a job go back, and never anything older than 250 ms', () => {
  const read = fc.record({
    takes: fc.double({ min: 0.1, max: 120, noNaN: true }),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const question = fc.record({
    process: fc.nat(2),
    pause: fc.double({ min: 0, max: 300, noNaN: true }),
    reads: fc.array(read, { maxLength: 4 }),
  });
  const changes = fc.array(fc.double({ min: 0, max: 150, noNaN: true }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(changes, fc.array(question, { minLength: 2, maxLength: 60 }), (gaps, questions) => {
      const times: number[] = [];
      for (const gap of gaps) times.push((times.at(-1) ?? 0) + gap);
      const versionAt = (time: number) => times.filter((at) => at <= time).length;
      const processes = [0, 1, 2].map(() => new Process(versionAt));
      let now = 0;
      let shown = 0;
      for (const { process, pause, reads } of questions) {
        const askedAt = now + pause;
        const slowest = reads.reduce((sum, { takes }) => sum + takes, 0);
        const answer = processes[process]?.ask(askedAt, [...reads]) ?? assert.fail();
        assert.ok(answer.version >= shown, `version ${answer.version} after ${shown} at ${answer.time}`);
        // The delay and the pace of looking again; slow reads only make the answer come later.
        assert.ok(answer.version >= versionAt(askedAt - SHARED.delayMs), 'older than the delay');
        assert.ok(answer.time - askedAt <= SHARED.delayMs + slowest + 10, 'waits too long');
        shown = answer.version;
        now = answer.time;
      }
    }),
    { seed: 20_261_122, numRuns: 2000 },
  );
});
