import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { parseCollection } from '../../../src/collections/parse-collection.ts';
import { renderCollection } from '../../../src/collections/render-collection.ts';
import { anyText } from './judge-harness.ts';

const contacts = {
  name: 'contacts',
  title: 'Contacts',
  key: ['email'],
  schema: {
    type: 'object',
    properties: {
      email: { type: 'string', format: 'email', maxLength: 100, title: 'E-mail' },
      born: { type: ['string', 'null'], format: 'date' },
      balance: { type: 'number', minimum: -1000, multipleOf: 0.01 },
      kind: { enum: ['person', 'company'] },
      size: { $ref: '#/$defs/size' },
      tags: { type: 'array', items: { $ref: '#/$defs/tag' } },
      any: { type: ['object', 'array', 'string', 'number', 'boolean', 'null'] },
      'Cost Total $': { type: 'integer', maximum: '9223372036854775806' },
      ctid: { type: 'boolean', const: true },
    },
    required: ['kind', 'born'],
    additionalProperties: false,
    dependentRequired: { balance: ['kind'] },
    anyOf: [{ required: ['born'] }, { $ref: '#/$defs/rich' }],
    $defs: {
      size: { type: 'integer', enum: [1, 2, 3] },
      tag: { type: 'string' },
      rich: { required: ['balance'] },
    },
  },
  fields: {
    born: { datePatterns: ['dd.MM.yyyy'], aliases: ['Geburtstag', 'birthday'], nullWords: ['-'] },
    balance: { decimalMark: ',', thousandsMark: '.', sensitive: true },
  },
  references: [{ field: 'kind', collection: 'kinds', toField: 'id' }],
  session: { role: 'app', settings: { 'app.tenant': '7' } },
  transforms: ['clean'],
};

describe('parseCollection', () => {
  test('reads what a person writes', () => {
    const { fields, ...rest } = parseCollection(contacts);
    const brief = fields.map(({ name, type, column, schema }) => [
      name,
      type,
      column,
      schema.isRequired,
      schema.isNullable,
    ]);
    assert.deepEqual(brief, [
      ['email', 'text', 'email', true, false],
      ['born', 'date', 'born', true, true],
      ['balance', 'number', 'balance', false, true],
      ['kind', 'text', 'kind', true, false],
      ['size', 'integer', 'size', false, true],
      ['tags', 'json', 'tags', false, true],
      ['any', 'json', 'any', false, true],
      ['Cost Total $', 'integer', 'Cost Total $', false, true],
      ['ctid', 'boolean', 'ctid_', false, true],
    ]);
    assert.equal(rest.unknownFields, 'error');
    assert.deepEqual(rest.target, { kind: 'managed' });
    assert.equal(fields[2]?.schema.multipleOf, '0.01');
    assert.deepEqual(fields[4]?.schema.enum, ['1', '2', '3']);
    assert.equal(fields[0]?.title, 'E-mail');
  });

  const LINKS = [
    { field: 'size', collection: 'sizes', toField: 'code', store: 'id', column: 'size_id' },
    { fields: ['email', 'any'], collection: 'people', toFields: ['a', 'b'], store: 'id', missing: 'null' },
  ];
  test('is undone by renderCollection', () => {
    for (const target of [
      undefined,
      { table: 'crm."My.Table"', database: 'crm' },
      { query: 'select 1' },
      { module: 'sink' },
    ]) {
      const collection = parseCollection({
        ...contacts,
        ...(target && { target, fields: { ...contacts.fields, ctid: { column: 'c' } } }),
        ...(target?.table !== undefined && { references: [...contacts.references, ...LINKS] }),
      });
      const rendered: unknown = JSON.parse(JSON.stringify(renderCollection(collection)));
      assert.deepEqual(parseCollection(rendered), collection);
    }
  });

  test('takes any header as a field name, and renders it back', () => {
    const name = fc.oneof(
      anyText(20).filter((text) => text !== '' && text.isWellFormed()),
      fc.constantFrom('__proto__', 'constructor', 'toString', '😀'.repeat(200), 'A', 'a'),
    );
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), (names) => {
        const sound = names.filter((text) => !text.includes('\0'));
        fc.pre(sound.length > 0);
        const properties = Object.fromEntries(sound.map((text) => [text, { type: 'string' }]));
        const collection = parseCollection(JSON.parse(JSON.stringify({ name: 'x', schema: { properties } })));
        assert.deepEqual(new Set(collection.fields.map((field) => field.name)), new Set(sound));
        assert.deepEqual(
          parseCollection(JSON.parse(JSON.stringify(renderCollection(collection)))),
          collection,
        );
      }),
      { seed: 6, numRuns: 80 },
    );
  });
});
