/** Numbers as people and their programs write them: only what the rules name is read, and never as another number. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { oneField, table, verdict } from './judge-harness.ts';

const number = { type: 'number' };
const integer = { type: 'integer' };
const NOT = 'field.not_number';

describe('marks that look alike', () => {
  const blanks = [' ', '\u00a0', '\u202f', '\u2009'];
  const apostrophes = ["'", '\u2019'];
  for (const family of [blanks, apostrophes]) {
    for (const said of family) {
      test(`are taken for U+${said.codePointAt(0)?.toString(16)}`, () => {
        const collection = oneField(number, { decimalMark: ',', thousandsMark: said });
        const whole = oneField(integer, { thousandsMark: said });
        for (const mark of family) {
          assert.equal(verdict(collection, `-1${mark}234${mark}567,5`), '-1234567.5');
          assert.equal(verdict(whole, `1${mark}234`), '1234');
          assert.equal(verdict(collection, `12${mark}34,5`), NOT);
        }
        for (const mark of [...blanks, ...apostrophes, '.'].filter((other) => !family.includes(other)))
          assert.equal(verdict(collection, `1${mark}234,5`), NOT);
      });
    }
  }
  table('a minus', oneField(number), [
    ['\u22121.5', '-1.5'],
    ['-\u22121.5', NOT],
    ['1\u2212', NOT],
    ['1\u00a0000', NOT],
  ]);
});

describe('what stands around a number', () => {
  table('nothing is read without a rule', oneField(number, { thousandsMark: ',' }), [
    ['(1.50)', NOT],
    ['5.00-', NOT],
    ['12 %', NOT],
    ['$5.00', NOT],
    ['5 EUR', NOT],
  ]);
  const all = {
    thousandsMark: ',',
    negatives: ['parentheses', 'trailing'],
    percent: 'share',
    units: ['$', 'EUR'],
  };
  table('all of it', oneField(number, all), [
    ['(1,234.50)', '-1234.50'],
    ['( 1.50 )', '-1.50'],
    ['5.00-', '-5.00'],
    ['$5.00', '5.00'],
    ['-$5.00', '-5.00'],
    ['$-5.00', '-5.00'],
    ['($5.00)', '-5.00'],
    ['5 EUR', '5'],
    ['5.00-EUR', '-5.00'],
    ['12 %', '0.12'],
    ['12.5%', '0.125'],
    ['-12\u00a0%', '-0.12'],
    ['12', '12'],
    ['(-5)', NOT],
    ['-5-', NOT],
    ['--5', NOT],
    ['- 5', NOT],
    ['(5', NOT],
    ['$5 EUR', NOT],
    ['$$5', NOT],
    ['%', NOT],
    ['()', NOT],
    ['12 %%', NOT],
    ['12,34.5', NOT],
    ['5 GBP', NOT],
  ]);
  table('a percent sign that says nothing', oneField(number, { decimalMark: ',', percent: 'number' }), [
    ['12,5 %', '12.5'],
  ]);
  table('whole numbers', oneField(integer, { negatives: ['parentheses'], units: ['kg'] }), [
    ['(12)', '-12'],
    ['7 kg', '7'],
    ['7.5 kg', 'field.not_integer'],
  ]);
  for (const [rules, words] of [
    [{ units: ['5'] }, /is no unit/],
    [{ units: [' EUR'] }, /is no unit/],
    [{ negatives: ['brackets'] }, /expected parentheses, trailing/],
    [{ percent: 'half' }, /expected one of/],
  ] as const) {
    test(`${JSON.stringify(rules)} is refused`, () => assert.throws(() => oneField(number, rules), words));
  }
});
