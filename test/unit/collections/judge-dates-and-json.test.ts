import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { createJudge } from '../../../src/collections/judge.ts';
import type { SourceValue } from '../../../src/core/source-value.ts';
import { anyText, column, json, oneField, table, verdict } from './judge-harness.ts';

const text = { type: 'string' };
const integer = { type: 'integer' };
const number = { type: 'number' };

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
      ['2024-03-10T02:30:00', 'field.time_skipped'],
      ['2024-11-03T01:30:00', '2024-11-03T05:30:00Z'],
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

  table(
    'jsonb[]',
    oneField({ type: 'array' }),
    [
      [
        '["5","a\\"b",5,[1,"x"],{"a":1.10},null]',
        String.raw`{"\"5\"","\"a\\\"b\"","5","[1,\"x\"]","{\"a\":1.10}",NULL}`,
      ],
      [String.raw`{"\"5\"",5,NULL,"null","[1, 2]"}`, String.raw`{"\"5\"","5",NULL,"null","[1, 2]"}`],
      ['{a}', 'field.not_json'],
    ],
    'jsonb[]',
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
