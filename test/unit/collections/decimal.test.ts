import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  compareDecimals,
  decimalDigits,
  isMultipleOf,
  plainDecimal,
  trimDecimal,
} from '../../../src/collections/decimal.ts';

const SEED = { seed: 20_240_131, numRuns: 500 };
const GRAMMAR = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** Value times 10^300, exact, by a way of its own: for comparison with the code under test. */
function scaled(text: string): bigint {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.');
  const power = 300 - fraction.length + Number(exponent);
  const size = BigInt(`0${whole}${fraction}`) * 10n ** BigInt(power);
  return mantissa.startsWith('-') ? -size : size;
}

const digits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'.split('')), minLength: min, maxLength: max });
const sign = fc.constantFrom('', '+', '-');
const decimals = fc
  .tuple(
    sign,
    digits(0, 25),
    fc.option(digits(1, 25), { nil: undefined }),
    fc.option(fc.integer({ min: -100, max: 100 }), { nil: undefined }),
  )
  .map(([s, whole, fraction, exponent]) => {
    const digitsOrZero = whole === '' && fraction === undefined ? '0' : whole;
    return `${s}${digitsOrZero}${fraction === undefined ? '' : `.${fraction}`}${exponent === undefined ? '' : `e${exponent}`}`;
  });

describe('plainDecimal', () => {
  for (const text of [
    '',
    '+',
    '-',
    '.',
    '5.',
    '1e',
    '1e400',
    '0x1F',
    'NaN',
    'Infinity',
    '-Infinity',
    ' 1',
    '1 ',
    '1_000',
    '1,5',
    '--1',
    '1.2.3',
    '١',
    '1e1.5',
  ]) {
    test(`refuses ${JSON.stringify(text)}`, () => assert.equal(plainDecimal(text), undefined));
  }
  for (const [text, plain] of [
    ['007', '7'],
    ['+5', '5'],
    ['-0', '0'],
    ['-0.00', '0.00'],
    ['.5', '0.5'],
    ['-.5', '-0.5'],
    ['1.10', '1.10'],
    ['00', '0'],
    ['1e3', '1000'],
    ['1.5e-3', '0.0015'],
    ['12345678901234567890', '12345678901234567890'],
    ['1.50E1', '15.0'],
    ['1e-2', '0.01'],
  ] as const) {
    test(`writes ${text} as ${plain}`, () => assert.equal(plainDecimal(text), plain));
  }

  test('accepts what the grammar says, with exponents up to 100, and keeps the value', () => {
    fc.assert(
      fc.property(decimals, (text) => {
        const plain = plainDecimal(text);
        assert.ok(
          plain !== undefined && /^(?:0|-?[1-9]\d*|-?(?:0|[1-9]\d*)\.\d+)$/.test(plain),
          `${text} gave ${plain}`,
        );
        assert.equal(scaled(plain), scaled(text));
        assert.equal(plainDecimal(plain), plain);
      }),
      SEED,
    );
  });

  test('refuses whatever the grammar refuses', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'0123456789+-.eE xNa'.split('')), maxLength: 8 });
    fc.assert(
      fc.property(noise, (text) => {
        const isNumber = GRAMMAR.test(text) && Math.abs(Number(/[eE](.*)$/.exec(text)?.[1] ?? 0)) <= 100;
        assert.equal(plainDecimal(text) !== undefined, isNumber, text);
      }),
      SEED,
    );
  });
});

describe('arithmetic on decimal texts', () => {
  test('compares like exact integers', () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const [x = '', y = ''] = [plainDecimal(a), plainDecimal(b)];
        const [p, q] = [scaled(a), scaled(b)];
        assert.equal(Math.sign(compareDecimals(x, y)), p < q ? -1 : p > q ? 1 : 0, `${x} ${y}`);
      }),
      SEED,
    );
  });

  test('knows multiples exactly where floats do not', () => {
    assert.equal(isMultipleOf('1.13', '0.01'), true);
    assert.equal(isMultipleOf('1.135', '0.01'), false);
    assert.equal(isMultipleOf('-9007199254740993', '3'), true);
    assert.equal(isMultipleOf('0', '7'), true);
  });

  test('counts digits before and after the decimal mark', () => {
    assert.deepEqual(decimalDigits('-12.3400'), { whole: 2, fraction: 2 });
    assert.deepEqual(decimalDigits('0.05'), { whole: 0, fraction: 2 });
    assert.deepEqual(decimalDigits('100.00'), { whole: 3, fraction: 0 });
  });

  test('takes trailing zeros of a fraction away, and no others', () => {
    assert.deepEqual(['1.00', '1.10', '100', '0.0', '-5.500'].map(trimDecimal), [
      '1',
      '1.1',
      '100',
      '0',
      '-5.5',
    ]);
  });
});
