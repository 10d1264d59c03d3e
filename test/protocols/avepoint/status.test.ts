/** Status answers of the vendor, read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStatus } from '../../../src/protocols/avepoint/status.ts';

test("the vendor's own example is read", () => {
  // Source: SEED3, response sample.
  assert.deepEqual(readStatus({ jobStatus: 2, status: 200, message: '' }), { state: 'succeeded', wire: '2' });
});

test('each number has its meaning, those of the SDK too', () => {
  // Source: SEED3 (1 to 3); AV-SDK: None 0, Inprogress 1, Successful 2, Failed 3, SuccessWithException 4, Stopping 5, Stopped 6.
  const states = [0, 1, 2, 3, 4, 5, 6].map(
    (jobStatus) => readStatus({ jobStatus, status: 200, message: '' }).state,
  );
  assert.deepEqual(states, ['queued', 'running', 'succeeded', 'failed', 'succeeded', 'running', 'cancelled']);
});

test('a message is the reason', () => {
  assert.deepEqual(readStatus({ jobStatus: 3, status: 200, message: 'No mailbox.' }), {
    state: 'failed',
    wire: '3',
    error: 'No mailbox.',
  });
});

test('what is no status is kept whole', () => {
  for (const raw of [
    { status: 404, message: 'The job does not exist.' },
    { jobStatus: '2', status: 200, message: '' },
    { jobStatus: 7, status: 200, message: '' },
    { jobStatus: { toString: 1 } },
    '<html>',
    null,
    undefined,
    [],
  ]) {
    const { state, raw: kept } = readStatus(raw);
    assert.deepEqual([state, kept], ['unknown', raw]);
  }
});
