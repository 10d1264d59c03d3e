/** What a collection holds comes back the same, whatever its fields, their number, types and rules, in every format. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { runsOf } from '../support/share-of-runs.ts';
import { countsOf, createEngine, type Engine, rowsOf } from './harness.ts';

const CASES = runsOf(10, 10);
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_260_104);

interface Kind {
  readonly sqlType: string;
  readonly property: object;
  readonly rules?: object;
  /** PostgreSQL's texts. */
  readonly values: readonly string[];
}

const text = { type: ['string', 'null'] };
const date = { type: ['string', 'null'], format: 'date' };
const time = { type: ['string', 'null'], format: 'time' };
const instant = { type: ['string', 'null'], format: 'date-time' };
const DAYS = [
  '2024-02-29',
  '1999-12-31',
  '0044-03-15 BC',
  '10000-01-01',
  '5874897-12-31',
  'infinity',
  '-infinity',
];
const TIMES = ['00:00:00', '12:30:00', '12:30:17', '23:59:59.999999', '24:00:00'];
/** In both hours that New York's clock shows twice, with and without seconds, and at the ends of time. */
const INSTANTS = [
  '2024-11-03 05:30:00+00',
  '2024-11-03 06:30:00+00',
  '2024-11-05 06:30:17.25+00',
  '2024-03-10 07:00:00+00',
  '1950-01-01 00:00:00+00',
  '0001-06-01 12:00:00+00 BC',
  '10000-01-01 13:59:59+00',
  'infinity',
  '-infinity',
];
const newYork = { datePatterns: ['M/d/yyyy h:mm a'], timeZone: 'America/New_York' };

const KINDS: readonly Kind[] = [
  {
    sqlType: 'text',
    property: text,
    values: ['', ' ', 'x', 'null', '\\N', '"\\N"', '"', ',', '\r\n', '=1', "'"],
  },
  { sqlType: 'bigint', property: { type: ['integer', 'null'] }, values: ['0', '-5', '9223372036854775807'] },
  {
    sqlType: 'numeric',
    property: { type: ['number', 'null'] },
    rules: { decimalMark: ',', thousandsMark: ' ' },
    values: ['1234.50', '-0.1'],
  },
  {
    sqlType: 'real',
    property: { type: ['number', 'null'] },
    values: ['0.1', '16777216', '1e-45', '3.4028235e38'],
  },
  {
    sqlType: 'double precision',
    property: { type: ['number', 'null'] },
    values: ['0.1', '1e300', '5e-324', '41014923337138184'],
  },
  {
    sqlType: 'boolean',
    property: { type: ['boolean', 'null'] },
    rules: { trueWords: ['ja'], falseWords: ['nein'] },
    values: ['t', 'f'],
  },
  { sqlType: 'date', property: date, values: DAYS },
  {
    sqlType: 'date',
    property: date,
    rules: { datePatterns: ['M/d/yy'], twoDigitYearsFrom: 1990 },
    values: DAYS,
  },
  {
    sqlType: 'date',
    property: date,
    rules: { datePatterns: ['yyyy-dd-MM'] },
    values: [...DAYS, '2024-01-13'],
  },
  { sqlType: 'time', property: time, values: TIMES },
  { sqlType: 'time', property: time, rules: { datePatterns: ['h:mm a'] }, values: TIMES },
  {
    sqlType: 'timetz',
    property: time,
    values: ['12:30:00+05:30', '24:00:00-12', '12:00:00+00:53:28', '23:59:59.999999-15:59:59'],
  },
  {
    sqlType: 'timetz',
    property: time,
    rules: { datePatterns: ['HH:mm:ssXXX'] },
    values: ['12:30:00+05:30', '12:00:00-00:00:01', '24:00:00+00:53:28'],
  },
  { sqlType: 'timestamptz', property: instant, values: INSTANTS },
  { sqlType: 'timestamptz', property: instant, rules: newYork, values: INSTANTS },
  {
    sqlType: 'timestamptz',
    property: instant,
    rules: { ...newYork, repeatedTime: 'second' },
    values: INSTANTS,
  },
  {
    sqlType: 'timestamptz',
    property: instant,
    rules: { ...newYork, repeatedTime: 'first' },
    values: INSTANTS,
  },
  {
    sqlType: 'timestamptz',
    property: instant,
    rules: { datePatterns: ['dd.MM.yyyy HH:mm XXX'] },
    values: INSTANTS,
  },
  {
    sqlType: 'timestamp',
    property: instant,
    rules: { datePatterns: ['d MMM yyyy HH:mm'] },
    values: ['2024-11-03 01:30:00', '2024-11-03 01:30:17', '0044-03-15 12:00:00 BC', 'infinity'],
  },
  {
    sqlType: 'date[]',
    property: { type: ['array', 'null'] },
    values: ['{}', '{2024-02-29,infinity,NULL,"0044-03-15 BC"}'],
  },
  { sqlType: 'round_code', property: text, values: ['', 'a', 'A', ' '] },
  { sqlType: 'round_day', property: date, rules: { datePatterns: ['M/d/yyyy'] }, values: DAYS.slice(0, 4) },
  { sqlType: 'jsonb', property: { type: ['object', 'null'] }, values: ['{"a": [1.50, null]}', '{}'] },
  { sqlType: 'jsonb not null', property: { type: ['object', 'null'] }, values: ['{"a": 1}', 'null'] },
];

let engine: Engine;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query(`
    create collation round_folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create domain round_text as varchar(5); create domain round_code as round_text collate round_folding check (value <> 'no');
    create domain round_day as date check (value <> '2000-01-01')`);
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

/** Null where the column may be. */
function valueOf(kind: Kind): fc.Arbitrary<string | null> {
  const value = fc.constantFrom(...kind.values);
  return kind.sqlType.endsWith('not null') ? value : fc.option(value, { freq: 3 });
}

/** The very first cases are those of one column, one for each kind. */
const tables = fc
  .array(fc.nat(KINDS.length - 1), { minLength: 1, maxLength: 4 })
  .map((picked) => picked.map((index) => KINDS[index] as Kind));
const filled = (kinds: readonly Kind[]) =>
  fc.record({
    kinds: fc.constant(kinds),
    rows: fc.array(fc.tuple(...kinds.map(valueOf)), { minLength: 1, maxLength: 8 }),
    format: fc.constantFrom<'csv' | 'jsonl' | 'json'>('csv', 'jsonl', 'json'),
    guardFormulas: fc.boolean(),
  });

let made = 0;
async function goesRound(
  kinds: readonly Kind[],
  rows: readonly (readonly (string | null)[])[],
  form: { format: 'csv' | 'jsonl' | 'json'; guardFormulas?: boolean },
): Promise<void> {
  made += 1;
  const name = `round_${made}`;
  await engine.database.pool.query(
    `create table ${name} (${kinds.map(({ sqlType }, i) => `f${i} ${sqlType}`).join(', ')})`,
  );
  const list = (of: (kind: Kind) => object | undefined) =>
    Object.fromEntries(kinds.map((kind, index) => [`f${index}`, of(kind) ?? {}]));
  await engine.apply({
    name,
    target: { table: name },
    schema: { type: 'object', properties: list(({ property }) => property) },
    fields: list(({ rules }) => rules),
  });
  const marks = kinds.map(({ sqlType }, index) => `$${index + 1}::text::${sqlType.replace(' not null', '')}`);
  for (const row of rows)
    await engine.database.pool.query(`insert into ${name} values (${marks.join(', ')})`, [...row]);
  const before = await rowsOf(engine, name);
  const { job } = await engine.export({ collection: name, ...form });
  assert.equal(job.state, 'succeeded', job.failure?.message);
  const result = (await engine.artifacts(job)).find((file) => file.kind === 'result');
  const file = await engine.artifact(job, result?.name ?? '');
  await engine.database.pool.query(`truncate ${name}`);
  const imported = await engine.import({
    collection: name,
    mode: 'insert',
    source: { upload: await engine.upload(file) },
    dialect: { format: form.format, ...(form.format === 'csv' && { header: true, delimiter: ',' }) },
  });
  assert.deepEqual([imported.job.failure, imported.issues], [undefined, []], file.toString());
  assert.deepEqual(await rowsOf(engine, name), before, file.toString());
}

for (const format of ['csv', 'jsonl', 'json'] as const) {
  test(`one column of each kind comes back from ${format}`, { timeout: 300_000 }, async () => {
    for (const kind of KINDS) {
      const rows = kind.sqlType.endsWith('not null') ? kind.values : [null, ...kind.values, null];
      await goesRound(
        [kind],
        rows.map((value) => [value]),
        { format },
      );
    }
  });
}

test('any table comes back, in every format', { timeout: 600_000 + CASES * 20_000 }, async () => {
  const property = fc.asyncProperty(tables.chain(filled), ({ kinds, rows, ...form }) =>
    goesRound(kinds, rows, form),
  );
  await fc.assert(property, { numRuns: CASES, seed: SEED });
});

test('a table with all that the catalogue can have comes back, row for row', async () => {
  await engine.database.pool.query(`
    create table round_whole (
      id bigint generated by default as identity, part int, code round_code, pos int,
      low text generated always as (lower(code::text)) stored constraint not_no check (low <> 'no'),
      above bigint, above_part int, span int4range, note text default 'none',
      primary key (id, part), unique (pos, part) deferrable initially deferred,
      constraint apart exclude using btree (above with =, part with =) deferrable initially deferred,
      constraint is_above foreign key (above, above_part) references round_whole (id, part) deferrable initially deferred
    ) partition by list (part);
    create table round_whole_1 partition of round_whole for values in (1);
    create table round_whole_rest partition of round_whole default;
    insert into round_whole (id, part, code, pos, above, above_part, span) values
      (2, 1, 'Ab', 1, 9, 2, '[1,5)'), (9, 2, 'aB', 1, null, null, 'empty'), (3, 1, '', 2, 2, 1, '(,)'), (4, 7, null, null, 4, 7, null)`);
  const integer = { type: ['integer', 'null'] };
  await engine.apply({
    name: 'round_whole',
    key: ['id', 'part'],
    target: { table: 'round_whole' },
    schema: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        part: { type: 'integer' },
        code: text,
        pos: integer,
        low: text,
        above: integer,
        above_part: integer,
        span: text,
        note: text,
      },
    },
  });
  const before = await rowsOf(engine, 'round_whole');
  for (const format of ['csv', 'jsonl', 'json'] as const) {
    const { job } = await engine.export({ collection: 'round_whole', format });
    const result = (await engine.artifacts(job)).find((file) => file.kind === 'result');
    const source = { upload: await engine.upload(await engine.artifact(job, result?.name ?? '')) };
    const request = { collection: 'round_whole', source };
    for (const atomicity of ['chunk', 'all'] as const) {
      await engine.database.pool.query('truncate round_whole');
      const imported = await engine.import({ ...request, mode: 'insert', atomicity }, { maxChunkRecords: 1 });
      assert.deepEqual([imported.job.failure, imported.issues], [undefined, []], format);
      assert.deepEqual(await rowsOf(engine, 'round_whole'), before, format);
    }
    const again = await engine.import({ ...request, mode: 'replace' });
    assert.deepEqual(countsOf(again.job), { unchanged: 4 });
  }
});
