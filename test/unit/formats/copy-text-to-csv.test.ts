import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  array,
  assert as assertProperty,
  constant,
  constantFrom,
  integer,
  oneof,
  property,
  string,
  tuple,
} from 'fast-check';
import { CopyTextToCsv } from '../../../src/formats/copy-text/copy-text-to-csv.ts';
import { createCsvWriter } from '../../../src/formats/csv/csv-writer.ts';
import type { CsvDialect } from '../../../src/formats/format.ts';
import { runsOf } from '../../support/share-of-runs.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
};

function copyText(rows: readonly (readonly (string | null)[])[]): Buffer {
  const value = (text: string | null) =>
    text === null ? '\\N' : text.replaceAll(/[\\\n\r\t\b]/g, (character) => ESCAPES[character] ?? character);
  return Buffer.from(rows.map((row) => `${row.map(value).join('\t')}\n`).join(''));
}

function dialectWith(delimiter: string): CsvDialect {
  return {
    format: 'csv',
    encoding: 'utf-8',
    hasBom: false,
    compression: 'none',
    delimiter,
    quote: '"',
    escape: '"',
    hasHeader: false,
    lineEnd: '\r\n',
  };
}

const NO_LIMIT = { records: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY, isFirst: true };
const text = string({ unit: 'binary' }).filter((value) => value.isWellFormed() && !value.includes('\0'));
const tricky = constantFrom('', '"', '\\N', '\\', ',', ';', '\n', '\r\n', '\t', '\uFEFFx', 'a"b', '😀', ' ');

test('a COPY is transcoded to what the CSV writer would write, however it is cut', () => {
  const cases = integer({ min: 1, max: 4 }).chain((columns) =>
    tuple(
      array(array(oneof(text, tricky, constant(null)), { minLength: columns, maxLength: columns }), {
        maxLength: 12,
      }),
      array(integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
      constantFrom(',', ';', '\t', '|'),
    ),
  );
  assertProperty(
    property(cases, ([rows, cuts, delimiter]) => {
      const dialect = dialectWith(delimiter);
      const columnCount = rows[0]?.length ?? 1;
      const fields = Array.from({ length: columnCount }, (_, at) => `f${at}`);
      const writer = createCsvWriter(dialect, { dialect, fields });
      const csv = new CopyTextToCsv({ ...dialect, columnCount, renderers: fields.map(() => undefined) });
      const copy = copyText(rows);
      const pieces: Buffer[] = [];
      let count = 0;
      for (let at = 0, turn = 0; at < copy.length; turn += 1) {
        const size = cuts[turn % cuts.length] ?? 1;
        csv.push(copy.subarray(at, at + size));
        at += size;
        const taken = csv.take(NO_LIMIT);
        pieces.push(Buffer.from(taken.bytes));
        count += taken.rows;
      }
      assert.equal(csv.isEmpty, true);
      assert.equal(count, rows.length);
      assert.equal(Buffer.concat(pieces).toString(), rows.map((row) => writer.record(row)).join(''));
    }),
    { seed: 20261121, numRuns: runsOf(400) },
  );
});

test('a column with a renderer gets its text, quoted where that needs it', () => {
  const csv = new CopyTextToCsv({
    ...dialectWith(','),
    columnCount: 2,
    renderers: [(stored) => (stored === 't' ? 'yes, "sure"' : 'no'), undefined],
  });
  csv.push(
    copyText([
      ['t', 'a'],
      ['f', 'b'],
      [null, 'c'],
    ]),
  );
  assert.equal(Buffer.from(csv.take(NO_LIMIT).bytes).toString(), '"yes, ""sure""",a\r\nno,b\r\n,c\r\n');
});

test('limits end a file before the row that no longer fits, but one row always fits', () => {
  const csv = new CopyTextToCsv({ ...dialectWith(','), columnCount: 1, renderers: [undefined] });
  csv.push(copyText([['first'], ['second'], ['third']]));
  const first = csv.take({ records: 10, bytes: 3, isFirst: true });
  assert.deepEqual([Buffer.from(first.bytes).toString(), first.rows, first.isFull], ['"first"\r\n', 1, true]);
  const none = csv.take({ records: 10, bytes: 3, isFirst: false });
  assert.deepEqual([none.rows, none.isFull], [0, true]);
  const one = csv.take({ records: 1, bytes: Number.POSITIVE_INFINITY, isFirst: true });
  assert.deepEqual([Buffer.from(one.bytes).toString(), one.rows], ['"second"\r\n', 1]);
});

test('a row with another number of columns is a bug, not a file', () => {
  const csv = new CopyTextToCsv({ ...dialectWith(','), columnCount: 2, renderers: [undefined, undefined] });
  csv.push(Buffer.from('only\n'));
  assert.throws(() => csv.take(NO_LIMIT), /1 columns instead of 2/);
});
