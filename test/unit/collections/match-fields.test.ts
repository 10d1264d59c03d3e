import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type MatchOptions, matchFields } from '../../../src/collections/match-fields.ts';
import { parseCollection } from '../../../src/collections/parse-collection.ts';
import { parseMapping } from '../../../src/collections/parse-mapping.ts';
import { createShaper } from '../../../src/collections/shape.ts';
import { isAppError } from '../../../src/core/errors.ts';
import type { SourceValue } from '../../../src/core/source-value.ts';
import { column } from './judge-harness.ts';

const text = { type: 'string' };
const definition = {
  name: 'people',
  key: ['email'],
  schema: { properties: { email: text, first_name: text, born: text, city: text }, required: ['born'] },
  fields: { born: { aliases: ['Geburtstag'] }, city: { title: 'Home town', sensitive: true } },
};
const people = parseCollection(definition);

function match(sourceFields: readonly string[], more: Partial<MatchOptions> = {}) {
  const result = matchFields({ collection: people, sourceFields, isComplete: true, mode: 'upsert', ...more });
  const by = Object.fromEntries(result.matches.map((match) => [match.field, `${match.by} ${match.source}`]));
  return { ...result, by, codes: result.errors.map((error) => error.code) };
}

describe('matchFields', () => {
  test('matches by name, alias, title, and regardless of case and separators', () => {
    const { by, unknownFields, errors } = match(['email', 'First-Name', 'Geburtstag', 'Home town', 'age']);
    assert.deepEqual(by, {
      email: 'name email',
      first_name: 'similar First-Name',
      born: 'alias Geburtstag',
      city: 'title Home town',
    });
    assert.deepEqual(unknownFields, ['age']);
    assert.deepEqual(errors, []);
  });

  test('prefers the exact name and matches nothing that fits twice', () => {
    assert.equal(match(['email', 'born', 'E-mail']).by['email'], 'name email');
    assert.equal(match(['email', 'born', 'FIRST_NAME', 'First Name']).by['first_name'], undefined);
  });

  test('refuses a mapping to a field that the collection does not have, with a guess', () => {
    const fields = ['email', 'born', 'cty'].map((field) => ({ field, source: field }));
    const { errors } = match(['email', 'born', 'cty'], { mapping: { fields, ignore: [] } });
    assert.deepEqual(
      errors.map((error) => error.code),
      ['job.field_mismatch'],
    );
    assert.match(errors[0]?.message ?? '', /fills "cty", which people does not have.*did you mean "city"/);
  });

  test('names the missing key field, with a guess', () => {
    const { errors } = match(['emial', 'born']);
    assert.equal(errors[0]?.code, 'job.missing_key_field');
    assert.match(errors[0]?.message ?? '', /did you mean "emial".*It has: emial, born\.$/);
    assert.match(match([]).errors[0]?.message ?? '', /It has: none\.$/);
  });

  test('asks for required fields where records may be inserted', () => {
    assert.deepEqual(match(['email']).codes, ['job.field_mismatch']);
    assert.deepEqual(match(['email'], { mode: 'update' }).codes, []);
    const facts = [column('city', 'text', { isNullable: false })];
    assert.match(match(['email', 'born'], { facts }).errors[0]?.message ?? '', /"city"/);
  });

  test('waits for fields that a JSON source may still bring', () => {
    const { by, codes } = match(['email'], { isComplete: false });
    assert.equal(by['born'], 'awaited born');
    assert.deepEqual(codes, []);
  });

  test('leaves the columns of a failed-rows file out silently', () => {
    const { unknownFields, mapping } = match([
      'waybill_job',
      'waybill_record',
      'waybill_issues',
      'email',
      'born',
    ]);
    assert.deepEqual(unknownFields, []);
    assert.deepEqual(mapping.fields, [
      { field: 'email', source: 'email' },
      { field: 'born', source: 'born' },
    ]);
  });

  test('takes a column that is called like one of them, without the others, for an unknown field', () => {
    const { unknownFields } = match(['waybill_job', 'waybill_issues', 'email', 'born']);
    assert.deepEqual(unknownFields, ['waybill_job', 'waybill_issues']);
  });

  test('refuses unknown fields where the collection does, a header that repeats, and a source of something else', () => {
    const strict = parseCollection({ ...definition, unknownFields: 'error' });
    assert.deepEqual(match(['email', 'born', 'age'], { collection: strict }).codes, ['job.field_mismatch']);
    assert.deepEqual(match(['email', 'born', 'email']).codes, ['job.field_mismatch']);
    const keyless = parseCollection({ name: 'x', schema: { properties: { a: text } } });
    assert.deepEqual(match(['b'], { collection: keyless }).codes, ['job.field_mismatch']);
  });

  test('takes a mapping that is set as it is, and checks that it names what is there', () => {
    const mapping = parseMapping(
      {
        fields: [
          { field: 'email', source: 'mail' },
          { field: 'born', constant: null },
        ],
        ignore: ['age'],
      },
      people,
    );
    assert.deepEqual(match(['mail', 'age'], { mapping }).codes, []);
    assert.deepEqual(match(['male', 'age'], { mapping }).unknownFields, ['male']);
    assert.match(match(['mial'], { mapping }).errors[0]?.message ?? '', /did you mean "mial"/);
  });
});

test('parseMapping tells everything that is wrong with a mapping', () => {
  const json = {
    fields: [{ field: 'emial', source: 'a' }, { field: 'city' }, { field: 'city', constant: 1 }],
    ignored: [],
  };
  assert.throws(
    () => parseMapping(json, people),
    (error) => {
      assert.ok(isAppError(error, 'request.invalid'));
      const paths = (error.details['errors'] as { path: string }[]).map(({ path }) => path);
      assert.deepEqual(paths, [
        '$.ignored',
        '$.fields[0].field',
        '$.fields[1]',
        '$.fields[2].constant',
        '$.fields[2].field',
      ]);
      return true;
    },
  );
});

describe('createShaper', () => {
  function shape(
    mapping: object,
    sourceFields: readonly string[],
    values: readonly SourceValue[],
    collection = people,
  ) {
    const shaper = createShaper({ collection, mapping: parseMapping(mapping, collection), sourceFields });
    const out: SourceValue[] = [];
    const issues: unknown[][] = [];
    const isShaped = shaper.record(values, out, (position, code, _params, value, _severity, source) =>
      issues.push([position, code, value, source]),
    );
    return { out, issues, isShaped };
  }

  test('renames, fills in, trims and replaces', () => {
    const mapping = {
      fields: [
        { field: 'email', source: 'b', trim: true },
        { field: 'born', source: 'c', default: '2000-01-01' },
        { field: 'city', source: 'a', valueMap: { B: 'Berlin', '-': null } },
        { field: 'first_name', constant: 'x' },
      ],
    };
    assert.deepEqual(shape(mapping, ['a', 'b', 'c'], ['B', ' m ']).out, ['m', '2000-01-01', 'Berlin', 'x']);
    assert.deepEqual(shape(mapping, ['a', 'b', 'c'], ['-', 'm', 'd']).out, ['m', 'd', null, 'x']);
  });

  test('tells values without a place in the value map, but not those of sensitive fields', () => {
    const map = (field: string) => ({ fields: [{ field, source: 'a', valueMap: { x: 'y' } }] });
    assert.deepEqual(shape(map('born'), ['a'], ['z']), {
      out: [undefined],
      issues: [[0, 'field.value_not_mapped', 'z', undefined]],
      isShaped: false,
    });
    assert.deepEqual(shape(map('city'), ['a'], ['z']).issues, [
      [0, 'field.value_not_mapped', undefined, undefined],
    ]);
    assert.deepEqual(
      shape(
        { fields: [{ field: 'born', source: 'a', valueMap: { x: 'y' }, otherwise: 'keep' }] },
        ['a'],
        ['z'],
      ).out,
      ['z'],
    );
  });

  test('finds fields that appear while records are read', () => {
    const sourceFields = ['email'];
    const mapping = parseMapping(
      {
        fields: [
          { field: 'email', source: 'email' },
          { field: 'born', source: 'born' },
        ],
      },
      people,
    );
    const shaper = createShaper({ collection: people, mapping, sourceFields });
    const out: SourceValue[] = [];
    shaper.record(['a'], out, () => assert.fail());
    assert.deepEqual(out, ['a', undefined]);
    sourceFields.push('age', 'born');
    shaper.record(['a', '7', 'b'], out, () => assert.fail());
    assert.deepEqual(out, ['a', 'b']);
    assert.deepEqual(shaper.unknownFields(), ['age']);
  });

  test('refuses records with unknown fields where the collection does', () => {
    const strict = parseCollection({ ...definition, unknownFields: 'error' });
    const mapping = { fields: [{ field: 'email', source: 'email' }] };
    assert.deepEqual(shape(mapping, ['email', 'age'], ['a', '7'], strict).issues, [
      [-1, 'field.unknown', undefined, 'age'],
    ]);
    assert.equal(shape(mapping, ['email', 'age'], ['a'], strict).isShaped, true);
  });
});
