/** Types whose texts PostgreSQL rounds or cuts without a word: what would not be stored as it is, is refused, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SourceValue } from '../../../src/core/source-value.ts';
import { column, judge, oneField } from './judge-harness.ts';

const TOO_LONG = 'field.too_long';
const TOO_PRECISE = 'field.too_precise';
const long = 'x'.repeat(63);

/** By column type: values that it holds as they are, and others with the code. */
const TYPES: Readonly<Record<string, { good: readonly string[]; bad: readonly [string, string][] }>> = {
  name: {
    good: ['a', long, 'é'.repeat(31)],
    bad: [
      [`${long}x`, TOO_LONG],
      ['é'.repeat(32), TOO_LONG],
    ],
  },
  '"char"': {
    good: ['a'],
    bad: [
      ['ab', TOO_LONG],
      ['é', TOO_LONG],
    ],
  },
  'interval(0)': {
    good: ['1 s', '1.0 s', '1.5 days', '0.25 h', '00:00:01', 'PT1S', 'P1.5D', '1 day 02:03:04 ago', '1.0'],
    bad: [
      '1.6 s',
      '.6s',
      '00:00:01.6',
      'PT1.6S',
      '@ 1.6 secs ago',
      '1 day 2.50 seconds',
      '1.6',
      '1.6 ago',
    ].map((text) => [text, TOO_PRECISE]),
  },
  'interval(3)': { good: ['1.125 s', '1.1250 s'], bad: [['1.1251 s', TOO_PRECISE]] },
  interval: { good: ['1.123456 s', '1.1234560'], bad: [['1.1234567 s', TOO_PRECISE]] },
  money: {
    good: ['1.55', '$1,000.50', '1.000', '1.000.000,00', '-$3.5', '(1.50)', '1.550'],
    bad: ['$1,000.555', '0.555', '.5555', '1234.555', '($0.005)', '1.5555'].map((text) => [
      text,
      TOO_PRECISE,
    ]),
  },
};

for (const [type, { good, bad }] of Object.entries(TYPES)) {
  const text = oneField({ type: 'string' });
  const list = oneField({ type: 'array' });
  const cases = [
    { collection: text, facts: [column('f', type)], sourceOf: (value: string) => value },
    {
      collection: text,
      facts: [column('f', 'public.own_domain', { storageType: type })],
      sourceOf: (value: string) => value,
    },
    {
      collection: list,
      facts: [column('f', `${type}[]`, { storageType: `${type}[]` })],
      sourceOf: (value: string): SourceValue => ({ kind: 'array', text: JSON.stringify([value]) }),
    },
    {
      collection: list,
      facts: [column('f', `${type}[]`)],
      sourceOf: (value: string) => `{"${value}"}`,
    },
  ];
  test(`${type}: what it cannot hold as it is, is refused`, () => {
    for (const { collection, facts, sourceOf } of cases) {
      const codesOf = (value: string) => judge(collection, [sourceOf(value)], { facts }).codes;
      for (const value of good) assert.deepEqual(codesOf(value), [], `${facts[0]?.sqlType} ${value}`);
      for (const [value, code] of bad)
        assert.deepEqual(codesOf(value), [code], `${facts[0]?.sqlType} ${value}`);
    }
  });
}

test('numbers in arrays, and in columns of money, keep the digits of their type', () => {
  const list = oneField({ type: 'array' });
  const codesOf = (sqlType: string, text: string) => [
    judge(list, [{ kind: 'array', text }], { facts: [column('f', sqlType)], isJsonSource: true }).codes,
    judge(list, [text], { facts: [column('f', sqlType)] }).codes,
  ];
  for (const [sqlType, text, code] of [
    ['numeric(6,2)[]', '[1.55, 9999.99, null]', undefined],
    ['numeric(6,2)[]', '[1.50, "1.555"]', TOO_PRECISE],
    ['numeric(6,2)[]', '[[1.555]]', TOO_PRECISE],
    ['numeric(6,2)[]', '[10000]', 'field.out_of_range'],
    ['numeric(6,-2)[]', '[149]', 'field.not_multiple'],
    ['numeric[]', '[1.555]', undefined],
    ['character varying(3)[]', '["abc"]', undefined],
    ['character varying(3)[]', '["abc "]', TOO_LONG],
  ] as const) {
    const wanted = code === undefined ? [] : [code];
    assert.deepEqual(codesOf(sqlType, text), [wanted, wanted], `${sqlType} ${text}`);
  }
  const money = oneField({ type: 'number' });
  const codesOfMoney = (text: string) => judge(money, [text], { facts: [column('f', 'money')] }).codes;
  assert.deepEqual([codesOfMoney('1.50'), codesOfMoney('1.555')], [[], [TOO_PRECISE]]);
});
