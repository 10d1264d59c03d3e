import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvLines, findDifference, jsonLines } from '../../../src/cli/demo/compare-records.ts';
import { createScreen } from '../../../src/cli/demo/screen.ts';

test('CSV records are compared as text, whatever their quotes and line ends', () => {
  assert.deepEqual(
    csvLines('a,b\r\n007,"x ""y"", z"\r\n,\r\n'),
    csvLines('"a",b\n"007","x ""y"", z"\n,""\n'),
  );
  assert.equal(csvLines('a,b\n1,2\n').length, 1);
});

test('a lost zero, a lost record, a doubled one and a changed one are differences', () => {
  const wentIn = csvLines('zip,city\n00501,A\n00544,B\n');
  assert.equal(findDifference(wentIn, csvLines('zip,city\n00544,B\n00501,A\n')), undefined);
  for (const cameOut of [
    '00501,A\n',
    '00501,A\n00544,B\n00544,B\n',
    '501,A\n00544,B\n',
    '00501,A\n00544,b\n',
  ])
    assert.notEqual(findDifference(wentIn, csvLines(`zip,city\n${cameOut}`)), undefined, cameOut);
});

test('JSON records are compared by their fields, absent and null being one', () => {
  const lines = (...records: object[]) => jsonLines(records as Record<string, unknown>[], ['a', 'b']);
  assert.equal(findDifference(lines({ a: 1 }), lines({ b: null, a: 1.0 })), undefined);
  assert.notEqual(findDifference(lines({ a: 1 }), lines({ a: '1' })), undefined);
});

test('a check that fails is shown with its difference, and remembered', () => {
  let shown = '';
  const screen = createScreen((text) => (shown += text));
  screen.check('what came out is what went in', 'went in: 1; came out: 2');
  assert.match(shown, /FAILED +what came out is what went in\n +went in: 1; came out: 2\n/);
  assert.deepEqual(
    screen.checks.map(({ isGood }) => isGood),
    [false],
  );
});
