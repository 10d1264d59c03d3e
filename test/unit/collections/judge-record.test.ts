import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createJudge } from '../../../src/collections/judge.ts';
import { parseCollection } from '../../../src/collections/parse-collection.ts';
import { column, json, judge, oneField, verdict } from './judge-harness.ts';

const people = parseCollection({
  name: 'people',
  key: ['id'],
  schema: {
    properties: {
      id: { type: 'integer' },
      name: { type: 'string' },
      secret: { type: ['string', 'null'], maxLength: 3 },
    },
    required: ['name', 'secret'],
  },
  fields: { secret: { sensitive: true } },
});

describe('the judge of records', () => {
  test('tells every bad field, not only the first', () => {
    assert.deepEqual(judge(people, ['x', null, 'abcd']).codes, [
      'field.not_integer',
      'field.missing',
      'field.too_long',
    ]);
  });

  test('keeps the value of a sensitive field to itself', () => {
    assert.deepEqual(judge(people, ['x', 'a', 'abcd']).values, ['x', undefined]);
  });

  test('keeps absent and null apart', () => {
    assert.deepEqual(judge(people, ['1', 'a', null]).out, ['1', 'a', null]);
    assert.deepEqual(judge(people, ['1', 'a']).codes, ['field.missing']);
    assert.deepEqual(judge(people, ['1'], { mode: 'update' }).out, ['1', undefined, undefined]);
    assert.deepEqual(judge(people, ['1', null], { mode: 'update' }).codes, ['field.missing']);
  });

  test('needs the key in every mode, and for a delete nothing else', () => {
    assert.deepEqual(judge(people, [null, 'a', 'b'], { mode: 'update' }).codes, ['field.missing']);
    assert.deepEqual(judge(people, ['1', null, 'too long'], { mode: 'delete' }).out, [
      '1',
      undefined,
      undefined,
    ]);
  });

  test('asks for what the table insists on', () => {
    const collection = oneField({ type: 'string' });
    const facts = [column('f', 'text', { isNullable: false })];
    assert.equal(verdict(collection, undefined, { facts }), 'field.missing');
    assert.equal(
      verdict(collection, undefined, {
        facts: [column('f', 'text', { isNullable: false, hasDefault: true })],
      }),
      undefined,
    );
    assert.equal(
      verdict(collection, null, { facts: [column('f', 'text', { isNullable: false, hasDefault: true })] }),
      'field.missing',
    );
  });

  test('applies a rule for empty values to unquoted empty CSV fields, not to JSON null', () => {
    const collection = oneField({ type: 'string' }, { empty: 'absent' });
    assert.equal(verdict(collection, null), undefined);
    assert.equal(verdict(collection, null, { isJsonSource: true }), null);
    assert.equal(verdict(oneField({ type: 'string' }, { empty: 'text' }), null), '');
    assert.equal(verdict(oneField({ type: 'string' }, { empty: 'error' }), ''), 'field.missing');
    assert.equal(
      verdict(
        oneField({ type: 'integer' }, undefined, {
          schema: { properties: { f: { type: 'integer' } }, required: ['f'] },
        }),
        '',
      ),
      'field.missing',
    );
  });

  test('checks keywords that span fields on the record as a whole', () => {
    const collection = parseCollection({
      name: 'orders',
      schema: {
        properties: { paid: { type: 'boolean' }, amount: { type: 'number' }, note: { type: 'string' } },
        if: { properties: { paid: { const: true } }, required: ['paid'] },
        // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
        then: { required: ['amount'], properties: { amount: { minimum: 1 } } },
        dependentRequired: { note: ['amount'] },
      },
    });
    assert.deepEqual(judge(collection, ['true', '2']).codes, []);
    assert.deepEqual(judge(collection, ['true', null]).codes, ['field.schema']);
    assert.deepEqual(judge(collection, ['true', '0']).codes, ['field.schema']);
    assert.deepEqual(judge(collection, ['false', null, 'x']).params, [
      { reason: 'must have property amount when property note is present' },
    ]);
  });

  test('reuses the array it fills', () => {
    const { record } = createJudge({ collection: people, facts: [], fields: ['id', 'name', 'secret'] });
    const out = ['old', 'old', 'old', 'old'];
    assert.equal(
      record(['1', 'a', null], out, () => assert.fail()),
      true,
    );
    assert.deepEqual(out, ['1', 'a', null]);
  });
});

describe('keys', () => {
  const keyOf = (property: object, value: Parameters<typeof verdict>[1], sqlType?: string) => {
    const facts = sqlType === undefined ? [] : [column('f', sqlType)];
    return judge(oneField(property, undefined, { key: ['f'] }), [value], { facts }).key;
  };
  const number = { type: 'number' };
  const instant = { type: 'string', format: 'date-time' };

  for (const [name, property, a, b, sqlType] of [
    ['trailing zeros of a number', number, '1.0', '1.00', undefined],
    ['notations of a number', number, '1e2', '100.0', undefined],
    ['signs of zero', number, '-0.0', '0', undefined],
    ['leading zeros of an integer', { type: 'integer' }, '07', '7', undefined],
    [
      'one instant in two offsets',
      instant,
      '2024-01-31T12:00:00Z',
      '2024-01-31T13:00:00.000+01:00',
      undefined,
    ],
    [
      'letters of a UUID',
      { type: 'string', format: 'uuid' },
      '123E4567-E89B-42D3-A456-426614174000',
      '123e4567-e89b-42d3-a456-426614174000',
      undefined,
    ],
    ['case in citext', { type: 'string' }, 'A@b.co', 'a@B.co', 'citext'],
    ['padding in char(n)', { type: 'string' }, 'ab', 'ab ', 'character(4)'],
    ['floats that are stored alike', number, '0.1', '0.1000000000000000000001', 'double precision'],
    ['words for true', { type: 'boolean' }, 'TRUE', json('boolean', 'true'), undefined],
  ] as const) {
    test(`do not differ by ${name}`, () => {
      assert.notEqual(keyOf(property, a, sqlType), undefined);
      assert.equal(keyOf(property, a, sqlType), keyOf(property, b, sqlType));
    });
  }

  test('differ by case, padding and spaces in ordinary text', () => {
    const texts = ['a', 'A', 'a ', ' a'];
    assert.equal(new Set(texts.map((text) => keyOf({ type: 'string' }, text))).size, 4);
  });

  test('of several fields cannot run into each other', () => {
    const collection = parseCollection({
      name: 'c',
      key: ['a', 'b', 'c'],
      schema: { properties: { a: { type: 'string' }, b: { type: 'string' }, c: { type: 'string' } } },
    });
    const keys = [
      ['', '', 'a'],
      ['', 'a', ''],
      ['a', '', ''],
      ['aa', '', ''],
      ['a', 'a', ''],
    ].map((values) => judge(collection, values).key);
    assert.equal(new Set(keys).size, keys.length);
  });

  test('are none where a part is missing or refused', () => {
    assert.equal(keyOf(number, 'x'), undefined);
    assert.equal(keyOf(number, null), undefined);
    assert.equal(judge(oneField(number), ['1']).key, undefined);
  });

  test('are the same from the source and from what was judged', () => {
    const { record, keyOf, keyOfJudged } = createJudge({
      collection: people,
      facts: [],
      fields: ['name', 'id'],
    });
    const out: (string | null | undefined)[] = [];
    record(['a', '007'], out, () => undefined);
    assert.equal(keyOfJudged(out), keyOf(['a', '007']));
    assert.equal(keyOfJudged(out), '7');
  });
});
