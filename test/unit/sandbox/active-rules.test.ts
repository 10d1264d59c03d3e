/** Which rules hold for a request, and from when on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activateRules, type SeenRequest } from '../../../src/sandbox/active-rules.ts';
import type { RuleCondition } from '../../../src/sandbox/scenario.ts';

const STATUS = { protocol: 'avepoint', operationId: 'getExportStatus' };
const KICK_OFF = { protocol: 'avepoint', operationId: 'exportUserActivities' };
const job = (number: number) => ({ number, id: `00000000-0000-4000-8000-00000000000${number}` });
const ask = (number?: number, call = STATUS): SeenRequest => ({
  call,
  at: new Date(),
  ...(number !== undefined && { job: job(number) }),
});

/** For which of the requests, by position from 1, a rule with this condition holds. */
function heldFor(when: RuleCondition, requests: readonly SeenRequest[]): number[] {
  const active = activateRules({ rules: [{ when, do: { error: 'bug' } }] });
  return requests.flatMap((request, index) => (active.apply(request).length > 0 ? [index + 1] : []));
}

for (const [name, when, expected] of [
  ['without a condition, for all', {}, [1, 2, 3, 4, 5, 6]],
  ['of another protocol, for none', { protocol: 'emarsys' }, []],
  ['of a call, for its requests', { call: 'exportUserActivities' }, [1]],
  ['about a number, for that job', { job: 8 }, [3, 5]],
  ['about an id in any spelling, for that job', { job: '00000000000040008000000000000008' }, [3, 5]],
  ['about the second job, for that', { nth: 2 }, [3, 5]],
  ['about polls, for those of each job', { call: 'getExportStatus', polls: { from: 2, to: 2 } }, [4, 5]],
  ['about polls from one on, for the later ones', { polls: { from: 3 } }, [6]],
] as const) {
  test(`a rule ${name}`, () => {
    const requests = [ask(undefined, KICK_OFF), ask(7), ask(8), ask(7), ask(8), ask(7)];
    assert.deepEqual(heldFor(when, requests), expected);
  });
}

test('several rules hold at once, in their order, each since it first did for the job', () => {
  const rules = [{ do: { delay: '1s' } }, { when: { polls: { from: 2 } }, do: { error: 'bug' } }] as const;
  const active = activateRules({ rules });
  const [first, second, third] = [1, 2, 3].map((at) => active.apply({ ...ask(7), at: new Date(at) }));
  assert.deepEqual(
    [first, second].map((applied) => applied?.map(({ rule }) => rule)),
    [[1], [1, 2]],
  );
  assert.deepEqual(
    third?.map(({ since }) => since.getTime()),
    [1, 2],
  );
});
