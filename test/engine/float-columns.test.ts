/** What columns of floats would round is told, exactly where PostgreSQL gives back another number; an import and its validation agree. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { describeIssue } from '../../src/core/issue.ts';
import { createEngine, type Engine, type Finished } from './harness.ts';

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_260_103);
const RECORDS = 400;

const number = { type: ['number', 'null'] };
const PROPERTIES = {
  id: { type: 'integer' },
  r: number,
  d: number,
  whole: { type: ['integer', 'null'] },
  many: { type: ['array', 'null'] },
};

let engine: Engine;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query(
    'create table floats (id bigint primary key, r real, d double precision, whole real, many double precision[])',
  );
  for (const [name, rules] of Object.entries({
    warned: {},
    quiet: { rounding: 'accept' },
    strict: { rounding: 'error' },
    secret: { sensitive: true },
  }))
    await engine.apply({
      name,
      key: ['id'],
      target: { table: 'floats' },
      schema: { type: 'object', properties: PROPERTIES },
      fields: { r: rules, d: rules, whole: rules, many: rules },
    });
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

async function send(collection: string, lines: readonly string[]): Promise<Finished> {
  await engine.database.pool.query('truncate floats');
  const source = { upload: await engine.upload(['id;r;d;whole;many', ...lines].join('\n')) };
  const dialect = { format: 'csv', delimiter: ';', header: true } as const;
  const validation = await engine.validate({ collection, source, dialect });
  const imported = await engine.import({ collection, source, dialect });
  assert.deepEqual(validation.issues, imported.issues);
  return imported;
}

const told = ({ issues }: Finished) =>
  issues.map((issue) => [issue.severity, issue.field, issue.value, describeIssue(issue)]);

test('a number that is not held exactly is told with both numbers', async () => {
  const done = await send('warned', [
    '1;16777217;9007199254740993;16777217;[0.5, 0.1234567890123456789]',
    '2;0.1;0.30000000000000004;7;{0.25}',
  ]);
  const nearest = (stored: string) =>
    `the column cannot hold this number exactly; the nearest value is ${stored}`;
  assert.deepEqual(told(done), [
    ['warning', 'r', '16777217', nearest('16777216')],
    ['warning', 'd', '9007199254740993', nearest('9007199254740992')],
    ['warning', 'whole', '16777217', nearest('16777216')],
    ['warning', 'many', '[0.5, 0.1234567890123456789]', nearest('0.12345678901234568')],
  ]);
  assert.deepEqual(done.job.parts[0]?.counts.created, 2);
});

test('nothing is said where the field says so, and the record is rejected where it says that', async () => {
  const lines = [
    '1;16777217;0.1234567890123456789;;',
    '2;0.5;0.5;;[0.1234567890123456789]',
    '3;0.1;0.1;1;[0.1]',
  ];
  assert.deepEqual((await send('quiet', lines)).issues, []);
  const strict = await send('strict', lines);
  assert.deepEqual(
    strict.issues.map(({ severity, record, field, code }) => [severity, record, field, code]),
    [
      ['error', 1, 'r', 'field.inexact'],
      ['error', 1, 'd', 'field.inexact'],
      ['error', 2, 'many', 'field.inexact'],
    ],
  );
  assert.equal(strict.job.parts[0]?.counts.created, 1);
});

test('neither number is told of a sensitive field', async () => {
  const { issues } = await send('secret', ['1;16777217;;;[9007199254740993]']);
  assert.deepEqual(
    issues.map(({ field, params, value }) => [field, params, value]),
    [
      ['r', { stored: 'another' }, undefined],
      ['many', { stored: 'another' }, undefined],
    ],
  );
});

/** Numbers of up to 20 digits, and floats as JavaScript prints them, down to the smallest. */
function numbers(least: number, most: number, float: fc.Arbitrary<number>): string[] {
  const digits = fc
    .integer({ min: 1, max: 20 })
    .chain((length) => fc.stringMatching(new RegExp(`^[1-9][0-9]{${length - 1}}$`)));
  const decimal = fc
    .tuple(fc.constantFrom('', '-'), digits, fc.integer({ min: least, max: most }))
    .map(([sign, made, exponent]) => `${sign}${made}e${exponent}`);
  return fc.sample(fc.oneof(decimal, float.map(String)), { seed: SEED, numRuns: RECORDS });
}

test('it is told exactly where PostgreSQL gives back another number', async () => {
  const finite = { noNaN: true, noDefaultInfinity: true };
  const reals = numbers(-44, 15, fc.float(finite));
  const doubles = numbers(-320, 285, fc.double(finite));
  const lines = reals.map((real, index) => `${index + 1};${real};${doubles[index]};;[${doubles[index]}]`);
  const { issues } = await send('warned', lines);
  const { rows } = await engine.database.pool.query(
    `select id::int, (r::text)::numeric as r, (d::text)::numeric as d, (many[1]::text)::numeric as many, real::numeric as real, double::numeric as double
       from floats join unnest($1::text[], $2::text[]) with ordinality as v(real, double, id) using (id) order by id`,
    [reals, doubles],
  );
  assert.equal(rows.length, RECORDS);
  for (const row of rows) {
    const given = { r: row.real, d: row.double, many: row.double };
    const expected = Object.entries(given).filter(([field, value]) => !same(row[field], value));
    const found = issues.filter(({ record }) => record === row.id);
    assert.deepEqual(
      found.map(({ field }) => field),
      expected.map(([field]) => field),
      JSON.stringify(row),
    );
    for (const { field = '', params } of found)
      assert.equal(Number(params['stored']), Number(row[field]), JSON.stringify(row));
  }
});

/** Decimal texts without exponent. */
function same(a: string, b: string): boolean {
  const trimmed = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  return trimmed(a) === trimmed(b);
}
