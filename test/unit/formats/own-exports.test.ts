/** What a CSV export writes, its own collection reads again with nothing said: the header is found whatever the fields are called and hold. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { matchFields } from '../../../src/collections/match-fields.ts';
import { parseCollection } from '../../../src/collections/parse-collection.ts';
import { createRecognition } from '../../../src/collections/recognition.ts';
import type { CsvDialect } from '../../../src/formats/format.ts';
import { isReadable } from '../../../src/formats/format.ts';
import { formatByName } from '../../../src/formats/formats.ts';
import { sniffSample } from '../../../src/formats/sniff/sniff-source.ts';
import { ODD_NAMES as NAMES } from '../../support/odd-names.ts';
import { runsOf } from '../../support/share-of-runs.ts';
import { CSV, createReader, readAll } from './reading.ts';

const CASES = runsOf(320);
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_260_101);

const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }) },
);
const fields = fc.oneof(
  fc.uniqueArray(name, { minLength: 1, maxLength: 2 }),
  fc.uniqueArray(name, { minLength: 1, maxLength: 6 }),
  fc.integer({ min: 2, max: 5 }).map((n) => Array.from({ length: n }, (_, i) => String(2018 + i))),
);

function createCollection(names: readonly string[]) {
  const properties = Object.fromEntries(names.map((one) => [one, { type: ['string', 'null'] }]));
  return parseCollection({ name: 'own', schema: { type: 'object', properties } });
}

/** Cells as the names are, as names of another kind are, or any. */
function rowsOf(names: readonly string[]) {
  const cell = fc.oneof(
    fc.constantFrom(...names),
    fc.constantFrom(...NAMES),
    fc.constant(null),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
  );
  const row = fc.oneof(
    { weight: 3, arbitrary: fc.array(cell, { minLength: names.length, maxLength: names.length }) },
    { weight: 1, arbitrary: fc.constant([...names]) },
    { weight: 1, arbitrary: fc.constant(names.map(() => null)) },
  );
  return fc.array(row, { minLength: 1, maxLength: 6 });
}

const file = fields
  .map((names) =>
    names
      .map((one) => one.replaceAll('\0', ''))
      .filter((one, i, all) => one.trim() !== '' && all.indexOf(one) === i),
  )
  .filter((names) => names.length > 0)
  .chain((names) =>
    fc.record({
      names: fc.constant(names),
      rows: rowsOf(names),
      delimiter: fc.constantFrom(',', ',', ';', '\t', '|'),
      hasBom: fc.boolean(),
      lineEnd: fc.constantFrom<CsvDialect['lineEnd']>('\r\n', '\n'),
      cuts: fc.array(fc.nat(400), { maxLength: 3 }),
    }),
  );

test('an export is read again as what it was made of', async () => {
  const property = fc.asyncProperty(file, async ({ names, rows, delimiter, hasBom, lineEnd, cuts }) => {
    const collection = createCollection(names);
    const dialect: CsvDialect = { ...CSV, delimiter, hasBom, lineEnd };
    const writer = formatByName('csv').createWriter({ dialect, fields: names });
    const text = writer.begin() + rows.map((row) => writer.record(row)).join('') + writer.end();
    const bytes = Buffer.from(text);

    const sniffed = await sniffSample(bytes, true, 'none', {}, createRecognition(collection));
    const found = sniffed.dialect as CsvDialect;
    assert.equal(found.hasHeader, true, `${JSON.stringify(text)}: ${sniffed.evidence['header']}`);
    const reader = createReader(found);
    const records = readAll(
      reader,
      bytes,
      cuts.filter((cut) => cut < bytes.length),
    );
    assert.deepEqual(
      { names: reader.fields, rows: records.map(({ values }) => values.map((value) => value ?? null)) },
      { names, rows },
      JSON.stringify(text),
    );
    assert.ok(records.every((record) => isReadable(record) && record.isRemark === undefined));
    const { errors, matches } = matchFields({
      collection,
      sourceFields: reader.fields,
      headerCells: reader.headerCells,
      isComplete: true,
      mode: 'insert',
    });
    assert.deepEqual(errors, []);
    assert.deepEqual(
      new Map(matches.map(({ field, source }) => [field, source])),
      new Map(names.map((one) => [one, one])),
    );
  });
  // A record with the names of a header that stands in quotes throughout.
  const names = ['\ufeffid', 'a,b'];
  const quoted = {
    names,
    rows: [names],
    delimiter: ',' as const,
    hasBom: false,
    lineEnd: '\n' as const,
    cuts: [],
  };
  await fc.assert(property, { numRuns: CASES, seed: SEED, examples: [[quoted]] });
});
