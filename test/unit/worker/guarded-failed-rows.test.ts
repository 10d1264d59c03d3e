/** Failed rows that a spreadsheet may open: nothing in them is a formula, and read again they are what they were. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { csvFormat } from '../../../src/formats/csv/csv-format.ts';
import { CsvReader } from '../../../src/formats/csv/csv-reader.ts';
import type { CsvDialect } from '../../../src/formats/format.ts';
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
const OPTIONS = { dialect: CSV, limits: { maxRecordBytes: 1e6, maxFields: 100, maxDepth: 10 } };

function render(header: string, fields: readonly string[], raw: string, reasons = 'n: no'): string {
  const form = createFailedRowsForm(CSV, 7, { bytes: Buffer.from(header), fields }, { isGuarded: true });
  const rejected = { record: 2, byteOffset: 0, byteLength: raw.length, isReadable: true, reasons };
  return Buffer.concat([form.begin(), form.record(rejected, Buffer.from(raw), 0), form.end()]).toString();
}

function read(text: string): { fields: readonly string[]; values: readonly unknown[] } {
  const reader = csvFormat.createReader(OPTIONS);
  const records = [...reader.push(Buffer.from(text)), ...reader.end()];
  return { fields: reader.fields, values: records[0]?.values ?? [] };
}

test('an apostrophe is put before a formula, and the column in front says where', () => {
  assert.equal(
    render('n,m\n', ['n', 'm'], '=1+1,"@x, ""y"""\n'),
    `waybill_job,waybill_record,waybill_issues,waybill_guarded,n,m\n7,2,n: no,"[""n"",""m""]",'=1+1,"'@x, ""y"""\n`,
  );
});

test('numbers and other text stay as they are', () => {
  assert.equal(
    render('n,m\n', ['n', 'm'], '-5.20,a\n'),
    'waybill_job,waybill_record,waybill_issues,waybill_guarded,n,m\n7,2,n: no,,-5.20,a\n',
  );
});

test('names and reasons are guarded as well', () => {
  const text = render('=n\n', ['=n'], 'a\n', '=n: no');
  assert.equal(
    text,
    `waybill_job,waybill_record,waybill_issues,waybill_guarded,'=n\n7,2,'=n: no,"[""waybill_issues""]",a\n`,
  );
  assert.deepEqual(read(text).values.slice(2), ['=n: no', '["waybill_issues"]', 'a']);
});

test('a correction that is refused again is guarded once', () => {
  const first = render('n,m\n', ['n', 'm'], '=1,x\n');
  const [header = '', ...rest] = first.split('\n');
  const again = render(`${header}\n`, header.split(','), rest.join('\n'));
  assert.equal(again, first);
  // A spreadsheet has eaten the apostrophe.
  assert.equal(render(`${header}\n`, header.split(','), rest.join('\n').replace("'=1", '=1')), first);
});

test('whatever the values are, they are read again as they were, and none is a formula', () => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom('=', "'", '+', '-', '@', '"', ',', '\t', '1', 'a', '＝', '\n') }),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 2, maxLength: 5 }), (values) => {
      const cells = values.map((value) => `"${value.replaceAll('"', '""').replaceAll('\0', '')}"`);
      const fields = values.map((_, at) => `f${at}`);
      const raw = `${cells.join(',')}\n`;
      const file = render(`${fields.join(',')}\n`, fields, raw);
      const plain = read(`${fields.join(',')}\n${raw}`).values;
      assert.deepEqual(read(file).values.slice(4), plain);
      const guarded = new CsvReader(CSV, OPTIONS);
      const [record] = [...guarded.push(Buffer.from(file)), ...guarded.end()];
      for (const value of record?.values ?? []) {
        if (typeof value === 'string' && !/^[+-]?\d+([.,]\d+)*$/.test(value))
          assert.doesNotMatch(value, /^[=+\-@＝＋－＠\t\r\n]/);
      }
    }),
  );
});
