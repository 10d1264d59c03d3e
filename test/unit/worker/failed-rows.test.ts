import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CsvDialect, SourceDialect } from '../../../src/formats/format.ts';
import { createFailedRowsForm } from '../../../src/worker/report/failed-rows.ts';

const CSV: CsvDialect = {
  format: 'csv',
  encoding: 'utf-8',
  hasBom: false,
  compression: 'none',
  delimiter: ',',
  quote: '"',
  escape: '"',
  hasHeader: true,
  lineEnd: '\n',
};
const JSON_LINES: SourceDialect = { format: 'jsonl', encoding: 'utf-8', hasBom: false, compression: 'none' };

/** The file of failed rows of job 7, whose second record is `raw`. */
function render(dialect: SourceDialect, header: string, raw: string, fields: readonly string[] = []): string {
  const form = createFailedRowsForm(dialect, 7, { bytes: Buffer.from(header), fields });
  const rejected = { record: 2, byteOffset: 0, byteLength: raw.length, isReadable: true, reasons: 'n: no' };
  return Buffer.concat([form.begin(), form.record(rejected, Buffer.from(raw), 0), form.end()]).toString();
}

const ADDED = ['waybill_job', 'waybill_record', 'waybill_issues'];

test('three columns come first, and the rest is as it was', () => {
  assert.equal(
    render(CSV, 'n,m\n', '"a ""b""", c\n', ['n', 'm']),
    'waybill_job,waybill_record,waybill_issues,n,m\n7,2,n: no,"a ""b""", c\n',
  );
});

test('the columns of an earlier file of failed rows are replaced', () => {
  assert.equal(
    render(CSV, `${ADDED.join(',')},n,m\n`, '3,9,"n: no, ""x""\nor y",a,b\n', [...ADDED, 'n', 'm']),
    'waybill_job,waybill_record,waybill_issues,n,m\n7,2,n: no,a,b\n',
  );
});

test('they are replaced in other delimiters, quotes and encodings as well', () => {
  const dialect: CsvDialect = {
    ...CSV,
    delimiter: ';',
    quote: "'",
    escape: '\\',
    encoding: 'windows-1252',
    lineEnd: '\r\n',
  };
  const form = createFailedRowsForm(dialect, 7, {
    bytes: Buffer.from(`'waybill_job';waybill_record;waybill_issues;n\r\n`, 'latin1'),
    fields: [...ADDED, 'n'],
  });
  const rejected = { record: 2, byteOffset: 0, byteLength: 1, isReadable: true, reasons: 'no' };
  const bytes = [form.begin(), form.record(rejected, Buffer.from(`3;9;'it\\'s; so';\xe4`, 'latin1'), 0)];
  assert.equal(
    Buffer.concat(bytes).toString('latin1'),
    'waybill_job;waybill_record;waybill_issues;n\r\n7;2;no;\xe4\r\n',
  );
});

test('they are found where a person has moved them', () => {
  assert.equal(
    render(CSV, 'n,waybill_issues,waybill_job,m\n', 'a,no,3,b\n', [
      'n',
      'waybill_issues',
      'waybill_job',
      'm',
    ]),
    'waybill_job,waybill_record,waybill_issues,n,m\n7,2,n: no,a,b\n',
  );
});

test('the names of an earlier file are replaced in JSON, wherever they stand', () => {
  const raw =
    '{ "waybill_job":3, "a": {"waybill_job": [1, "x,}"]},"waybill_issues":"a: \\"}, no", "b":1.10 }\n';
  assert.equal(
    render(JSON_LINES, '', raw),
    '{"waybill_job":7,"waybill_record":2,"waybill_issues":"n: no", "a": {"waybill_job": [1, "x,}"]}, "b":1.10 }\n',
  );
});

test('an empty object gets the names alone', () => {
  assert.equal(
    render(JSON_LINES, '', '{"waybill_record": 5}\n'),
    '{"waybill_job":7,"waybill_record":2,"waybill_issues":"n: no"}\n',
  );
});
