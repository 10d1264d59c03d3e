import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCollection } from '../../../src/collections/parse-collection.ts';
import { createRecognition } from '../../../src/collections/recognition.ts';

const collection = parseCollection({
  name: 'own',
  schema: {
    type: 'object',
    properties: {
      name: { type: 'string', title: 'Full name' },
      '-': { type: 'string' },
      '2019': { type: 'integer' },
    },
  },
  fields: { name: { aliases: ['nom'] } },
});

const CASES: readonly [what: string, names: readonly string[], fields: number][] = [
  ['names', ['name', '2019'], 2],
  ['a title, an alias and a name of one field', ['Full name', 'nom', 'name'], 1],
  ['names that are alike', ['NAME', 'full_name', ' 2019 '], 2],
  ['letters that nobody sees', ['na\u200bme'], 1],
  ['a name of marks alone, exactly', ['-'], 1],
  ['cells without a letter, which are no names', ['', ' ', '_', '\u200b'], 0],
  ['others', ['price', '2020'], 0],
];

for (const [what, names, fields] of CASES)
  test(`a collection knows ${what}`, () => assert.equal(createRecognition(collection)(names), fields));

test('with a mapping, what it takes fields from is known, and nothing else', () => {
  const fields = [{ field: 'name', source: 'Wer  da' }, { field: '2019', source: 'x' }, { field: '-' }];
  const recognise = createRecognition(collection, { fields, ignore: [] });
  assert.equal(recognise(['wer da', 'name', '2019', '-']), 0);
  assert.equal(recognise(['Wer da', 'x']), 2);
});
