/** What is exported imports again unchanged, in every format, compression and encoding. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { ExportRequest } from '../../src/http/kick-off/bodies.ts';
import { runsOf } from '../support/share-of-runs.ts';
import { countsOf, createEngine, type Engine, rowsOf } from './harness.ts';

const CASES = runsOf(20, 14);
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_260_101);

const DEFINITION = {
  name: 'round',
  key: ['id'],
  target: { table: 'round' },
  schema: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      Text: { type: ['string', 'null'] },
      big: { type: ['integer', 'null'] },
      exact: { type: ['number', 'null'] },
      double: { type: ['number', 'null'] },
      values: { type: ['array', 'null'] },
      flag: { type: ['boolean', 'null'] },
      day: { type: ['string', 'null'], format: 'date' },
      clock: { type: ['string', 'null'], format: 'time' },
      moment: { type: ['string', 'null'], format: 'date-time' },
      uid: { type: ['string', 'null'], format: 'uuid' },
      nested: { type: ['object', 'array', 'string', 'number', 'boolean', 'null'] },
    },
  },
} as const;

const TABLE = `create table round (id bigint primary key, "Text" text, big bigint, exact numeric, double float8, values jsonb[], flag boolean,
  day date, clock time, moment timestamptz, uid uuid, nested jsonb)`;

/** Texts that files like to mangle; and any other that PostgreSQL can store. */
const ODD_TEXTS = [
  '',
  ' ',
  'null',
  'NULL',
  '\\N',
  '""',
  '"',
  ',',
  ';',
  '\t',
  'a\nb',
  'a\r\nb',
  '\r',
  '00501',
  '1e5',
  '=1+1',
  '-1',
  "'quoted'",
  '\\',
  '\ufeff',
  'é',
  '€',
  '😀',
  'e\u0301',
  '\u2028',
  '[1]',
  '{"a":1}',
  'NaN',
  'true',
];

const text = fc.oneof(
  fc.constantFrom(...ODD_TEXTS),
  fc.string({ unit: 'grapheme' }).map((value) => value.replaceAll('\0', '')),
);
const json = fc.oneof(
  fc.constantFrom(
    '{"n": 12345678901234567890, "d": 0.10}',
    '[]',
    '{}',
    '"text"',
    '""',
    '" spaces "',
    '[null, true]',
    '0.1',
    '12345678901234567890',
  ),
  fc
    .jsonValue()
    .filter((value) => value !== null)
    .map((value) => JSON.stringify(value))
    .filter(isStorableJson),
);

/** PostgreSQL's jsonb takes no NUL and no half of a surrogate pair. */
function isStorableJson(value: string): boolean {
  return !/\\u(0000|d[89a-f])/i.test(value);
}

const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 5 });

const row = fc.record({
  text: orNull(text),
  big: orNull(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)),
  exact: orNull(fc.constantFrom('0', '0.1', '-0.0001', '12345678901234567890.123456789', '1.10', '100')),
  double: orNull(fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => String(value + 0))),
  values: orNull(fc.array(orNull(json), { maxLength: 4 })),
  flag: orNull(fc.boolean()),
  day: orNull(fc.constantFrom('2024-02-29', '0001-01-01', '9999-12-31')),
  clock: orNull(fc.constantFrom('00:00:00', '23:59:59.999999')),
  moment: orNull(fc.constantFrom('2024-02-29T12:00:00.123456Z', '1900-01-01T00:00:00+01:30')),
  uid: orNull(fc.uuid()),
  nested: orNull(json),
});

const request = fc.record({
  format: fc.constantFrom<'csv' | 'jsonl' | 'json'>('csv', 'csv', 'jsonl', 'json'),
  compression: fc.constantFrom<'none' | 'gzip' | 'zstd'>('none', 'gzip', 'zstd'),
  encoding: fc.constantFrom<NonNullable<ExportRequest['encoding']>>(
    'utf-8',
    'utf-8-bom',
    'utf-16le',
    'windows-1252',
  ),
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
});

describe('an export', () => {
  let engine: Engine;
  before(async () => {
    engine = await createEngine();
    await engine.database.pool.query(TABLE);
    await engine.apply(DEFINITION);
  });
  after(() => engine.close());

  test('imports again unchanged', { timeout: 600_000 + CASES * 10_000 }, async () => {
    const property = fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 12 }),
      request,
      async (rows, { encoding, delimiter, ...form }) => {
        const isCsv = form.format === 'csv';
        const isNarrow = isCsv && encoding === 'windows-1252';
        await fill(
          engine,
          isNarrow
            ? rows.map((one) => ({ ...one, text: narrow(one.text), nested: null, values: null }))
            : rows,
        );
        const before = await rowsOf(engine, 'round');
        const exported = await engine.export({
          collection: 'round',
          ...form,
          ...(isCsv && { encoding, delimiter }),
        });
        assert.equal(exported.job.state, 'succeeded', JSON.stringify(exported.job.failure));
        const result = (await engine.artifacts(exported.job)).find((file) => file.kind === 'result');
        const upload = await engine.upload(await engine.artifact(exported.job, result?.name ?? ''));
        await engine.database.pool.query('truncate round');
        const read = isCsv && encoding !== 'utf-8-bom' ? { encoding } : {};
        const imported = await engine.import({
          collection: 'round',
          source: { upload },
          dialect: { format: form.format, ...read, ...(isCsv && { delimiter, header: true }) },
        });
        assert.deepEqual(engine.bugs.map(String), []);
        assert.deepEqual([imported.job.failure, imported.issues], [undefined, []]);
        assert.deepEqual(await rowsOf(engine, 'round'), before);
        assert.deepEqual(countsOf(imported.job), { created: rows.length });
      },
    );
    await fc.assert(property, {
      numRuns: CASES,
      seed: SEED,
      interruptAfterTimeLimit: 500_000 + CASES * 9000,
      markInterruptAsFailure: true,
    });
  });

  test('is refused, and says which character, where the encoding has no place for it', async () => {
    await fill(engine, [{ text: 'snow ☃' }]);
    const { job } = await engine.export({ collection: 'round', format: 'csv', encoding: 'windows-1252' });
    assert.equal(job.failure?.code, 'format.not_encodable');
    assert.match(job.failure?.message ?? '', /☃|U\+2603/);
    assert.deepEqual(await engine.artifacts(job), []);
  });
});

async function fill(engine: Engine, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  await engine.database.pool.query('truncate round');
  for (const [index, one] of rows.entries()) {
    await engine.database.pool.query(
      'insert into round values ($1, $2, $3, $4, $5, $6::text[]::jsonb[], $7, $8, $9, $10, $11, $12::text::jsonb)',
      [
        index + 1,
        one['text'],
        one['big'],
        one['exact'],
        one['double'],
        one['values'],
        one['flag'],
        one['day'],
        one['clock'],
        one['moment'],
        one['uid'],
        one['nested'],
      ],
    );
  }
}

/** What windows-1252 has, without the controls that sniffing would take for a binary file. */
function narrow(value: string | null): string | null {
  return value?.replaceAll(/[^\n\r\t\x20-\x7e\xa0-\xff€]/g, '') ?? null;
}
