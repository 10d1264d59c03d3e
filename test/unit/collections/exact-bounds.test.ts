/** Numbers of a definition that a JSON number does not hold: kept exactly as texts, and refused as numbers, since nobody knows what was written. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseCollection } from '../../../src/collections/parse-collection.ts';
import { parseStoredCollection } from '../../../src/collections/parse-stored.ts';
import { renderCollection } from '../../../src/collections/render-collection.ts';
import { isAppError } from '../../../src/core/errors.ts';

const KEYWORDS = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'const',
] as const;

function parse(schema: object) {
  const definition = { name: 'c', schema: { type: 'object', properties: { n: schema } } };
  // As it comes over the wire.
  return parseCollection(JSON.parse(JSON.stringify(definition))).fields[0]?.schema;
}

function refusalOf(schema: object): string {
  try {
    parse(schema);
  } catch (error) {
    assert.ok(isAppError(error, 'collection.invalid'));
    return error.message;
  }
  return '';
}

describe('numbers of a definition', () => {
  for (const keyword of KEYWORDS) {
    test(`${keyword} is refused as a number that is not exact, with what to write`, () => {
      // oxlint-disable-next-line no-loss-of-precision -- what is to be refused
      const refused = refusalOf({ type: 'integer', [keyword]: 9223372036854775807 });
      assert.match(
        refused,
        /9223372036854776000 is more than a JSON number holds exactly; write it as a text/,
      );
    });
    test(`${keyword} is refused as a fraction of more digits than a JSON number holds`, () => {
      // oxlint-disable-next-line no-loss-of-precision -- what is to be refused
      const refused = refusalOf({ type: 'number', [keyword]: 0.123456789012345678 });
      assert.match(
        refused,
        /0\.12345678901234568 is more than a JSON number holds exactly; write it as a text/,
      );
      const kept = parse({ type: 'number', [keyword]: '0.123456789012345678' });
      const member = keyword === 'const' ? kept?.enum?.[0] : kept?.[keyword];
      assert.equal(member, '0.123456789012345678');
      assert.equal(refusalOf({ type: 'number', [keyword]: 1234567.12345678 }), '');
    });
    test(`${keyword} that was stored before it was refused is loaded as it was meant then`, () => {
      for (const [type, value, text] of [
        ['integer', 2 ** 63, '9223372036854776000'],
        ['number', 0.1 + 0.2, '0.30000000000000004'],
      ] as const) {
        const properties = { n: { type, [keyword]: value }, m: { type, enum: [1, value] } };
        const definition = JSON.parse(JSON.stringify({ name: 'c', schema: { type: 'object', properties } }));
        const [field, other] = parseStoredCollection(definition).fields;
        assert.equal(keyword === 'const' ? field?.schema.enum?.[0] : field?.schema[keyword], text);
        assert.deepEqual(other?.schema.enum, ['1', text]);
      }
    });
    test(`${keyword} is kept exactly as a text, and as a number that is exact`, () => {
      const kept = parse({ type: 'integer', [keyword]: '9223372036854775807' });
      const member = keyword === 'const' ? kept?.enum?.[0] : kept?.[keyword];
      assert.equal(member, '9223372036854775807');
      assert.equal(refusalOf({ type: 'integer', [keyword]: 9007199254740991 }), '');
      assert.equal(refusalOf({ type: 'number', [keyword]: 0.1 }), '');
    });
  }

  test('what is rendered is taken again, with the same numbers', () => {
    for (const value of [
      '9007199254740991',
      '9007199254740992',
      '100000000000000000000',
      '9223372036854775807',
      '0.1',
      '0.30000000000000004',
      '0.123456789012345678',
    ]) {
      const definition = {
        name: 'c',
        schema: { properties: { n: { type: 'number', minimum: value, enum: ['9007199254740993', 2] } } },
      };
      const collection = parseCollection(definition);
      const again = parseCollection(JSON.parse(JSON.stringify(renderCollection(collection))));
      assert.deepEqual(again.fields[0]?.schema, collection.fields[0]?.schema, value);
    }
  });

  test('an enum takes texts for what no JSON number holds, and for nothing else', () => {
    assert.deepEqual(parse({ type: 'integer', enum: [1, '9223372036854775807'] })?.enum, [
      '1',
      '9223372036854775807',
    ]);
    assert.match(refusalOf({ type: 'integer', enum: ['5'] }), /not of the field's type integer/);
    assert.match(
      refusalOf({ type: 'integer', enum: ['9007199254740993.5'] }),
      /not of the field's type integer/,
    );
    assert.match(refusalOf({ type: 'integer', enum: ['x'] }), /not of the field's type integer/);
  });
});
