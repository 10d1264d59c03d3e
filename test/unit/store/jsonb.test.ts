import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderJsonb } from '../../../src/store/jsonb.ts';

test('what PostgreSQL cannot store is shown by a sign of its own, in values and in names', () => {
  assert.equal(
    renderJsonb({ 'a\0b': ['c\0', { d: '\ud800' }], e: '\\u0000', f: '😀' }),
    '{"a␀b":["c␀",{"d":"\ufffd"}],"e":"\\\\u0000","f":"😀"}',
  );
});

test('everything else is the JSON that it always is', () => {
  const value = { at: new Date(0), none: undefined, list: [1, null, true], größe: '" \\ \n' };
  assert.equal(renderJsonb(value), JSON.stringify(value));
});
