/** Schemas with every keyword that a collection may use, at each depth, and values that such schemas are about. */
/* oxlint-disable unicorn/no-thenable -- a keyword of JSON Schema */
import * as fc from 'fast-check';

/** Names that objects have by birth, names that look like indices, and usual ones. */
const NAMES = ['a', 'b', 'ab', '1', '10', 'constructor', 'toString', 'length', 'é'];
const PATTERNS = ['^a', 'b$', '^[0-9]+$', 'o', '^.$', String.raw`^\d{2}$`, '^(a|b)+$', '[^a]'];
const FORMATS = ['date', 'ipv4', 'uuid', 'email'];
const TEXTS = ['', 'a', 'b', 'ab', 'abc', '1', '10', '2024-01-31', '127.0.0.1', 'a@b.co', '😀', 'o'];
const NUMBERS = [-1, 0, 1, 2, 3, 4, 5, 10, 0.5, 1.5, 1e3];
const TYPES = ['null', 'boolean', 'string', 'integer', 'number', 'array', 'object'];

const name = fc.constantFrom(...NAMES);
const count = fc.integer({ min: 0, max: 3 });
const number = fc.constantFrom(...NUMBERS);

const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false),
  number,
  fc.constantFrom(...TEXTS),
);

const { value: jsonValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'medium' },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

export const anyValue: fc.Arbitrary<unknown> = jsonValue;

/** Keywords by what they are about; a schema takes some of one kind, so that they meet. */
function keywordKinds(schema: fc.Arbitrary<unknown>): readonly Record<string, fc.Arbitrary<unknown>>[] {
  const schemas = fc.array(schema, { minLength: 1, maxLength: 2 });
  const members = (key: fc.Arbitrary<string>) =>
    fc
      .array(fc.tuple(key, schema), { maxLength: 2 })
      .map((entries) => Object.fromEntries(entries) as unknown);
  const names = fc.uniqueArray(name, { maxLength: 2 });
  return [
    {
      type: fc.oneof(
        fc.constantFrom(...TYPES),
        fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 3 }),
      ),
      enum: fc.uniqueArray(anyValue, {
        minLength: 1,
        maxLength: 4,
        selector: (value) => JSON.stringify(value),
      }),
      const: anyValue,
    },
    {
      minimum: number,
      maximum: number,
      exclusiveMinimum: number,
      exclusiveMaximum: number,
      multipleOf: fc.constantFrom(1, 2, 3, 0.5, 1.5),
    },
    {
      minLength: count,
      maxLength: count,
      pattern: fc.constantFrom(...PATTERNS),
      format: fc.constantFrom(...FORMATS),
      contentEncoding: fc.constant('base64'),
    },
    {
      properties: members(name),
      patternProperties: members(fc.constantFrom(...PATTERNS)),
      additionalProperties: schema,
      propertyNames: schema,
      unevaluatedProperties: schema,
    },
    {
      required: names,
      minProperties: count,
      maxProperties: count,
      dependentRequired: fc
        .array(fc.tuple(name, names), { maxLength: 2 })
        .map((entries) => Object.fromEntries(entries) as unknown),
      dependentSchemas: members(name),
    },
    {
      prefixItems: schemas,
      items: schema,
      contains: schema,
      minContains: count,
      maxContains: count,
      unevaluatedItems: schema,
    },
    { minItems: count, maxItems: count, uniqueItems: fc.boolean() },
    { allOf: schemas, anyOf: schemas, oneOf: schemas, not: schema },
    { if: schema, then: schema, else: schema },
    { $ref: fc.constantFrom('#/$defs/x', '#/$defs/y', '#here', 'other', 'other#inner') },
  ];
}

function someOf(kind: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  const some = fc.record(kind, { requiredKeys: [] }) as fc.Arbitrary<object>;
  return some.map((keywords) => {
    // Without it the two say nothing, which some implementations refuse.
    if ('contains' in keywords) return keywords;
    const { minContains: _least, maxContains: _most, ...rest } = keywords as Record<string, unknown>;
    return rest;
  });
}

/** By hand, since the depth of fast-check leaves most of a wide schema empty. */
function schemaOf(depth: number): fc.Arbitrary<unknown> {
  if (depth === 0) return fc.oneof(fc.boolean(), schemaFrom(keywordKinds(fc.boolean()).slice(0, 3)));
  const inner = schemaOf(depth - 1);
  return fc.oneof(
    { arbitrary: fc.boolean(), weight: 1 },
    { arbitrary: schemaFrom(keywordKinds(inner)), weight: 6 },
  );
}

/** Of one kind or two at a time: with more, hardly any value would be valid. */
function schemaFrom(kinds: readonly Record<string, fc.Arbitrary<unknown>>[]): fc.Arbitrary<object> {
  const parts = kinds.map((kind) =>
    fc.oneof(
      { arbitrary: fc.constant({}), weight: '$ref' in kind ? 4 * kinds.length : 2 * kinds.length },
      { arbitrary: someOf(kind), weight: 3 },
    ),
  );
  return fc.tuple(...parts).map((chosen) => Object.assign({}, ...chosen) as object);
}

const subschema = schemaOf(2);
const objectSchema = schemaFrom(keywordKinds(subschema));

/** A whole document: what its references lead to is there. */
export const anyDocument: fc.Arbitrary<object> = fc
  .record({
    root: objectSchema,
    x: subschema,
    y: subschema,
    here: objectSchema,
    other: objectSchema,
    inner: objectSchema,
  })
  .map(({ root, x, y, here, other, inner }) => ({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'https://schemas.test/root',
    ...root,
    $defs: {
      x,
      y,
      here: { ...here, $anchor: 'here' },
      other: {
        ...other,
        $id: 'https://schemas.test/other',
        $defs: { inner: { ...inner, $anchor: 'inner' }, x: y, y: x, here: { $anchor: 'here' } },
      },
    },
  }));
