/** Sealed texts: what was sealed for a cell opens there with its key, and nowhere else, nor after any change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as assertProperty, property, string } from 'fast-check';
import {
  createKeyLine,
  keyIdOf,
  openText,
  parseKeyLine,
  type SealingKey,
  sealText,
} from '../../../src/store/secrets/sealing-key.ts';

function createKey(): SealingKey {
  return parseKeyLine(createKeyLine()) ?? assert.fail('a new key is a key');
}

const KEY = createKey();
const CELL = { table: 'remotes', row: 'nightly', column: 'secret' };

test('any text comes back, and its seal names the key', () => {
  assertProperty(
    property(string({ unit: 'binary' }), string(), (text, row) => {
      const cell = { ...CELL, row };
      const sealed = sealText(KEY, cell, text);
      assert.equal(keyIdOf(sealed), KEY.id);
      assert.equal(openText(KEY, cell, sealed), text.toWellFormed());
    }),
  );
});

test('the same text is never sealed to the same', () => {
  assert.notEqual(sealText(KEY, CELL, 'a'), sealText(KEY, CELL, 'a'));
});

test('a seal opens in no other table, row or column, and with no other key', () => {
  const sealed = sealText(KEY, CELL, 'hunter2');
  for (const other of [
    { ...CELL, table: 'remote' },
    { ...CELL, row: 'nightly2' },
    { ...CELL, column: 'secrets' },
    { table: 'remotes', row: 'nightlysecret', column: '' },
  ]) {
    assert.throws(() => openText(KEY, other, sealed));
  }
  const other = createKey();
  assert.throws(() => openText(other, CELL, sealed));
  // Even one that says it is the right one.
  assert.throws(() => openText({ ...other, id: KEY.id }, CELL, sealed));
});

test('no character of a seal can be changed', () => {
  const sealed = sealText(KEY, CELL, 'hunter2');
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
    // The last characters of base64url have bits that decode to nothing.
    if (sameBytes(changed, sealed)) continue;
    assert.throws(() => openText(KEY, CELL, changed), `at ${at}`);
  }
  assert.throws(() => openText(KEY, CELL, sealed.slice(0, -1)));
  assert.throws(() => openText(KEY, CELL, ''));
});

function sameBytes(a: string, b: string): boolean {
  const decode = (text: string) =>
    text
      .split('.')
      .map((part, place) => (place < 2 ? part : Buffer.from(part, 'base64url').toString('hex')))
      .join('.');
  return decode(a) === decode(b);
}

test('what is not the line of a key is none', () => {
  for (const line of ['', 'wsk_', 'wsk_short', `${createKeyLine()}x`, createKeyLine().replace('wsk', 'wbk')])
    assert.equal(parseKeyLine(line), undefined);
});
