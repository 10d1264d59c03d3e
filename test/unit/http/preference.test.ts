import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HTTP_LIMITS } from '../../../src/http/limits.ts';
import { parsePreference } from '../../../src/http/status/preference.ts';

test('wait is found among other preferences, and bounded', () => {
  assert.deepEqual(parsePreference('wait=5'), { waitSeconds: 5 });
  assert.deepEqual(parsePreference('respond-async, wait=7; foo'), { waitSeconds: 7 });
  assert.deepEqual(parsePreference(['respond-async', 'Wait = "9"']), { waitSeconds: 9 });
  assert.deepEqual(parsePreference('wait=100000'), { waitSeconds: HTTP_LIMITS.waitSeconds.value });
  assert.deepEqual(parsePreference('wait=0'), { waitSeconds: 0 });
});

test('preferences that are unknown or malformed are ignored', () => {
  for (const header of [undefined, '', 'respond-async', 'wait', 'wait=', 'wait=-1', 'wait=1.5', 'await=3'])
    assert.deepEqual(parsePreference(header), {});
});
