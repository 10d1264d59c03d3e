import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { createJudge } from '../../../src/collections/judge.ts';
import type { SourceValue } from '../../../src/core/source-value.ts';
import { anyText, column, json, oneField, verdict } from './judge-harness.ts';

type Case = readonly [value: SourceValue, expected: string | null | undefined];

function table(
  name: string,
  collection: ReturnType<typeof oneField>,
  cases: readonly Case[],
  sqlType?: string,
  more = {},
) {
  for (const [value, expected] of cases) {
    test(`${name}: ${JSON.stringify(value)} is ${expected}`, () => {
      const facts = sqlType === undefined ? [] : [column('f', sqlType, more)];
      assert.equal(verdict(collection, value, { facts }), expected);
    });
  }
}

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

describe('dates and times', () => {
  table('date', oneField({ type: 'string', format: 'date' }), [
    ['2024-02-29', '2024-02-29'],
    ['2023-02-29', 'field.not_date'],
    ['today', 'field.not_date'],
    ['2024-01-31T00:00', 'field.not_date'],
    [json('number', '20240131'), 'field.not_date'],
  ]);
  table(
    'patterns',
    oneField({ type: 'string', format: 'date' }, { datePatterns: ['dd.MM.yyyy', 'yyyyMMdd'] }),
    [
      ['31.01.2024', '2024-01-31'],
      ['20240131', '2024-01-31'],
      [json('number', '20240131'), '2024-01-31'],
      ['2024-01-31', 'field.not_date'],
    ],
  );
  table('date-time', oneField({ type: 'string', format: 'date-time' }), [
    ['2024-01-31T12:30:00Z', '2024-01-31T12:30:00Z'],
    ['2024-01-31 12:30+02', '2024-01-31T12:30:00+02:00'],
    ['2024-01-31T12:30:00', 'field.not_date_time'],
    ['2024-01-31T12:30:00.1234567Z', 'field.too_precise'],
    ['now', 'field.not_date_time'],
  ]);
  table(
    'date-time in a zone',
    oneField({ type: 'string', format: 'date-time' }, { timeZone: 'America/New_York' }),
    [
      ['2024-01-31T12:30:00', '2024-01-31T17:30:00Z'],
      ['2024-01-31T12:30:00.25', '2024-01-31T17:30:00.25Z'],
      ['2024-01-31T12:30:00+01:00', '2024-01-31T12:30:00+01:00'],
      ['2024-03-10T02:30:00', 'field.not_date_time'],
    ],
  );
  table(
    'date-time for a column without zone',
    oneField({ type: 'string', format: 'date-time' }),
    [
      ['2024-01-31 12:30', '2024-01-31T12:30:00'],
      ['2024-01-31T12:30:00Z', 'field.not_date_time'],
    ],
    'timestamp without time zone',
  );
  table(
    'timestamp(0)',
    oneField({ type: 'string', format: 'date-time' }),
    [
      ['2024-01-31T12:30:00.5Z', 'field.too_precise'],
      ['2024-01-31T12:30:00.0Z', '2024-01-31T12:30:00Z'],
    ],
    'timestamp(0) with time zone',
  );
  table('time', oneField({ type: 'string', format: 'time' }), [
    ['12:30', '12:30:00'],
    ['12:30:01.50', '12:30:01.5'],
    ['24:00', 'field.not_time'],
    ['12:30Z', 'field.not_time'],
  ]);
});

describe('uuid, JSON and arrays', () => {
  table('uuid', oneField({ type: 'string', format: 'uuid' }), [
    ['123E4567-E89B-42D3-A456-426614174000', '123e4567-e89b-42d3-a456-426614174000'],
    ['123e4567e89b42d3a456426614174000', 'field.not_uuid'],
  ]);
  table('json', oneField({ type: 'object', properties: { a: { type: 'integer' } } }), [
    ['{"a":12345678901234567890}', '{"a":12345678901234567890}'],
    ['{"a":"1"}', 'field.schema'],
    ['{a:1}', 'field.not_json'],
    ['5', 'field.schema'],
    [json('object', String.raw`{"b":"\u0000"}`), 'field.nul_character'],
    [json('object', String.raw`{"b":"\\u0000"}`), String.raw`{"b":"\\u0000"}`],
    [json('object', String.raw`{"b":"\ud800"}`), 'field.lone_surrogate'],
    [json('object', '{"a":1.10}'), 'field.schema'],
  ]);
  table(
    'text[]',
    oneField({ type: 'array', maxItems: 3 }),
    [
      [json('array', '["a","b c",null,"q\\"\\\\"]'), 'field.schema'],
      [json('array', '["a","q\\"\\\\",null]'), '{"a","q\\"\\\\",NULL}'],
      ['{a,"b c",NULL}', '{"a","b c",NULL}'],
      ['{a,b', 'field.not_json'],
      ['{}', '{}'],
      ['[]', '{}'],
      ['a', 'field.not_json'],
      [json('array', '[1]'), 'field.not_text'],
      [json('array', '[["a"],["b"]]'), '{{"a"},{"b"}}'],
      [json('array', '[["a"],["b","c"]]'), 'field.not_json'],
    ],
    'text[]',
  );
  table(
    'numeric[]',
    oneField({ type: 'array' }),
    [
      [json('array', '[1.10,12345678901234567890]'), '{"1.10","12345678901234567890"}'],
      [json('array', '["x"]'), 'field.not_number'],
    ],
    'numeric[]',
  );

  test('a JSON string in a JSON source is that string', () => {
    const any = oneField({ type: ['object', 'array', 'string', 'number', 'boolean'] });
    assert.equal(verdict(any, 'a"b', { isJsonSource: true }), String.raw`"a\"b"`);
    assert.equal(verdict(any, 'a"b'), 'field.not_json');
  });
});

test('no value makes the judge throw, whatever the field', () => {
  const properties = [
    text,
    integer,
    number,
    { type: 'boolean' },
    { type: 'object' },
    ...['date', 'time', 'date-time', 'uuid', 'email', 'uri'].map((format) => ({ type: 'string', format })),
  ];
  const value = fc.oneof(
    anyText(30),
    fc.string({ unit: fc.constantFrom(...'0123456789-+.:TZe,{}[]" '.split('')), maxLength: 25 }),
    fc.constantFrom<SourceValue>(null, undefined),
    fc.json({ maxDepth: 2 }).map((source) => ({ kind: 'object' as const, text: source })),
    fc.double().map((value) => ({ kind: 'number' as const, text: JSON.stringify(value) })),
  );
  const sqlTypes = [
    undefined,
    'text[]',
    'numeric[]',
    'character(3)',
    'timestamp(3) without time zone',
    'real',
  ];
  const judges = properties.flatMap((property) =>
    sqlTypes.flatMap((sqlType) =>
      [true, false].map((isJsonSource) => {
        const facts = sqlType === undefined ? [] : [column('f', sqlType)];
        return createJudge({
          collection: oneField(property, undefined, { key: ['f'].slice(Number(property.type === 'object')) }),
          facts,
          fields: ['f'],
          isJsonSource,
        });
      }),
    ),
  );
  fc.assert(
    fc.property(fc.constantFrom(...judges), value, ({ record, keyOf }, sample) => {
      record([sample], [], () => undefined);
      keyOf([sample]);
    }),
    { seed: 5, numRuns: 1000 },
  );
});
