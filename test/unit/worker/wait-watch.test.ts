/** What is told of a wait: while it lasts, and after it was in vain. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Target } from '../../../src/targets/target.ts';
import { createWaitWatch } from '../../../src/worker/wait-watch.ts';

function createTrial() {
  let now = 0;
  const target = { findWait: async () => 'a lock' } as unknown as Target;
  const watch = createWaitWatch(
    { jobId: 'j', epoch: 1 },
    (error) => assert.fail(String(error)),
    () => now,
  );
  return {
    begin: () => {
      const work = Promise.withResolvers<void>();
      const done = watch.watch(target, work.promise).catch(() => undefined);
      return { ...work, done };
    },
    /** Some seconds later, and what is told then. */
    look: async () => {
      now += 2000;
      watch.look();
      await nextTurn();
      watch.look();
      return watch.found();
    },
  };
}

test('a wait is told while it lasts, and no longer', async () => {
  const { begin, look } = createTrial();
  const work = begin();
  assert.equal(await look(), 'a lock');
  work.resolve();
  await work.done;
  assert.equal(await look(), undefined);
});

test('a wait that was in vain is told until something else is begun', async () => {
  const { begin, look } = createTrial();
  const work = begin();
  assert.equal(await look(), 'a lock');
  work.reject(new Error('lock timeout'));
  await work.done;
  assert.equal(await look(), 'a lock');
  const next = begin();
  next.resolve();
  await next.done;
  assert.equal(await look(), undefined);
});
