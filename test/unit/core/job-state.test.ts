import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  FINAL_STATES,
  isFinal,
  JOB_EVENTS,
  JOB_STATES,
  type JobState,
  nextState,
  statesBefore,
  TRANSITIONS,
} from '../../../src/core/job-state.ts';

test('every event leads somewhere, and every state but the first can be reached', () => {
  for (const event of JOB_EVENTS) assert.ok(statesBefore(event).length > 0, event);
  const reached = new Set(JOB_STATES.flatMap((state) => Object.values(TRANSITIONS[state])));
  for (const state of JOB_STATES) {
    if (state !== 'scheduled') assert.ok(reached.has(state), state);
  }
});

test('states before an event are exactly those that have its arrow', () => {
  for (const event of JOB_EVENTS) {
    for (const state of JOB_STATES) {
      assert.equal(statesBefore(event).includes(state), nextState(state, event) !== undefined);
    }
  }
});

test('from every state that is not final the job can end', () => {
  for (const state of JOB_STATES.filter((candidate) => !isFinal(candidate))) {
    assert.ok(
      canReach(state, (next) => isFinal(next)),
      state,
    );
  }
});

test('a job that is not final can always be cancelled, and intentions are obeyed or overtaken by the end', () => {
  for (const state of JOB_STATES.filter((candidate) => !isFinal(candidate))) {
    assert.ok(
      canReach(state, (next) => next === 'cancelled'),
      state,
    );
  }
  assert.deepEqual(Object.keys(TRANSITIONS.cancelling).toSorted(), [
    'cancelled',
    'delivery_started',
    'failed',
    'succeeded',
  ]);
});

test('a job whose result is complete never makes it again by itself', () => {
  for (const [event, next] of Object.entries(TRANSITIONS.delivering)) {
    assert.ok(next === 'delivering' || next === 'cancelling' || isFinal(next), event);
  }
});

test('what has succeeded stays; what failed or was stopped goes on only when a person asks', () => {
  assert.deepEqual(TRANSITIONS.succeeded, {});
  assert.deepEqual(Object.keys(TRANSITIONS.failed), ['retried', 'delivery_retried']);
  assert.deepEqual(Object.keys(TRANSITIONS.cancelled), ['resumed']);
  for (const state of JOB_STATES)
    assert.equal(isFinal(state), (FINAL_STATES as readonly string[]).includes(state));
});

test('only a claim makes a job run, but for a pause that is taken back before it has come true', () => {
  for (const state of JOB_STATES) {
    for (const event of JOB_EVENTS) {
      if (nextState(state, event) !== 'running') continue;
      assert.ok((state === 'queued' && event === 'claimed') || (state === 'pausing' && event === 'resumed'));
    }
  }
});

function canReach(from: JobState, isWanted: (state: JobState) => boolean): boolean {
  const seen = new Set<JobState>([from]);
  for (const state of seen) for (const next of Object.values(TRANSITIONS[state])) seen.add(next);
  return [...seen].some(isWanted);
}
