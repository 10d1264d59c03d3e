import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { ADDED_COLUMNS } from '../../../src/collections/added-columns.ts';
import { matchFields } from '../../../src/collections/match-fields.ts';
import { parseCollection } from '../../../src/collections/parse-collection.ts';
import { findRivals, findTwins } from '../../../src/collections/rival-fields.ts';

const text = { type: 'string' };
const docs = parseCollection({
  name: 'docs',
  key: ['id'],
  schema: { type: 'object', properties: { id: text, title: text, city: text } },
  fields: { title: { aliases: ['Titel', 'heading'] }, city: { title: 'Home town' } },
});

/** What a header with these cells is refused for: the fields with what leads to them. */
function refuse(cells: readonly string[]): Record<string, unknown> {
  const names = cells.map((cell, at) => (cells.indexOf(cell) === at ? cell : `${cell} (2)`));
  const { matches } = matchFields({
    collection: docs,
    sourceFields: names,
    headerCells: cells,
    isComplete: true,
    mode: 'upsert',
  });
  const errors = findRivals(docs, names, cells, matches);
  assert.ok(errors.every(({ code }) => code === 'job.field_mismatch'));
  return Object.fromEntries(errors.map(({ details }) => [details['field'], details['sources']]));
}

describe('rival fields', () => {
  const cases: readonly [what: string, cells: readonly string[], refused: Record<string, unknown>][] = [
    ['nothing where each has its own', ['id', 'title', 'city'], {}],
    ['nothing that leads nowhere twice', ['id', 'x', 'x', 'X'], {}],
    ['a name twice', ['id', 'title', 'title'], { title: ['title', 'title (2)'] }],
    ['a name beside its alias', ['id', 'title', 'Titel'], { title: ['title', 'Titel'] }],
    ['two aliases', ['id', 'heading', 'Titel'], { title: ['heading', 'Titel'] }],
    ['a name beside its title', ['city', 'id', 'Home town'], { city: ['city', 'Home town'] }],
    ['names that differ by case', ['id', 'Title', 'title'], { title: ['Title', 'title'] }],
    ['names that differ by blanks', ['id', 'home-town', 'Home Town'], { city: ['home-town', 'Home Town'] }],
    [
      'names that differ by what nobody sees',
      ['id', 'ti\u200btle', 'title'],
      { title: ['ti\u200btle', 'title'] },
    ],
    ['three of a kind', ['id', 'title', 'Titel', 'heading'], { title: ['title', 'Titel', 'heading'] }],
    ['the key', ['id', 'ID'], { id: ['id', 'ID'] }],
    ['two fields at once', ['id', 'ID', 'city', 'CITY'], { id: ['id', 'ID'], city: ['city', 'CITY'] }],
    ['nothing of our own columns in failed rows', [...ADDED_COLUMNS, 'id', 'title'], {}],
  ];
  for (const [what, cells, refused] of cases) {
    test(`are ${what}`, () => assert.deepEqual(refuse(cells), refused));
    test(`are ${what}, in whatever order`, () => {
      const sorted = (found: Record<string, unknown>) =>
        Object.fromEntries(
          Object.entries(found).map(([field, sources]) => [field, (sources as string[]).toSorted().length]),
        );
      assert.deepEqual(sorted(refuse(cells.toReversed())), sorted(refused));
    });
  }

  test('are told with their columns, and what to call them in a mapping', () => {
    const [error] = findRivals(
      docs,
      ['id', 'title', 'title (2)'],
      ['id', 'title', 'title'],
      [{ field: 'title', source: 'title', by: 'name' }],
    );
    assert.equal(
      error?.message,
      'The source has "title" more than once (columns 2 and 3), and both lead to "title" of docs. Rename or remove all but one, or say ' +
        'with a mapping which one counts and ignore the others, where they are called "title" and "title (2)".',
    );
  });

  test('a mapping that takes one and ignores the other settles it, whatever else it says', () => {
    const twins = (ignore: readonly string[], source = 'title') =>
      findTwins(docs, ['id', 'title', 'title (2)', 'x'], ['id', 'title', 'title', 'x'], {
        fields: [
          { field: 'id', source: 'id' },
          { field: 'title', source },
        ],
        ignore,
      }).map(({ details }) => details['sources']);
    assert.deepEqual(twins([]), [['title', 'title (2)']]);
    assert.deepEqual(twins(['x']), [['title', 'title (2)']]);
    assert.deepEqual(twins(['title (2)']), []);
    assert.deepEqual(twins(['title'], 'title (2)'), []);
    assert.deepEqual(twins([], 'title (2)'), [['title', 'title (2)']]);
  });

  test('no header is both taken and ambiguous: each field has one source, or is refused', () => {
    const cell = fc.constantFrom(
      'id',
      'ID',
      'title',
      'Title',
      'Titel',
      'heading',
      'city',
      'Home town',
      'x',
      'y',
    );
    const header = fc.array(cell, { minLength: 1, maxLength: 6 });
    const property = fc.property(header, (cells) => {
      const leads = (names: readonly string[]) => cells.filter((one) => names.includes(one)).length;
      const expected = Object.entries({
        id: leads(['id', 'ID']),
        title: leads(['title', 'Title', 'Titel', 'heading']),
        city: leads(['city', 'Home town']),
      }).flatMap(([field, count]) => (count > 1 ? [[field, count]] : []));
      const names = new Map<string, number>();
      const sources = cells.map((one) => {
        const seen = (names.get(one) ?? 0) + 1;
        names.set(one, seen);
        return seen === 1 ? one : `${one} (${seen})`;
      });
      const { matches } = matchFields({
        collection: docs,
        sourceFields: sources,
        headerCells: cells,
        isComplete: true,
        mode: 'upsert',
      });
      const found = findRivals(docs, sources, cells, matches).map(({ details }) => [
        details['field'],
        (details['sources'] as string[]).length,
      ]);
      assert.deepEqual(found, expected, cells.join());
    });
    fc.assert(property, { seed: 20_260_101, numRuns: 500 });
  });
});
