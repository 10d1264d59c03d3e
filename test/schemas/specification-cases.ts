/** Schemas with values that are valid by JSON Schema 2020-12, and values that are not, by its sections. */
/* oxlint-disable unicorn/no-thenable -- a keyword of JSON Schema */

interface Case {
  readonly name: string;
  readonly schema: object;
  readonly valid: readonly unknown[];
  readonly invalid: readonly unknown[];
}

const tree = {
  $id: 'https://schemas.test/strict-tree',
  $dynamicAnchor: 'node',
  $ref: 'tree',
  unevaluatedProperties: false,
  $defs: {
    tree: {
      $id: 'tree',
      $dynamicAnchor: 'node',
      type: 'object',
      properties: { data: true, children: { type: 'array', items: { $dynamicRef: '#node' } } },
    },
  },
};

const listOf = (items: object, more: object = {}) => ({
  $id: 'https://schemas.test/strings',
  $ref: 'list',
  $defs: {
    items: { $dynamicAnchor: 'items', ...items },
    list: {
      $id: 'list',
      type: 'array',
      items: { $dynamicRef: '#items' },
      $defs: { items: { $comment: 'anything', $dynamicAnchor: 'items' } },
    },
    ...more,
  },
});

export const CASES: readonly Case[] = [
  {
    name: 'core 8.2.3.2: $dynamicRef takes the outermost anchor',
    schema: tree,
    valid: [{ children: [{ data: 1 }] }],
    invalid: [{ children: [{ daat: 1 }] }, { daat: 1 }],
  },
  {
    name: 'core 8.2.3.2: $dynamicRef fills in a generic list',
    schema: listOf({ type: 'string' }),
    valid: [['a'], []],
    invalid: [[1]],
  },
  {
    name: 'core 8.2.3.2: $dynamicRef to a plain anchor is a $ref',
    schema: { $dynamicRef: '#a', $defs: { a: { $anchor: 'a', type: 'string' } } },
    valid: ['x'],
    invalid: [1],
  },
  {
    name: 'core 8.2.3.2: a resource that was left is no longer in scope',
    schema: {
      $id: 'https://schemas.test/left',
      if: { $id: 'first', $defs: { thing: { $dynamicAnchor: 'thing', type: 'number' } } },
      then: {
        $id: 'second',
        $ref: 'start',
        $defs: { thing: { $dynamicAnchor: 'thing', type: 'null' } },
      },
      $defs: {
        start: { $id: 'start', $dynamicRef: 'inner#thing' },
        inner: { $id: 'inner', $dynamicAnchor: 'thing', type: 'string' },
      },
    },
    valid: [null],
    invalid: ['a', 42],
  },
  {
    name: 'core 8.2.3.1: keywords beside $ref count',
    schema: { $ref: '#/$defs/a', maxItems: 2, $defs: { a: { type: 'array', minItems: 1 } } },
    valid: [[1], [1, 2]],
    invalid: [[], [1, 2, 3], 'a'],
  },
  {
    name: 'core 8.2.1: references are relative to the nearest $id',
    schema: {
      $id: 'https://schemas.test/base/',
      properties: { a: { $id: 'folder/', items: { $ref: 'item' } } },
      $defs: { item: { $id: 'folder/item', type: 'integer' }, other: { $id: 'item', type: 'string' } },
    },
    valid: [{ a: [1] }],
    invalid: [{ a: ['x'] }],
  },
  {
    name: 'core 8.2.1: a URN is an identity like any other',
    schema: {
      $id: 'urn:uuid:deadbeef-1234-ff00-00ff-4321feebdaed',
      items: { $ref: '#/$defs/a' },
      $defs: { a: { type: 'string' } },
    },
    valid: [['a']],
    invalid: [[1]],
  },
  {
    name: 'RFC 6901: pointers are escaped, in the fragment percent-encoded',
    schema: {
      properties: { a: { $ref: '#/$defs/t~0i%25l~1d%22e' } },
      $defs: { 't~i%l/d"e': { type: 'integer' } },
    },
    valid: [{ a: 1 }],
    invalid: [{ a: 'x' }],
  },
  {
    name: 'a property called $ref is no reference',
    schema: { properties: { $ref: { type: 'string' } } },
    valid: [{ $ref: 'a' }],
    invalid: [{ $ref: 1 }],
  },
  {
    name: 'core 9.4.1: a reference may lead back through members',
    schema: { properties: { a: { $ref: '#' } }, additionalProperties: false },
    valid: [{ a: { a: {} } }],
    invalid: [{ a: { b: 1 } }],
  },
  {
    name: 'the same reference twice for one value is no circle',
    schema: {
      allOf: [{ properties: { a: { $ref: '#/$defs/i' } } }, { additionalProperties: { $ref: '#/$defs/i' } }],
      $defs: { i: { type: 'integer' } },
    },
    valid: [{ a: 1 }],
    invalid: [{ a: 'x' }],
  },
  {
    name: 'core 10.3.1.3: contains of an always valid schema needs an item',
    schema: { contains: true },
    valid: [[null]],
    invalid: [[]],
  },
  {
    name: 'validation 6.4.5: minContains 0 takes any array',
    schema: { contains: { const: 1 }, minContains: 0, maxContains: 1 },
    valid: [[], [1], [2]],
    invalid: [[1, 1]],
  },
  {
    name: 'core 11.2: contains evaluates what it matches',
    schema: { contains: { type: 'string' }, unevaluatedItems: { type: 'number' } },
    valid: [['a', 1]],
    invalid: [['a', null]],
  },
  {
    name: 'core 11.2: items behind a prefix are unevaluated',
    schema: { allOf: [{ prefixItems: [true] }], unevaluatedItems: false },
    valid: [[1], []],
    invalid: [[1, 2]],
  },
  {
    name: 'core 11.3: a cousin has seen nothing for us',
    schema: { allOf: [{ properties: { a: true } }, { unevaluatedProperties: false }] },
    valid: [{}],
    invalid: [{ a: 1 }],
  },
  {
    name: 'core 11.3: an alternative that failed has seen nothing',
    schema: {
      anyOf: [{ properties: { a: { const: 1 } }, required: ['a'] }, { properties: { b: true } }],
      unevaluatedProperties: false,
    },
    valid: [{ a: 1 }, { b: 1 }, { a: 1, b: 2 }],
    invalid: [{ a: 2 }],
  },
  {
    name: 'core 11.3: not sees nothing',
    schema: { not: { not: { properties: { a: true } } }, unevaluatedProperties: false },
    valid: [{}],
    invalid: [{ a: 1 }],
  },
  {
    name: 'core 11.3: if sees, also without then',
    schema: { if: { properties: { a: true }, required: ['a'] }, unevaluatedProperties: false },
    valid: [{ a: 1 }, {}],
    invalid: [{ b: 1 }],
  },
  {
    name: 'core 11.3: dependentSchemas see',
    schema: {
      properties: { a: true },
      dependentSchemas: { a: { properties: { b: true } } },
      unevaluatedProperties: false,
    },
    valid: [{ a: 1, b: 1 }],
    invalid: [{ b: 1 }],
  },
  {
    name: 'core 11.3: unevaluatedProperties inside are evaluated outside',
    schema: { allOf: [{ unevaluatedProperties: true }], unevaluatedProperties: false },
    valid: [{ a: 1 }],
    invalid: [],
  },
  {
    name: 'core 10.2.2: then without if says nothing',
    schema: { then: false, else: false },
    valid: [1],
    invalid: [],
  },
  {
    name: 'validation 6.1.1: 1.0 is an integer, true and "1" are not',
    schema: { type: 'integer' },
    valid: [1, -0, 1e20],
    invalid: [1.5, true, '1', null],
  },
  {
    name: 'validation 6.1.3: const tells false from 0, and [false] from [0]',
    schema: { enum: [false, [0], { a: null }] },
    valid: [false, [0], { a: null }],
    invalid: [0, [false], {}, { a: 0 }, null],
  },
  {
    name: 'validation 6.3.1: lengths count code points',
    schema: { maxLength: 2 },
    valid: ['\u{1f600}\u{1f600}', 3],
    invalid: ['abc'],
  },
  {
    name: 'validation 6.3.3: patterns are not anchored, and about Unicode',
    schema: { pattern: String.raw`\p{L}\d` },
    valid: ['-é1-', 5],
    invalid: ['1é'],
  },
  {
    name: 'validation 6.5.3: names that objects have by birth can be required',
    schema: { required: ['toString', 'constructor'] },
    valid: [{ toString: 1, constructor: 2 }, []],
    invalid: [{}, { toString: 1 }],
  },
  {
    name: 'validation 8: content keywords do not judge',
    schema: {
      contentMediaType: 'application/json',
      contentEncoding: 'base64',
      contentSchema: { type: 'object' },
    },
    valid: ['{:}', 'e', 1],
    invalid: [],
  },
  {
    name: 'boolean schemas, everywhere',
    schema: { properties: { a: true, b: false }, items: false, propertyNames: true },
    valid: [{ a: 1 }, []],
    invalid: [{ b: 1 }, [1]],
  },
];
