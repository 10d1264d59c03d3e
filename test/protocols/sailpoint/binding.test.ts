import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OBJECT_TYPES } from '../../../src/protocols/sailpoint/object-types.ts';
import { bindProtocols, checkRetention } from '../../../src/server/open-protocols.ts';
import { BINDING } from './fixture.ts';

const DAY_MS = 24 * 3600 * 1000;

test('a binding names the fields that it relies on, with those that are always exported', () => {
  const [mounted] = bindProtocols({ sailpoint: BINDING });
  const scope = undefined;
  assert.deepEqual(mounted?.bound.uses, [
    { collection: 'roles', scope, fields: ['id', 'name'], place: 'types.ROLE' },
    { collection: 'sources', scope, fields: ['id', 'name', 'connector', 'threshold'], place: 'types.SOURCE' },
    { collection: 'transforms', scope, fields: ['id', 'title'], place: 'types.TRANSFORM' },
  ]);
});

test('what a binding may not say is refused with its place', () => {
  const type = { collection: 'sources', id: 'id', name: 'name' };
  const refused: readonly [unknown, RegExp][] = [
    [{}, /protocols\.sailpoint.*types/],
    [{ types: {} }, /types/],
    [{ types: { WORKFLOWS: type } }, /WORKFLOWS/],
    [{ types: { SOURCE: { collection: 'sources', id: 'id' } } }, /name/],
    [{ types: { SOURCE: { ...type, colour: 'red' } } }, /colour/],
    [{ types: { SOURCE: { ...type, object: 'config', fields: ['id'] } } }, /SOURCE/],
  ];
  for (const [binding, problem] of refused) {
    assert.throws(() => bindProtocols({ sailpoint: binding as Record<string, unknown> }), {
      code: 'config.invalid',
      message: problem,
    });
  }
});

test('retention may not be shorter than the seven days that answers promise', () => {
  const mounted = bindProtocols({ sailpoint: BINDING });
  checkRetention({ artifacts: 7 * DAY_MS, uploads: 30 * DAY_MS }, mounted);
  assert.throws(() => checkRetention({ artifacts: 7 * DAY_MS - 1, uploads: 7 * DAY_MS }, mounted), {
    code: 'config.invalid',
    message: /protocols\.sailpoint: its answers promise 168 h, which retention\.artifacts/,
  });
  assert.throws(() => checkRetention({ artifacts: 7 * DAY_MS, uploads: DAY_MS }, mounted), {
    message: /retention\.uploads must not be shorter than; it is 24 h/,
  });
});

test('there are the 25 types of the vendor', () => {
  assert.equal(new Set(OBJECT_TYPES).size, 25);
});
