import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closestWord, didYouMean } from '../../../src/core/did-you-mean.ts';

test('a word is taken for the nearest one, regardless of case', () => {
  assert.equal(closestWord('emial', ['name', 'email', 'e']), 'email');
  assert.equal(closestWord('MinLenght', ['maxLength', 'minLength']), 'minLength');
  assert.equal(closestWord('ab', ['ba']), 'ba');
});

test('a word that is like none is taken for none', () => {
  assert.equal(closestWord('colour', ['name', 'email']), undefined);
  assert.equal(didYouMean('colour', []), '');
  assert.equal(didYouMean('nmae', ['name']), ' (did you mean "name"?)');
});
