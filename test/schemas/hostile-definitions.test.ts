/** What a definition may cost, and what a record may cost by it: each is refused with its limit, or judged in bounded work. */
/* oxlint-disable unicorn/no-thenable -- a keyword of JSON Schema */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { Collection } from '../../src/collections/collection.ts';
import { parseCollection } from '../../src/collections/parse-collection.ts';
import { isAppError } from '../../src/core/errors.ts';
import { patienceOf } from '../support/patience.ts';
import { runsOf } from '../support/share-of-runs.ts';
import { judge, oneField, verdict } from '../unit/collections/judge-harness.ts';

/** The collection, or `path: message` of what is wrong with it. Any other error is a failure of ours. */
function accept(schema: object): Collection | readonly string[] {
  try {
    return parseCollection({ name: 'hostile', schema });
  } catch (error) {
    assert.ok(isAppError(error, 'collection.invalid'), String(error));
    return (error.details['errors'] as { path: string; message: string }[]).map(
      ({ path, message }) => `${path}: ${message}`,
    );
  }
}

function refusalOf(schema: object): string {
  const problems = accept(schema);
  assert.ok(Array.isArray(problems), 'the definition was accepted');
  return problems.join('\n');
}

const f = (property: object, more: object = {}) => ({ properties: { f: property }, ...more });

/** Each refers to the one below it, in two ways. */
function doubled(keyword: string, levels: number): object {
  const $defs: Record<string, object> = { [`d${levels}`]: { type: 'array' } };
  for (let level = 0; level < levels; level++) {
    const next = { $ref: `#/$defs/d${level + 1}` };
    $defs[`d${level}`] = { [keyword]: [next, next] };
  }
  return f({ type: 'array', $ref: '#/$defs/d0' }, { $defs });
}

function nested(depth: number): object {
  let schema: object = { type: 'string' };
  for (let level = 0; level < depth; level++) schema = { type: 'array', items: schema };
  return schema;
}

describe('a definition that would cost too much is refused, with the place and the limit', () => {
  const circles: readonly [name: string, schema: object, path: string][] = [
    ['allOf of the root', f({ type: 'string' }, { allOf: [{ $ref: '#' }] }), '$.schema.allOf[0]'],
    ['not of the root', f({ type: 'string' }, { not: { $ref: '#' } }), '$.schema.not'],
    ...['allOf', 'anyOf', 'oneOf'].map((keyword): [string, object, string] => [
      `${keyword} in a field`,
      f({ type: 'array', $ref: '#/$defs/d' }, { $defs: { d: { [keyword]: [{ $ref: '#/$defs/d' }] } } }),
      '$.schema["$defs"].d',
    ]),
    ...['not', 'if', '$ref'].map((keyword): [string, object, string] => [
      `${keyword} in a field`,
      f(
        { type: 'array', items: { $ref: '#/$defs/d' } },
        { $defs: { d: { [keyword]: keyword === '$ref' ? '#/$defs/d' : { $ref: '#/$defs/d' } } } },
      ),
      '$.schema["$defs"].d',
    ]),
    [
      'then',
      f({ type: 'array', items: { $id: 'x', if: true, then: { $ref: 'x' } } }),
      '$.schema.properties.f.items',
    ],
    [
      'dependentSchemas',
      f({ type: 'object', $anchor: 'x', dependentSchemas: { a: { $ref: '#x' } } }),
      '$.schema.properties.f',
    ],
    [
      '$dynamicRef',
      f({ type: 'object', $dynamicAnchor: 'x', anyOf: [{ $dynamicRef: '#x' }] }),
      '$.schema.properties.f',
    ],
  ];
  for (const [name, schema, path] of circles) {
    test(`a circle through ${name}`, () => {
      const problem = refusalOf(schema);
      assert.ok(problem.includes('without end: #'), problem);
      assert.ok(problem.startsWith(`${path}: `), problem);
    });
  }

  for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
    test(`24 levels of a doubled ${keyword}`, () => {
      assert.match(refusalOf(doubled(keyword, 24)), /judged by \d+ subschemas here.*\(limit: 10000\)/);
      assert.ok(!Array.isArray(accept(doubled(keyword, 10))));
    });
  }

  test('a long chain of references', () => {
    const chain = Array.from({ length: 5000 }, (_, index) => [
      `d${index}`,
      { $ref: `#/$defs/d${index + 1}` },
    ]);
    const $defs = Object.fromEntries([...chain, ['d5000', true]]) as object;
    assert.match(refusalOf(f({ type: 'array', items: { $ref: '#/$defs/d0' } }, { $defs })), /\(limit: 100\)/);
  });

  test('deep nesting, of schemas and of values', () => {
    assert.match(refusalOf(f(nested(30_000))), /^\$: it is nested deeper than 200 levels \(limit: 200\)/);
    let value: unknown = 1;
    for (let level = 0; level < 30_000; level++) value = [value];
    assert.match(refusalOf(f({ type: 'array', const: value })), /\(limit: 200\)/);
  });

  test('too many subschemas', () => {
    const many = Array.from({ length: 25_000 }, () => ({ type: 'string' }));
    assert.match(
      refusalOf(f({ type: 'array', prefixItems: many })),
      /more than 20000 subschemas \(limit: 20000\)/,
    );
  });

  test('big patterns, alone and together', () => {
    assert.match(refusalOf(f({ type: 'array', items: { pattern: 'a'.repeat(20_000) } })), /\(limit: 10000\)/);
    assert.match(
      refusalOf(f({ type: 'string', pattern: '(?:[a-z]{1000}[0-9]{1000}){1}[a-z]{1000}' })),
      /\(limit: 3000\)/,
    );
    const patterns = Array.from({ length: 60 }, (_, index) => ({ pattern: `^[a-z]{900}${index}` }));
    assert.match(refusalOf(f({ type: 'array', prefixItems: patterns })), /\(limit: 50000\)/);
    const fields = patterns.map((rule, index) => [`f${index}`, { type: 'string', ...rule }]);
    assert.match(refusalOf({ properties: Object.fromEntries(fields) as object }), /\(limit: 50000\)/);
  });
});

describe('a record that would cost too much is an issue of its own', () => {
  test('alternatives that double at each level of the value', () => {
    const twice = { allOf: [{ properties: { a: { $ref: '#/$defs/d' } } }, { required: ['b'] }] };
    const collection = accept(
      f({ type: 'object', $ref: '#/$defs/d' }, { $defs: { d: { anyOf: [twice, twice, true] } } }),
    );
    assert.ok(!Array.isArray(collection));
    const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    assert.deepEqual(judge(collection as Collection, [deep(10)]).codes, []);
    const first = judge(collection as Collection, [deep(40)]);
    assert.deepEqual(first.codes, ['field.schema_too_costly']);
    assert.deepEqual(first.params, [{ limit: 2_024_100, unit: 'steps' }]);
    assert.deepEqual(judge(collection as Collection, [deep(40)]), first);
  });

  test('a pattern of a thousand instructions on a long text, nested or not', () => {
    const pattern = String.raw`(?:\p{L}x?){400}$`;
    const text = 'x'.repeat(300_000);
    assert.equal(verdict(oneField({ type: 'string', pattern }), text), 'field.schema_too_costly');
    assert.equal(
      verdict(oneField({ type: 'array', items: { pattern } }), `["${text}"]`),
      'field.schema_too_costly',
    );
  });

  test('JSON in a text that is nested deeper than anything may follow', () => {
    const collection = oneField({ type: 'array', items: {} });
    const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    assert.equal(verdict(collection, deep(1000)), deep(1000));
    assert.equal(verdict(collection, deep(1001)), 'field.not_json');
    assert.equal(verdict(collection, `["\\u0041",${deep(200_000)}]`), 'field.not_json');
    const recursive = oneField({ type: 'array', $anchor: 'a', items: { $ref: '#a' } });
    assert.equal(verdict(recursive, deep(500)), deep(500));
    assert.equal(verdict(recursive, deep(1000)), 'field.schema_too_costly');
    const brackets = `["${'['.repeat(5000)}\\"${'{'.repeat(5000)}"]`;
    assert.equal(verdict(collection, brackets), brackets);
  });

  test('60,000 objects that must be unique are each looked at once', () => {
    const collection = oneField({ type: 'array', uniqueItems: true });
    const objects = Array.from(
      { length: 60_000 },
      (_, index) => `{"id":${index},"tags":["a",{"b":[${index}]}]}`,
    );
    const started = performance.now();
    assert.ok(verdict(collection, `[${objects.join(',')}]`)?.startsWith('[{"id":0'));
    assert.equal(verdict(collection, `[${objects.join(',')},${objects[0]}]`), 'field.schema');
    // 97 s when each is compared with each.
    assert.ok(performance.now() - started < patienceOf(10_000));
  });
});

/** Schemas whose parts refer to one another at random, through every keyword. */
const hostileSchema: fc.Arbitrary<object> = (() => {
  const size = 6;
  const ref = fc.oneof(
    fc.integer({ min: 0, max: size - 1 }).map((index): object => ({ $ref: `#/$defs/d${index}` })),
    fc.constantFrom<object>({ $dynamicRef: '#dynamic' }, { $ref: '#' }, { $ref: '#/$defs/d0/items' }),
    fc.boolean().map((isOpen): object => (isOpen ? {} : { type: ['array', 'object'] })),
  );
  const lists = fc.array(ref, { minLength: 1, maxLength: 6 });
  const map = fc
    .array(ref, { maxLength: 3 })
    .map((parts) => Object.fromEntries(parts.map((part, at) => ['ab1'[at], part])));
  const part = fc
    .record(
      {
        allOf: lists,
        anyOf: lists,
        oneOf: lists,
        not: ref,
        if: ref,
        then: ref,
        else: ref,
        dependentSchemas: map,
        properties: map,
        patternProperties: map,
        additionalProperties: ref,
        propertyNames: ref,
        unevaluatedProperties: ref,
        prefixItems: lists,
        items: ref,
        contains: ref,
        unevaluatedItems: ref,
        contentSchema: ref,
        uniqueItems: fc.boolean(),
        enum: fc.constant(Array.from({ length: 500 }, (_, index) => [index, `${index}`])),
        $dynamicAnchor: fc.constant('dynamic'),
      },
      { requiredKeys: [] },
    )
    .chain((keywords) => fc.subarray(Object.keys(keywords)).map((kept) => pick(keywords, kept.slice(0, 3))));
  return fc
    .array(part, { minLength: size, maxLength: size })
    .map((parts) => f({ type: ['array', 'object'], items: ref0, $ref: '#/$defs/d0' }, definitions(parts)));
})();

function pick(keywords: object, kept: readonly string[]): object {
  return Object.fromEntries(Object.entries(keywords).filter(([keyword]) => kept.includes(keyword)));
}

const ref0 = { $ref: '#/$defs/d0' };

function definitions(parts: readonly object[]): object {
  const $defs = Object.fromEntries(
    parts.map((part, index) => [
      `d${index}`,
      index % 2 === 0 ? part : { $id: `https://schemas.test/${index}`, ...part },
    ]),
  );
  // What lies in a resource of its own refers from there.
  return {
    $defs: JSON.parse(JSON.stringify($defs).replaceAll('"#/$defs', '"waybill:/schema#/$defs')) as object,
  };
}

test('no definition that is accepted fails otherwise than by an issue, whatever the record', () => {
  const seen = { refused: 0, accepted: 0, valid: 0, invalid: 0, costly: 0 };
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 8, depthSize: 'large' },
      fc.constantFrom<unknown>(null, true, 1, 'a', '', 2.5),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('a', 'b', '1', 'x'), tie('value'), { maxKeys: 3 }),
    ),
  }));
  const records = fc.array(fc.oneof(fc.array(value), fc.dictionary(fc.constantFrom('a', 'b', '1'), value)), {
    minLength: 3,
    maxLength: 3,
  });
  fc.assert(
    fc.property(hostileSchema, records, (schema, values) => {
      const collection = accept(schema);
      if (Array.isArray(collection)) {
        seen.refused += 1;
        for (const problem of collection as string[])
          assert.match(problem, /^\$\.schema.*(without end|refers to nothing|limit: )/);
        return;
      }
      seen.accepted += 1;
      const towers = ['['.repeat(300) + ']'.repeat(300), `${'{"a":'.repeat(300)}{}${'}'.repeat(300)}`];
      for (const text of [...values.map((record) => JSON.stringify(record)), ...towers]) {
        const [code] = judge(collection as Collection, [text]).codes;
        if (code === undefined) seen.valid += 1;
        else if (code === 'field.schema') seen.invalid += 1;
        else {
          assert.equal(code, 'field.schema_too_costly');
          seen.costly += 1;
        }
      }
    }),
    { seed: Number(process.env['SCHEMA_SEED'] ?? 3), numRuns: runsOf(400) },
  );
  const { costly: _, ...always } = seen;
  for (const [what, count] of Object.entries(always))
    assert.ok(count > 20, `${what}: ${JSON.stringify(seen)}`);
});
