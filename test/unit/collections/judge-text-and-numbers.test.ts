import { describe } from 'node:test';
import { json, oneField, table } from './judge-harness.ts';

const text = { type: 'string' };
const integer = { type: 'integer' };
const number = { type: 'number' };

describe('text', () => {
  table('plain', oneField(text), [
    ['00501', '00501'],
    [' a ', ' a '],
    ['', ''],
    [null, null],
    [undefined, undefined],
    ['a\0b', 'field.nul_character'],
    ['\ud800', 'field.lone_surrogate'],
    [json('number', '12'), 'field.not_text'],
    [json('boolean', 'true'), 'field.not_text'],
    ['😀', '😀'],
  ]);
  table(
    'limits count characters, not UTF-16 units',
    oneField({ type: 'string', minLength: 2, maxLength: 3 }),
    [
      ['😀', 'field.too_short'],
      ['😀😀', '😀😀'],
      ['😀😀😀', '😀😀😀'],
      ['😀😀😀😀', 'field.too_long'],
      ['a', 'field.too_short'],
      ['abcd', 'field.too_long'],
    ],
  );
  table(
    'varchar(2)',
    oneField(text),
    [
      ['ab', 'ab'],
      ['ab ', 'field.too_long'],
      ['😀😀', '😀😀'],
    ],
    'character varying(2)',
    { maxLength: 2 },
  );
  table('pattern and format', oneField({ type: 'string', pattern: '^a', format: 'email' }), [
    ['a@b.co', 'a@b.co'],
    ['b@b.co', 'field.pattern'],
    ['ab', 'field.format'],
  ]);
  table('enum', oneField({ type: 'string', enum: ['red', 'green'] }), [
    ['red', 'red'],
    ['Red', 'field.not_allowed'],
  ]);
  table(
    'enum type of the column',
    oneField(text),
    [
      ['happy', 'happy'],
      ['glad', 'field.not_allowed'],
    ],
    'mood',
    { enumLabels: ['happy', 'sad'] },
  );
  table('rules', oneField(text, { trim: true, empty: 'null', nullWords: ['NA', '-'] }), [
    [' a ', 'a'],
    ['  ', null],
    ['', null],
    ['NA', null],
    [' - ', null],
    ['na', 'na'],
    ['\u00a0a', 'a'],
  ]);
});

describe('integer', () => {
  table('grammar', oneField(integer), [
    ['7', '7'],
    ['007', '7'],
    ['+7', '7'],
    ['-0', '0'],
    [' 7 ', '7'],
    ['7.0', 'field.not_integer'],
    ['7e0', 'field.not_integer'],
    ['0x1F', 'field.not_integer'],
    ['', null],
    ['12a', 'field.not_integer'],
    ['1,000', 'field.not_integer'],
    ['NaN', 'field.not_integer'],
    [json('number', '7'), '7'],
    [json('number', '7.0'), '7'],
    [json('number', '7.5'), 'field.not_integer'],
    [json('number', '1e3'), '1000'],
    [json('boolean', 'true'), 'field.not_integer'],
    ['12', '12'],
  ]);
  table('bigint by default', oneField(integer), [
    ['9223372036854775807', '9223372036854775807'],
    ['9223372036854775808', 'field.out_of_range'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['-9223372036854775809', 'field.out_of_range'],
  ]);
  table(
    'smallint',
    oneField(integer),
    [
      ['32767', '32767'],
      ['32768', 'field.out_of_range'],
      ['-32769', 'field.out_of_range'],
    ],
    'smallint',
  );
  table(
    'numeric without arguments takes any length',
    oneField(integer),
    [['9'.repeat(40), '9'.repeat(40)]],
    'numeric',
  );
  table('bounds beyond 2^53', oneField({ type: 'integer', minimum: '9007199254740993' }), [
    ['9007199254740993', '9007199254740993'],
    ['9007199254740992', 'field.out_of_range'],
    ['999999999999999', 'field.out_of_range'],
  ]);
  table('bounds far beyond 2^53', oneField({ type: 'integer', minimum: '-9223372036854775808' }), [
    ['-99999999999999', '-99999999999999'],
    ['-9223372036854775808', '-9223372036854775808'],
    ['-9223372036854775809', 'field.out_of_range'],
  ]);
  table('multipleOf and enum', oneField({ type: 'integer', multipleOf: 5, enum: [5, 7, 10] }), [
    ['05', '5'],
    ['7', 'field.not_multiple'],
    ['15', 'field.not_allowed'],
  ]);
  table('thousands', oneField(integer, { thousandsMark: ',' }), [
    ['1,234,567', '1234567'],
    ['12,34', 'field.not_integer'],
    ['1234', '1234'],
    [',123', 'field.not_integer'],
  ]);
});

describe('number', () => {
  table(
    'a column of doubles',
    oneField(number),
    [
      ['1e200', `1${'0'.repeat(200)}`],
      ['-2.5E-200', `-0.${'0'.repeat(199)}25`],
      ['1e309', 'field.out_of_range'],
      ['1e-330', 'field.out_of_range'],
      ['1e401', 'field.not_number'],
      [json('number', '1e+200'), `1${'0'.repeat(200)}`],
    ],
    'double precision',
  );
  table('grammar', oneField(number), [
    ['1.10', '1.10'],
    ['12,5', 'field.not_number'],
    ['1e400', 'field.not_number'],
    ['NaN', 'field.not_number'],
    ['Infinity', 'field.not_number'],
    ['0x1F', 'field.not_number'],
    ['1e-5', '0.00001'],
    [json('number', '12345678901234567890.12'), '12345678901234567890.12'],
    [json('boolean', 'true'), 'field.not_number'],
    ['', null],
    ['-.50', '-0.50'],
  ]);
  table(
    'numeric(5,2)',
    oneField(number),
    [
      ['123.45', '123.45'],
      ['123.450', '123.450'],
      ['123.456', 'field.too_precise'],
      ['1234', 'field.out_of_range'],
      ['0.01', '0.01'],
    ],
    'numeric(5,2)',
    { precision: 5, scale: 2 },
  );
  table(
    'an integer column',
    oneField(number),
    [
      ['5.00', '5'],
      ['5.5', 'field.too_precise'],
      ['40000', 'field.out_of_range'],
    ],
    'smallint',
  );
  table(
    'real',
    oneField(number),
    [
      ['3.4e38', `34${'0'.repeat(37)}`],
      ['3.5e38', 'field.out_of_range'],
      ['1e-50', 'field.out_of_range'],
      ['0.0', '0.0'],
    ],
    'real',
  );
  table('exclusive bounds', oneField({ type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.3 }), [
    ['0', 'field.out_of_range'],
    ['0.0', 'field.out_of_range'],
    ['0.30', 'field.out_of_range'],
    ['0.29999999999999999999', '0.29999999999999999999'],
  ]);
  table('multipleOf is exact', oneField({ type: 'number', multipleOf: 0.01 }), [
    ['1.13', '1.13'],
    ['1.135', 'field.not_multiple'],
  ]);
  table('marks', oneField(number, { decimalMark: ',', thousandsMark: '.' }), [
    ['1.234,50', '1234.50'],
    ['12,5', '12.5'],
    ['1.5', 'field.not_number'],
    ['1234,5', '1234.5'],
    ['1.234', '1234'],
    [json('number', '1.5'), '1.5'],
  ]);
});

describe('boolean', () => {
  table('default words', oneField({ type: 'boolean' }), [
    ['true', 't'],
    ['FALSE', 'f'],
    ['t', 'field.not_boolean'],
    ['1', 'field.not_boolean'],
    [json('boolean', 'true'), 't'],
    [json('number', '1'), 'field.not_boolean'],
  ]);
  table('own words', oneField({ type: 'boolean' }, { trueWords: ['Ja', '1'], falseWords: ['Nein', '0'] }), [
    ['JA', 't'],
    ['nein', 'f'],
    ['true', 'field.not_boolean'],
    [json('number', '1'), 't'],
  ]);
});
