import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { parseCollection } from '../../../src/collections/parse-collection.ts';
import { isAppError } from '../../../src/core/errors.ts';

/** `path: message` of each problem. */
function problemsOf(definition: unknown): string[] {
  try {
    parseCollection(definition);
  } catch (error) {
    assert.ok(isAppError(error, 'collection.invalid'));
    const errors = error.details['errors'] as { path: string; message: string }[];
    return errors.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
}

describe('parseCollection', () => {
  test('tells everything that is wrong at once, with the place and a guess at what was meant', () => {
    const problems = problemsOf({
      name: 'My Contacts',
      keys: ['email'],
      key: ['emial'],
      schema: {
        properties: { email: { type: 'strng' }, mail: { type: 'string', maxLenght: 3 } },
        required: ['mial'],
      },
      fields: { mial: {}, mail: { datePattern: [] } },
    });
    assert.deepEqual(
      problems.map((problem) => problem.replace(/: .*?(\(did you mean "(\w+)"\?\))?$/, ' $2')),
      [
        '$.keys key',
        '$.schema.required mail',
        '$.fields.mial mail',
        '$.schema.properties.email.type string',
        '$.schema.properties.mail.maxLenght maxLength',
        '$.fields.mail.datePattern datePatterns',
        '$.key email',
        '$.name ',
      ],
    );
  });

  const wrong: [name: string, definition: object, path: string][] = [
    [
      'a pattern that does not compile',
      { a: { type: 'string', pattern: '(' } },
      '$.schema.properties.a.pattern',
    ],
    [
      'a pattern with look-ahead',
      { a: { type: 'string', pattern: '(?=x)' } },
      '$.schema.properties.a.pattern',
    ],
    [
      'bounds that contradict each other',
      { a: { type: 'number', minimum: 2, maximum: 1 } },
      '$.schema.properties.a',
    ],
    [
      'exclusive bounds that meet',
      { a: { type: 'number', exclusiveMinimum: 1, maximum: 1 } },
      '$.schema.properties.a',
    ],
    [
      'lengths that contradict each other',
      { a: { type: 'string', minLength: 2, maxLength: 1 } },
      '$.schema.properties.a.minLength',
    ],
    ['a negative length', { a: { type: 'string', minLength: -1 } }, '$.schema.properties.a.minLength'],
    ['a reference to nothing', { a: { $ref: '#/$defs/b' } }, '$.schema.properties.a["$ref"]'],
    ['a property without type', { a: {} }, '$.schema.properties.a.type'],
    ['two types', { a: { type: ['string', 'integer'] } }, '$.schema.properties.a.type'],
    [
      'an allowed value of the wrong type',
      { a: { type: 'integer', enum: ['1'] } },
      '$.schema.properties.a.enum',
    ],
    ['an empty list of allowed values', { a: { type: 'string', enum: [] } }, '$.schema.properties.a.enum'],
    [
      'a keyword of another type',
      { a: { type: 'integer', maxLength: 1 } },
      '$.schema.properties.a.maxLength',
    ],
    ['an unknown format', { a: { type: 'string', format: 'emial' } }, '$.schema.properties.a.format'],
    ['multipleOf 0', { a: { type: 'number', multipleOf: 0 } }, '$.schema.properties.a.multipleOf'],
    [
      'a nested schema that does not compile',
      { a: { type: 'object', properties: { b: { type: 'x' } } } },
      '$.schema.properties.a.properties.b.type',
    ],
    ['a schema that is no object', { a: true }, '$.schema.properties.a'],
    ['a column of failed-rows files', { waybill_job: { type: 'string' } }, '$.schema.properties.waybill_job'],
  ];
  for (const [name, properties, path] of wrong) {
    test(`refuses ${name}`, () => {
      const problems = problemsOf({ name: 'x', schema: { properties } });
      assert.ok(
        problems.some((problem) => problem.startsWith(`${path}: `)),
        problems.join('\n'),
      );
    });
  }

  const string = { type: 'string' };
  const rules: [name: string, property: object, rules: object, path: string][] = [
    ['a date pattern on text', string, { datePatterns: ['dd.MM.yyyy'] }, '$.fields.a.datePatterns'],
    [
      'a year of two digits',
      { type: 'string', format: 'date' },
      { datePatterns: ['dd.MM.yy'] },
      '$.fields.a.datePatterns',
    ],
    [
      'a time in a date',
      { type: 'string', format: 'date' },
      { datePatterns: ['dd.MM.yyyy HH:mm'] },
      '$.fields.a.datePatterns',
    ],
    [
      'a zone that is none',
      { type: 'string', format: 'date-time' },
      { timeZone: 'Mars/Phobos' },
      '$.fields.a.timeZone',
    ],
    ['one mark for two things', { type: 'number' }, { thousandsMark: '.' }, '$.fields.a.thousandsMark'],
    [
      'a word for true and false',
      { type: 'boolean' },
      { trueWords: ['X'], falseWords: ['x'] },
      '$.fields.a.trueWords',
    ],
    ['empty text in a number', { type: 'number' }, { empty: 'text' }, '$.fields.a.empty'],
    ['a system column', string, { column: 'ctid' }, '$.fields.a.column'],
    ['an alias of another field', string, { aliases: ['b'] }, '$.fields'],
  ];
  for (const [name, property, written, path] of rules) {
    test(`refuses ${name}`, () => {
      const problems = problemsOf({
        name: 'x',
        schema: { properties: { a: property, b: string } },
        fields: { a: written },
      });
      assert.ok(
        problems.some((problem) => problem.startsWith(`${path}: `)),
        problems.join('\n'),
      );
    });
  }

  const schema = { properties: { a: string, n: { type: ['string', 'null'] }, j: { type: 'object' } } };
  const LINK = { field: 'a', collection: 'c', toField: 'code', store: 'id', column: 'c_id' };
  const linkMistakes: [name: string, reference: object, path: string][] = [
    ['a stored reference without a field', { field: undefined }, '.field'],
    ['a stored reference by one field and several', { fields: ['n'] }, '.field'],
    ['a stored reference by no field', { field: undefined, fields: [] }, '.fields'],
    ['a stored reference by two fields to one', { field: undefined, fields: ['a', 'n'] }, '.toField'],
    ['a stored reference that stores nothing', { store: undefined }, '.store'],
    ['another way with what is missing', { missing: 'ignore' }, '.missing'],
    ['a stored reference to itself', { collection: 'x' }, '.collection'],
    ['a stored reference to nothing', { collection: undefined }, '.collection'],
  ];
  const whole: [name: string, definition: object, path: string][] = [
    ['a key that may be null', { key: ['n'] }, '$.key'],
    ['a key of nested JSON', { key: ['j'] }, '$.key'],
    ['a key that names a field twice', { key: ['a', 'a'] }, '$.key'],
    ['two targets', { target: { table: 't', module: 'm' } }, '$.target'],
    ['a table with three parts', { target: { table: 'a.b.c' } }, '$.target.table'],
    ['an index of a managed table', { keyIndex: 'i' }, '$.keyIndex'],
    ['a scope over a field', { scope: ['a'] }, '$.scope'],
    [
      'a reference from nowhere',
      { references: [{ field: 'x', collection: 'c', toField: 'id' }] },
      '$.references[0].field',
    ],
    ...linkMistakes.map(([name, reference, path]): [string, object, string] => [
      name,
      { references: [{ ...LINK, ...reference }], target: { table: 't' } },
      `$.references[0]${path}`,
    ]),
    ['a stored reference of a managed table', { references: [LINK] }, '$.references[0].store'],
    [
      'a field of two references',
      { references: [LINK, LINK], target: { table: 't' } },
      '$.references[1].field',
    ],
    ['two fields in one column', { fields: { a: { column: 'n' } }, target: { table: 't' } }, '$.fields'],
    [
      'another draft',
      { schema: { ...schema, $schema: 'http://json-schema.org/draft-07/schema#' } },
      '$.schema["$schema"]',
    ],
    [
      'a dependency on nothing',
      { schema: { ...schema, dependentRequired: { a: ['b'] } } },
      '$.schema.dependentRequired.a',
    ],
    ['an unknown policy', { unknownFields: 'refuse' }, '$.unknownFields'],
  ];
  for (const [name, definition, path] of whole) {
    test(`refuses ${name}`, () => {
      const problems = problemsOf({ name: 'x', schema, ...definition });
      assert.ok(
        problems.some((problem) => problem.startsWith(`${path}: `)),
        problems.join('\n'),
      );
    });
  }

  test('never fails but by its own error', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (json) => void problemsOf(json)),
      { seed: 7, numRuns: 100 },
    );
    const keys = fc.constantFrom(
      'name',
      'key',
      'schema',
      'fields',
      'target',
      'scope',
      'references',
      'session',
    );
    fc.assert(
      fc.property(fc.dictionary(keys, fc.jsonValue()), (json) => void problemsOf(json)),
      { seed: 8, numRuns: 150 },
    );
  });
});
