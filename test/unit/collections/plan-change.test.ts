import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matchFields } from '../../../src/collections/match-fields.ts';
import { parseCollection } from '../../../src/collections/parse-collection.ts';
import { planChange } from '../../../src/collections/plan-change.ts';
import { renderJsonTemplate, templateHeader } from '../../../src/collections/template.ts';

const definition = {
  name: 'people',
  key: ['id'],
  schema: { properties: { id: { type: 'integer' }, name: { type: 'string' }, age: { type: 'integer' } } },
};

/** A definition with other properties, and whatever else differs. */
function changed(properties: object, more: object = {}) {
  return {
    ...definition,
    schema: { properties: { ...definition.schema.properties, ...properties } },
    ...more,
  };
}

function steps(to: object, from: object = definition): string[] {
  const plan = planChange(parseCollection(from), parseCollection(JSON.parse(JSON.stringify(to))));
  return plan.map(
    (step) =>
      `${step.kind} ${step.field ?? ''}${step.isDestructive ? '!' : ''}${step.changesTable ? ' table' : ''}`,
  );
}

describe('planChange', () => {
  for (const [name, to, expected] of [
    ['nothing', definition, []],
    ['a new field', changed({ city: { type: 'string' } }), ['add_field city table']],
    ['a field that goes', changed({ age: undefined }), ['drop_field age! table']],
    ['a wider type', changed({ age: { type: 'number' } }), ['widen_type age table']],
    ['a narrower type', changed({ name: { type: 'integer' } }), ['narrow_type name! table']],
    ['a rule', changed({ name: { type: 'string', maxLength: 3 } }), ['change_rules name']],
    [
      'another column',
      changed({}, { fields: { name: { column: 'full_name' } } }),
      ['change_column name! table'],
    ],
    [
      'another key',
      changed({}, { key: ['name'] }),
      ['change_rules id', 'change_rules name', 'change_key ! table'],
    ],
    ['a scope', changed({}, { scope: ['account_id'] }), ['change_scope ! table']],
    ['a title', changed({}, { title: 'People' }), ['change_settings ']],
  ] as const) {
    test(`shows ${name}`, () => assert.deepEqual(steps(to), expected));
  }

  test('never touches a bound table', () => {
    const bound = { target: { table: 'people' } };
    assert.deepEqual(steps(changed({ age: undefined }, bound), { ...definition, ...bound }), [
      'drop_field age',
    ]);
  });

  test('says in words what is lost', () => {
    const [step] = planChange(
      parseCollection(definition),
      parseCollection(JSON.parse(JSON.stringify(changed({ age: undefined })))),
    );
    assert.equal(step?.description, 'drop the field "age", with all its values');
  });
});

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
