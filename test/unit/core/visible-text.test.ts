import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visibleLines, visibleText } from '../../../src/core/visible-text.ts';

const UNSEEN: readonly (readonly [string, string, string])[] = [
  ['an escape sequence', 'a\u001b[2Jb', 'a\\u001b[2Jb'],
  ['a sequence of one letter', 'a\u009b2Jb', 'a\\u009b2Jb'],
  ['a bell, a backspace and a delete', '\u0007\b\u007f', '\\u0007\\b\\u007f'],
  ['a return, which goes back to the beginning of the line', 'ok\rno', 'ok\\rno'],
  ['a tab', 'a\tb', 'a\\tb'],
  ['an order from right to left', 'exe.\u202etxt', 'exe.\\u202etxt'],
  ['isolates', '\u2066a\u2069', '\\u2066a\\u2069'],
  ['marks of direction', '\u200e\u200f\u061c', '\\u200e\\u200f\\u061c'],
  ['separators of lines and paragraphs', '\u2028\u2029', '\\u2028\\u2029'],
  ['blanks without width', 'a\u200bb\ufeff\u2060', 'a\\u200bb\\ufeff\\u2060'],
  ['tags, which spell an unseen text', 'a\u{e0041}', 'a\\udb40\\udc41'],
  ['half of a pair', 'a\ud83d', 'a\\ud83d'],
];

for (const [what, text, visible] of UNSEEN) {
  test(`${what} can be seen`, () => {
    assert.equal(visibleText(text), visible);
    assert.equal(visibleLines(text), visible);
  });
}

test('text that can be seen stays as it is', () => {
  for (const text of [
    'Łódź',
    'שלום',
    'مرحبا',
    '日本語',
    '👨‍👩‍👧',
    'क्‍ष',
    'a\u0301',
    '\u0600١',
    'no\u00a0break',
    '"\\u001b"',
  ]) {
    assert.equal(visibleText(text), text);
  }
});

test('a value stays on its line, and lines stay lines', () => {
  assert.equal(visibleText('a\nb'), 'a\\nb');
  assert.equal(visibleLines('a\nb\r\n'), 'a\nb\\r\n');
});

test('JSON is the same JSON', () => {
  const value = Object.fromEntries(UNSEEN.map(([what, text]) => [what, `${text}\n`]));
  for (const indent of [0, 2]) {
    const text = visibleLines(JSON.stringify(value, undefined, indent));
    assert.deepEqual(JSON.parse(text), value);
    assert.doesNotMatch(text, /[\p{Cf}\u0080-\u009f]/u);
  }
});
