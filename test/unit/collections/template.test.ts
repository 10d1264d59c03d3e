import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matchFields } from '../../../src/collections/match-fields.ts';
import { parseCollection } from '../../../src/collections/parse-collection.ts';
import { renderJsonTemplate, templateHeader } from '../../../src/collections/template.ts';

describe('templates', () => {
  const collection = parseCollection({
    name: 'x',
    schema: {
      properties: {
        'a,b': { type: 'string' },
        n: { type: 'number' },
        d: { type: 'string', format: 'date' },
        t: { type: 'array' },
        ok: { type: 'boolean' },
        kind: { enum: ['p', 'q'] },
      },
    },
  });
  test('have the names of the fields above their columns', () =>
    assert.deepEqual(templateHeader(collection, 'names'), ['a,b', 'n', 'd', 't', 'ok', 'kind']));
  test('have titles where an import would know them again', () => {
    const titled = parseCollection({
      name: 'x',
      schema: {
        properties: {
          a: { type: 'string', title: 'First name' },
          b: { type: 'string', title: 'a' },
          c: { type: 'string', title: 'Twice' },
          d: { type: 'string', title: 'Twice' },
          e: { type: 'string' },
        },
      },
    });
    assert.deepEqual(templateHeader(titled, 'titles'), ['First name', 'b', 'c', 'd', 'e']);
    const sourceFields = templateHeader(titled, 'titles');
    const { matches } = matchFields({ collection: titled, sourceFields, isComplete: true, mode: 'insert' });
    assert.deepEqual(
      matches.map(({ field, source }) => [field, source]),
      ['a', 'b', 'c', 'd', 'e'].map((field, index) => [field, sourceFields[index]]),
    );
  });
  test('are one record for JSON', () => {
    assert.deepEqual(JSON.parse(renderJsonTemplate(collection)), [
      { 'a,b': 'text', n: 1.5, d: '2024-01-31', t: [], ok: true, kind: 'p' },
    ]);
  });
});
