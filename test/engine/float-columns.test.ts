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
    `the column cannot hold this number exactly; the nearest that it can is ${stored}`;
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

test('it is told exactly where PostgreSQL gives back another number', async () => {
  const digits = fc
    .integer({ min: 1, max: 20 })
    .chain((length) => fc.stringMatching(new RegExp(`^[1-9][0-9]{${length - 1}}$`)));
  const decimal = fc
    .tuple(fc.constantFrom('', '-'), digits, fc.integer({ min: -24, max: 12 }))
    .map(([sign, made, exponent]) => `${sign}${made}e${exponent}`);
  const float = fc
    .oneof(
      fc.double({ noNaN: true, min: -1e30, max: 1e30 }),
      fc.float({ noNaN: true, min: Math.fround(-1e30), max: Math.fround(1e30) }),
    )
    .filter((value) => Math.abs(value) > 1e-30)
    .map(String);
  const values = fc.sample(fc.oneof(decimal, float), { seed: SEED, numRuns: RECORDS });
  const { issues } = await send(
    'warned',
    values.map((value, index) => `${index + 1};${value};${value};;[${value}]`),
  );
  const { rows } = await engine.database.pool.query(
    `select (r::text)::numeric as r, (d::text)::numeric as d, (many[1]::text)::numeric as many, v.value::numeric as value, id::int
       from floats join unnest($1::text[]) with ordinality as v(value, id) using (id) order by id`,
    [values],
  );
  assert.equal(rows.length, RECORDS);
  for (const row of rows) {
    const found = issues.filter(({ record }) => record === row.id);
    const expected = ['r', 'd', 'many'].filter(
      (field) => row[field] !== row.value && !same(row[field], row.value),
    );
    assert.deepEqual(
      found.map(({ field }) => field),
      expected,
      `${row.value}`,
    );
    for (const { field, params } of found)
      assert.ok(same(String(params['stored']), row[field ?? '']), `${row.value}: ${params['stored']}`);
  }
});

/** Decimal texts without exponent. */
function same(a: string, b: string): boolean {
  const trimmed = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  return trimmed(a) === trimmed(b);
}
