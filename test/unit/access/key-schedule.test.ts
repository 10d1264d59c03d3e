import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planKeys, type ScheduledKey, signingKey } from '../../../src/access/tokens/key-schedule.ts';

const DAY_MS = 86_400_000;
const NOW = new Date('2026-06-15T00:00:00Z');
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY_MS);
const key = (kid: string, days: number): ScheduledKey => ({ kid, signsFrom: inDays(days) });

test('at the beginning two keys are made: one that signs, and the next', () => {
  assert.deepEqual(planKeys([], NOW), { missing: [NOW, inDays(30)], over: [] });
});

test('with one that signs and a next one nothing is to be done', () => {
  assert.deepEqual(planKeys([key('a', -29), key('b', 1)], NOW), { missing: [], over: [] });
});

test('when the next one signs, another is published, and the old one stays for a day', () => {
  assert.deepEqual(planKeys([key('a', -30), key('b', 0)], NOW), { missing: [inDays(30)], over: [] });
  assert.deepEqual(planKeys([key('a', -32), key('b', -1.5), key('c', 28)], NOW), {
    missing: [],
    over: ['a'],
  });
});

test('however late somebody looks, no key signs before it was published for ten minutes', () => {
  const { missing, over } = planKeys([key('a', -400), key('b', -370)], NOW);
  assert.deepEqual(missing, [new Date(NOW.getTime() + 600_000)]);
  assert.deepEqual(over, ['a']);
  assert.equal(
    signingKey([key('a', -400), key('b', -370), { kid: 'c', signsFrom: missing[0] as Date }], NOW)?.kid,
    'b',
  );
});
