import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { lookOf, simplifyName } from '../../../src/collections/same-name.ts';

/** Names that are one to a person; the look tells more of them apart. */
const SAME: readonly [what: string, one: string, other: string, haveSameLook: boolean][] = [
  ['case', 'Title', 'TITLE', false],
  ['case where a letter becomes two', 'straße', 'STRASSE'.replace('SS', 'ß'), false],
  ['case of a letter with a dot', 'İd', 'i\u0307d', false],
  ['blanks', 'first name', 'firstname', false],
  ['blanks of another kind', 'first name', 'first\u00a0name', true],
  ['blanks around it', ' id ', 'id', true],
  ['a tab for a blank', 'first\tname', 'first name', true],
  ['an underscore for a hyphen', 'first_name', 'first-name', false],
  ['the encoding of an accent', '\u00e9t\u00e9', 'e\u0301te\u0301', true],
  ['a zero-width blank', 'id', 'i\u200bd', true],
  ['a byte order mark', '\ufeffid', 'id', true],
  ['a soft hyphen', 'da\u00adte', 'date', true],
  ['marks of direction', '\u202bid\u202c', 'id', true],
  ['a selector of variants', 'id\ufe0f', 'id', true],
  ['a joiner of graphemes', 'id\u034f', 'id', true],
  ['an unseen letter between a letter and its accent', 'e\u200b\u0301', '\u00e9', true],
];

const DIFFERENT: readonly [one: string, other: string][] = [
  ['id', 'ids'],
  ['e', '\u00e9'],
  ['a.b', 'ab'],
  ['1', '10'],
  ['\u0441ode', 'code'],
  ['ﬁne', 'fine'],
];

describe('names', () => {
  for (const [what, one, other, haveSameLook] of SAME) {
    test(`are one whatever ${what}`, () => {
      assert.equal(simplifyName(one), simplifyName(other));
      assert.equal(lookOf(one) === lookOf(other), haveSameLook);
    });
  }
  for (const [one, other] of DIFFERENT) {
    test(`are two: ${one} and ${other}`, () => {
      assert.notEqual(simplifyName(one), simplifyName(other));
      assert.notEqual(lookOf(one), lookOf(other));
    });
  }

  test('what looks the same is one, and simplifying twice changes nothing', () => {
    const letter = fc.constantFrom(
      'a',
      'B',
      'é',
      'e\u0301',
      ' ',
      '\u00a0',
      '_',
      '-',
      '\u200b',
      'İ',
      'ß',
      '\u0345',
      'ς',
    );
    const name = fc.array(letter, { maxLength: 8 }).map((letters) => letters.join(''));
    const property = fc.property(name, name, (one, other) => {
      assert.equal(simplifyName(simplifyName(one)), simplifyName(one));
      assert.equal(lookOf(lookOf(one)), lookOf(one));
      if (lookOf(one) === lookOf(other)) assert.equal(simplifyName(one), simplifyName(other));
    });
    fc.assert(property, { seed: 20_260_101, numRuns: 2000 });
  });
});
