import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { quoteName, showInvisible, showName } from '../../../src/core/show-invisible.ts';

describe('showInvisible', () => {
  const shown: readonly [what: string, text: string, shown: string][] = [
    ['letters that are plain', 'code, "Größe"; 日本', 'code, "Größe"; 日本'],
    ['line ends and tabs', 'a\tb\r\nc', 'a\tb\r\nc'],
    ['a zero-width blank', 'code\u200b', 'code<U+200B>'],
    ['a byte order mark', '\ufeffcode', '<U+FEFF>code'],
    ['blanks of other kinds', '1\u00a0234\u202f5\u2009', '1<U+00A0>234<U+202F>5<U+2009>'],
    ['an ideographic blank', '日\u3000本', '日<U+3000>本'],
    ['a line separator', 'a\u2028b', 'a<U+2028>b'],
    ['marks of direction', '\u202egpj', '<U+202E>gpj'],
    ['a soft hyphen', 'co\u00adde', 'co<U+00AD>de'],
    ['a filler of Hangul', 'a\u3164', 'a<U+3164>'],
    ['a mark outside of the first plane', 'a\u{e0001}', 'a<U+E0001>'],
    ['a joiner between letters', 'a\u200db', 'a<U+200D>b'],
    ['a joiner at the end of a picture', '👩\u200d', '👩\u200d'],
    [
      'pictures of several',
      '👩\u200d💻 👨🏽\u200d🚀 🏳\ufe0f\u200d🌈',
      '👩\u200d💻 👨🏽\u200d🚀 🏳\ufe0f\u200d🌈',
    ],
    ['an accent that is apart from its letter', 'e\u0301', 'e<U+0301>'],
    ['an accent that has no letter of its own', 'x\u0301', 'x\u0301'],
    ['an accent within its letter', '\u00e9', '\u00e9'],
    ['several accents in their order', '\u1ec7', '\u1ec7'],
    ['several accents apart', 'e\u0323\u0302', 'e<U+0323><U+0302>'],
    ['nothing', '', ''],
  ];
  for (const [what, text, expected] of shown) {
    test(`tells ${what}`, () => assert.equal(showInvisible(text), expected));
  }

  test('two texts that are not the same are never shown alike, where one letter or accent tells them apart', () => {
    const unseen = fc.constantFrom('\u200b', '\ufeff', '\u00a0', '\u202f', '\u00ad', '\u200e', '\u3164');
    const word = fc.string({ unit: 'grapheme-ascii', maxLength: 6 });
    const property = fc.property(word, word, unseen, (start, end, letter) => {
      assert.notEqual(showInvisible(start + letter + end), showInvisible(start + end));
      assert.match(showInvisible(start + letter + end), /<U\+[0-9A-F]{4}>/);
      assert.equal(showInvisible(showInvisible(start + letter)), showInvisible(start + letter));
    });
    fc.assert(property, { seed: 20_260_101 });
  });

  test('a name in a message stays on its line, and moves no cursor', () => {
    assert.equal(showName('a\nb\u001b[2J\u200b'), 'a\\nb\\u001b[2J<U+200B>');
    assert.equal(quoteName('id\u00a0'), '"id<U+00A0>"');
  });
});
