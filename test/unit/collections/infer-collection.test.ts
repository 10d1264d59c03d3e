import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { inferCollection, proposeName } from '../../../src/collections/infer-collection.ts';
import { createJudge } from '../../../src/collections/judge.ts';
import { parseCollection } from '../../../src/collections/parse-collection.ts';
import { isAppError } from '../../../src/core/errors.ts';
import type { SourceValue } from '../../../src/core/source-value.ts';
import { json } from './judge-harness.ts';

const data = new URL('../../../node_modules/vega-datasets/data/', import.meta.url);

/** The type of one field, and why. */
function typeOf(values: readonly SourceValue[], isJsonSource = false): { type: string; reason: string } {
  const { evidence, definition } = inferCollection({
    name: 'x',
    sourceFields: ['f'],
    records: values.map((value) => [value]),
    isJsonSource,
  });
  parseCollection(JSON.parse(JSON.stringify(definition)));
  const [field] = evidence;
  assert.ok(field);
  return field;
}

describe('inferCollection', () => {
  for (const [name, values, type] of [
    ['leading zeros', ['501', '00501'], 'text'],
    ['whole numbers', ['1', '-20', '0'], 'integer'],
    ['whole numbers up to 2^63-1', ['9223372036854775807'], 'integer'],
    ['longer whole numbers', ['9223372036854775808'], 'number'],
    ['decimals', ['1', '1.50'], 'number'],
    ['numbers with a sign that telephone numbers have', ['+4930123'], 'text'],
    ['what may be exponents', ['1E5', '2'], 'text'],
    ['numbers and words', ['1', '2', 'n/a'], 'text'],
    ['true and false', ['true', 'FALSE'], 'boolean'],
    ['zeros and ones', ['0', '1'], 'integer'],
    ['ISO dates', ['2024-01-31', '2024-02-29'], 'date'],
    ['a day that does not exist', ['2024-01-31', '2024-02-30'], 'text'],
    ['days and months that could be either', ['01/02/2024', '03/04/2024'], 'text'],
    ['days above 12', ['01/02/2024', '31/04/2023', '31/01/2024'], 'text'],
    ['days above 12 that exist', ['01/02/2024', '31/01/2024'], 'date'],
    ['days that are written in several ways', ['2024-01-31', '31.01.2024'], 'text'],
    ['years of two and of four digits', ['31/01/2024', '31/01/24'], 'text'],
    ['months by number and by name', ['Jun 12 1998', '12/31/1998'], 'text'],
    ['named months', ['Jun 12 1998', 'Aug 07 1998'], 'date'],
    ['times with offset', ['2024-01-31T10:00:00Z', '2024-01-31T10:00:00+02:00'], 'date-time'],
    ['times without offset', ['2024-01-31T10:00:00'], 'text'],
    ['UUIDs', ['123e4567-e89b-42d3-a456-426614174000'], 'uuid'],
    ['nothing', [null, ''], 'text'],
    ['values with gaps', ['1', null, '', '3'], 'integer'],
  ] as const) {
    test(`takes ${name} for ${type}`, () => assert.equal(typeOf(values).type, type));
  }

  test('says how dates are written where that differs', () => {
    assert.equal(
      typeOf(['2024-01-31', '31.01.2024', '01.02.2024']).reason,
      'its dates are written in several ways: 2024-01-31, 31.01.2024',
    );
  });

  test('takes JSON at its word', () => {
    assert.equal(typeOf(['12', '13'], true).type, 'text');
    assert.equal(typeOf([json('number', '12')], true).type, 'integer');
    assert.equal(typeOf([json('number', '12'), json('number', '0.0')], true).type, 'number');
    assert.equal(typeOf([json('boolean', 'true')], true).type, 'boolean');
    assert.equal(typeOf([json('array', '[1]')], true).type, 'json');
  });

  test('lets few strays be rejected, and many make the field any JSON', () => {
    const titles = Array.from({ length: 300 }, (_, index) => `title ${index}`);
    const few = typeOf([...titles, json('number', '1776')], true);
    assert.equal(few.type, 'text');
    assert.match(few.reason, /1 of 301 are not .*1776.*rejected/);
    assert.equal(typeOf(['a', 'b', json('number', '1')], true).type, 'json');
  });

  test('proposes a key only where the name and the sample agree', () => {
    const keyOf = (header: string[], records: string[][]) =>
      inferCollection({ name: 'x', sourceFields: header, records }).definition['key'];
    assert.deepEqual(
      keyOf(
        ['name', 'userId'],
        [
          ['a', '1'],
          ['b', '2'],
        ],
      ),
      ['userId'],
    );
    assert.deepEqual(
      keyOf(
        ['order_number', 'id'],
        [
          ['7', '1'],
          ['8', '2'],
        ],
      ),
      ['id'],
    );
    assert.equal(keyOf(['id'], [['1'], ['1']]), undefined);
    assert.equal(keyOf(['id'], [['1'], ['']]), undefined);
    assert.equal(keyOf(['valid'], [['1'], ['2']]), undefined);
    assert.equal(keyOf(['id'], [['1']]), undefined);
  });

  test('names fields whose header cannot be a name, and reads them by that header', () => {
    const { definition } = inferCollection({
      name: 'x',
      sourceFields: ['', 'a', 'waybill_job'],
      records: [['1', '2', '3']],
    });
    const { fields } = parseCollection(definition);
    assert.deepEqual(
      fields.map(({ name, aliases }) => [name, aliases]),
      [
        ['field_1', ['']],
        ['a', []],
      ],
    );
  });

  test('takes no more of the source than the sample needs, and sees fields that come later', () => {
    const sourceFields = ['a'];
    let taken = 0;
    function* records() {
      for (;;) {
        taken++;
        if (taken === 2) sourceFields.push('b');
        yield [json('number', '1'), json('number', '2')];
      }
    }
    const { evidence, sampledRecords } = inferCollection({
      name: 'x',
      sourceFields,
      records: records(),
      maxRecords: 3,
      isJsonSource: true,
    });
    assert.deepEqual([sampledRecords, evidence.map((field) => field.field)], [3, ['a', 'b']]);
    assert.ok(taken <= 4);
  });

  test('says what is missing where nothing can be inferred', () => {
    const cannotInfer = (error: unknown) => isAppError(error, 'collection.cannot_infer');
    assert.throws(() => inferCollection({ name: 'x', sourceFields: ['a'], records: [] }), cannotInfer);
    assert.throws(() => inferCollection({ name: 'x', sourceFields: [], records: [[]] }), cannotInfer);
    assert.throws(
      () => inferCollection({ name: 'x', sourceFields: ['a', 'a'], records: [['1', '2']] }),
      cannotInfer,
    );
  });

  test('keeps the leading zeros of zipcodes.csv, and makes zip_code the key', () => {
    const [header = [], ...records] = readFileSync(new URL('zipcodes.csv', data), 'utf8')
      .trim()
      .split(/\r?\n/)
      .slice(0, 3000)
      .map((line) => line.split(','));
    const { definition, evidence } = inferCollection({ name: 'zipcodes', sourceFields: header, records });
    assert.deepEqual(
      evidence.map(({ type }) => type),
      ['text', 'number', 'number', 'text', 'text', 'text'],
    );
    assert.equal(evidence[0]?.reason, '00501 has a leading zero');
    assert.deepEqual(definition['key'], ['zip_code']);
  });

  test('makes a collection of movies.json that rejects just the titles that are no text', () => {
    const movies = JSON.parse(readFileSync(new URL('movies.json', data), 'utf8')) as Record<
      string,
      unknown
    >[];
    const sourceFields = Object.keys(movies[0] ?? {});
    const records = movies.map((movie) => sourceFields.map((name) => sourceValue(movie[name])));
    const { definition } = inferCollection({ name: 'movies', sourceFields, records, isJsonSource: true });
    const collection = parseCollection(JSON.parse(JSON.stringify(definition)));
    const { record } = createJudge({ collection, facts: [], fields: sourceFields, isJsonSource: true });
    const issues: string[] = [];
    for (const values of records)
      record(values, [], (position, code) => issues.push(`${sourceFields[position]} ${code}`));
    assert.deepEqual(
      issues,
      Array.from({ length: 9 }, () => 'Title field.not_text'),
    );
    assert.equal(collection.fields.find((field) => field.name === 'Release Date')?.type, 'date');
  });
});

function sourceValue(value: unknown): SourceValue {
  if (value === null || value === undefined || typeof value === 'string') return value;
  return json(typeof value === 'number' ? 'number' : 'boolean', JSON.stringify(value));
}

test('proposeName makes a legal name of any file name', () => {
  const names = [
    'zipcodes.csv',
    '/tmp/Zip Codes (2024).csv.gz',
    'Éclairs.jsonl',
    '2024.json',
    'C:\\data\\a-b.CSV',
    `${'x'.repeat(100)}.csv`,
  ];
  assert.deepEqual(names.map(proposeName), [
    'zipcodes',
    'zip_codes_2024',
    'eclairs',
    'records',
    'a-b',
    'x'.repeat(63),
  ]);
});
