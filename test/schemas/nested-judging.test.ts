/** Nested values through the judge of a collection: patterns, formats, exact numbers, and names that objects have by birth. */
/* oxlint-disable unicorn/no-thenable -- a keyword of JSON Schema */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { parseCollection } from '../../src/collections/parse-collection.ts';
import { runsOf } from '../support/share-of-runs.ts';
import { judge, oneField, verdict } from '../unit/collections/judge-harness.ts';

/** Ways down to a subschema, and what a value has to look like for it to be judged there. */
const PLACES: readonly [name: string, (inner: object) => object, (value: string) => string][] = [
  ['properties', (inner) => ({ properties: { p: inner } }), (value) => `{"p":${value}}`],
  ['additionalProperties', (inner) => ({ additionalProperties: inner }), (value) => `{"p":${value}}`],
  ['patternProperties', (inner) => ({ patternProperties: { '^p$': inner } }), (value) => `{"p":${value}}`],
  ['unevaluatedProperties', (inner) => ({ unevaluatedProperties: inner }), (value) => `{"p":${value}}`],
  ['propertyNames', (inner) => ({ propertyNames: inner }), (value) => `{${value}:1}`],
  [
    'dependentSchemas',
    (inner) => ({ dependentSchemas: { q: { properties: { p: inner } } } }),
    (value) => `{"q":1,"p":${value}}`,
  ],
  ['items', (inner) => ({ items: inner }), (value) => `[${value}]`],
  ['prefixItems', (inner) => ({ prefixItems: [{}, inner] }), (value) => `[0,${value}]`],
  ['contains', (inner) => ({ contains: inner }), (value) => `[${value}]`],
  ['unevaluatedItems', (inner) => ({ unevaluatedItems: inner }), (value) => `[${value}]`],
  ['allOf', (inner) => ({ allOf: [{}, { items: inner }] }), (value) => `[${value}]`],
  ['anyOf', (inner) => ({ anyOf: [false, { items: inner }] }), (value) => `[${value}]`],
  ['oneOf', (inner) => ({ oneOf: [false, { items: inner }] }), (value) => `[${value}]`],
  ['not', (inner) => ({ not: { not: { items: inner } } }), (value) => `[${value}]`],
  ['if', (inner) => ({ if: { items: inner }, else: false }), (value) => `[${value}]`],
  ['then', (inner) => ({ if: true, then: { items: inner } }), (value) => `[${value}]`],
  ['else', (inner) => ({ if: false, else: { items: inner } }), (value) => `[${value}]`],
  ['$ref', (inner) => ({ items: { $ref: '#/$defs/inner' }, inner }), (value) => `[${value}]`],
];

function collectionOf(place: (inner: object) => object, inner: object) {
  const { inner: referred, ...keywords } = place(inner) as { inner?: object };
  return parseCollection({
    name: 'one',
    schema: {
      properties: { f: { type: ['object', 'array'], ...keywords } },
      ...(referred !== undefined && { $defs: { inner: referred } }),
    },
  });
}

describe('a nested rule holds wherever it stands', () => {
  const rules: readonly [name: string, rule: object, right: string, wrong: string][] = [
    ['pattern', { pattern: '^[a-c]+$' }, '"abc"', '"xyz"'],
    ['a second pattern', { pattern: '^[x-z]+$' }, '"xyz"', '"abc"'],
    ['format', { format: 'date' }, '"2024-02-29"', '"2023-02-29"'],
    ['minLength', { minLength: 2 }, '"😀😀"', '"😀"'],
  ];
  for (const [place, wrap, write] of PLACES) {
    for (const [name, rule, right, wrong] of rules) {
      test(`${name} in ${place}`, () => {
        const collection = collectionOf(wrap, rule);
        assert.equal(verdict(collection, write(right)), write(right));
        assert.equal(verdict(collection, write(wrong)), 'field.schema');
      });
    }
  }

  test('patterns of names choose what judges a member', () => {
    const collection = oneField({
      type: 'object',
      patternProperties: { '^n_': { type: 'number' }, '^s_': { type: 'string' } },
      additionalProperties: false,
    });
    assert.equal(verdict(collection, '{"n_a":1,"s_a":"x"}'), '{"n_a":1,"s_a":"x"}');
    for (const wrong of ['{"n_a":"x"}', '{"s_a":1}', '{"other":1}'])
      assert.equal(verdict(collection, wrong), 'field.schema', wrong);
  });

  test('patterns in the keywords that span fields are checked, too', () => {
    const schema = {
      properties: { kind: { type: 'string' }, code: { type: 'string' } },
      if: { properties: { kind: { pattern: '^a' } } },
      then: { properties: { code: { pattern: '^A-' } } },
      else: { properties: { code: { pattern: '^B-' } } },
    };
    const collection = parseCollection({ name: 'one', schema });
    assert.deepEqual(judge(collection, ['ab', 'A-1']).codes, []);
    assert.deepEqual(judge(collection, ['b', 'B-1']).codes, []);
    assert.deepEqual(judge(collection, ['ab', 'B-1']).params, [{ reason: '/code must match ^A-' }]);
    assert.deepEqual(judge(collection, ['b', 'A-1']).params, [{ reason: '/code must match ^B-' }]);
  });
});

describe('nested numbers are exact', () => {
  const items = (inner: object) => oneField({ type: 'array', items: inner });
  const cases: readonly [rule: object, right: readonly string[], wrong: readonly string[]][] = [
    [
      { multipleOf: 0.01 },
      ['19.99', '1.13', '-0.07', '1e5', '0', '123456789012345678.99'],
      ['19.995', '0.001', '1e-3'],
    ],
    [{ multipleOf: 7 }, ['7e300', '9007199254740995'], ['1e300', '9007199254740993']],
    [
      { maximum: '9223372036854775807' },
      ['9223372036854775807'],
      ['9223372036854775808', '9223372036854775807.1'],
    ],
    [
      { exclusiveMinimum: 9007199254740991 },
      ['9007199254740992'],
      ['9007199254740991', '9007199254740990.9'],
    ],
    [{ minimum: 0.1 }, ['0.1', '0.10000000000000000001'], ['0.09999999999999999999999']],
    [
      { type: 'integer' },
      ['1.0', '1e3', '123456789012345678901', '1.5e1'],
      ['1.5', '1e-1', '1234567890123456789.5'],
    ],
    [{ const: 1.1 }, ['1.1', '1.10', '11e-1'], ['1.1000000000000000001']],
    [
      { enum: [9007199254740991] },
      ['9007199254740991', '9007199254740991.0'],
      ['9007199254740991.5', '9007199254740992'],
    ],
  ];
  for (const [rule, right, wrong] of cases) {
    test(JSON.stringify(rule), () => {
      for (const text of right) assert.equal(verdict(items(rule), `[${text}]`), `[${text}]`, text);
      for (const text of wrong) assert.equal(verdict(items(rule), `[${text}]`), 'field.schema', text);
    });
  }

  test('equal numbers are equal items in any notation, and neighbours beyond 2^53 are not', () => {
    const unique = oneField({ type: 'array', uniqueItems: true });
    for (const same of ['[1,1.0]', '[100,1e2]', '[{"a":1,"b":2},{"b":2.0,"a":1}]', '[0,-0]'])
      assert.equal(verdict(unique, same), 'field.schema', same);
    for (const different of [
      '[9007199254740992,9007199254740993]',
      '[1,"1",true,null]',
      '[[1,2],[2,1]]',
      '["a","a\u0301"]',
    ])
      assert.equal(verdict(unique, different), different);
  });

  test('bounds that a JSON number cannot hold are refused with a way to say them', () => {
    const written = JSON.parse('{"type":"array","items":{"maximum":9223372036854775807}}') as object;
    assert.throws(() => oneField(written), /f\.items\.maximum: .*write it as a text/);
  });

  test('any decimals are compared and divided as whole numbers of their last digit are', () => {
    const decimal = fc
      .record({
        digits: fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }),
        scale: fc.integer({ min: 0, max: 12 }),
      })
      .map(({ digits, scale }) => ({
        digits: digits * 10n ** BigInt(12 - scale),
        text: write(digits, scale),
      }));
    const factor = fc.record({
      digits: fc.bigInt({ min: 1n, max: 10n ** 6n }),
      scale: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(decimal, decimal, factor, (value, limit, { digits, scale }) => {
        const isAccepted = (rule: object) => verdict(items(rule), `[${value.text}]`) !== 'field.schema';
        assert.equal(isAccepted({ minimum: limit.text }), value.digits >= limit.digits);
        assert.equal(isAccepted({ exclusiveMaximum: limit.text }), value.digits < limit.digits);
        const step = digits * 10n ** BigInt(12 - scale);
        assert.equal(isAccepted({ multipleOf: write(digits, scale) }), value.digits % step === 0n);
      }),
      { seed: 5, numRuns: runsOf(300) },
    );
  });
});

function write(digits: bigint, scale: number): string {
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  const sign = digits < 0n ? '-' : '';
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

describe('names', () => {
  test('that every object has by birth are names like any other', () => {
    const collection = oneField({
      type: 'object',
      properties: JSON.parse('{"__proto__":{"type":"number"},"constructor":{"type":"number"}}') as object,
      required: ['__proto__'],
      additionalProperties: false,
    });
    assert.equal(verdict(collection, '{"__proto__":1,"constructor":2}'), '{"__proto__":1,"constructor":2}');
    for (const wrong of ['{}', '{"constructor":1}', '{"__proto__":"x"}', '{"__proto__":1,"toString":1}'])
      assert.equal(verdict(collection, wrong), 'field.schema', wrong);
  });

  test('that are numbers keep their rules, and are no items', () => {
    const collection = oneField({
      type: ['object', 'array'],
      properties: { 0: { type: 'string' }, 10: { type: 'boolean' } },
      propertyNames: { pattern: '^[0-9]+$' },
    });
    for (const right of ['{"10":true,"0":"x"}', '[1,2]', '{"7":1}'])
      assert.equal(verdict(collection, right), right);
    for (const wrong of ['{"10":1}', '{"0":1}', '{"a":1}'])
      assert.equal(verdict(collection, wrong), 'field.schema');
  });

  test('of any length do not make the reason longer than it may be', () => {
    const collection = oneField({
      type: 'object',
      additionalProperties: { additionalProperties: { type: 'string' } },
    });
    const [params] = judge(collection, [`{"${'a/~😀'.repeat(50_000)}":{"${'b'.repeat(100_000)}":1}}`]).params;
    const { reason } = params as { reason: string };
    assert.ok(reason.length <= 301 && reason.isWellFormed() && reason.endsWith('must be text'), reason);
  });
});

test('content keywords describe a text and judge nothing', () => {
  const collection = oneField({
    type: 'array',
    items: {
      contentEncoding: 'base64',
      contentMediaType: 'application/json',
      contentSchema: { type: 'object' },
    },
  });
  assert.equal(verdict(collection, '["no base64!"]'), '["no base64!"]');
});

test('a reference to the root means the record, as JSON Schema has it', () => {
  const collection = parseCollection({
    name: 'tree',
    schema: {
      properties: {
        name: { type: 'string', pattern: '^[a-z]+$' },
        children: { type: 'array', items: { $ref: '#' } },
      },
      required: ['name'],
    },
  });
  const codes = (children: string) => judge(collection, ['a', children]).codes;
  assert.deepEqual(codes('[{"name":"b","children":[{"name":"c"}]}]'), []);
  assert.deepEqual(codes('[{"name":"b","children":[{"name":"C"}]}]'), ['field.schema']);
  assert.deepEqual(codes('[{"children":[]}]'), ['field.schema']);
});
