/** Workbooks as programs and people leave them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isAppError } from '../../../../src/core/errors.ts';
import type { SourceValue } from '../../../../src/formats/format.ts';
import { partsOf, row, text, zipOf } from './foreign-workbook.ts';
import { type Found, read, readWorkbook } from './read-workbook.ts';

function show(value: SourceValue): string | null | undefined {
  return typeof value === 'object' && value !== null ? (value.shown ?? value.text) : value;
}

const valuesOf = ({ records }: Found) => records.map(({ values }) => values.map(show));

/** A header of two names and one record. */
const TABLE =
  row(1, text('A1', 'id'), text('B1', 'name')) + row(2, '<c r="A2"><v>1</v></c>', text('B2', 'Ann'));
const EXPECTED = [['1', 'Ann']];

describe('a workbook', () => {
  it('is read from its first sheet that is not hidden', async () => {
    const other = row(1, text('A1', 'no'));
    const found = await read({
      sheets: [
        { name: 'Hidden', rows: other, state: 'hidden' },
        { name: 'Very', rows: other, state: 'veryHidden' },
        { name: 'Data', rows: TABLE },
        { name: 'Later', rows: other },
      ],
    });
    assert.equal(found.dialect.sheet, 'Data');
    assert.deepEqual(valuesOf(found), EXPECTED);
  });

  for (const sheet of ['Later', 'lATER', 2, '2'] as const) {
    it(`is read from the sheet that is asked for: ${sheet}`, async () => {
      const found = await read(
        {
          sheets: [
            { name: 'Data', rows: row(1, text('A1', 'no')) },
            { name: 'Later', rows: TABLE },
          ],
        },
        { sheet },
      );
      assert.equal(found.dialect.sheet, 'Later');
      assert.deepEqual(valuesOf(found), EXPECTED);
    });
  }

  it('tells its sheets when the one that is asked for is not there', async () => {
    for (const sheet of ['Other', 3] as const) {
      await assert.rejects(
        read(
          {
            sheets: [
              { name: 'A', rows: TABLE },
              { name: 'B', rows: TABLE },
            ],
          },
          { sheet },
        ),
        (error) =>
          isAppError(error) &&
          error.code === 'format.invalid_option' &&
          error.message.includes('it has "A", "B"'),
      );
    }
  });

  it('may have prefixes, absolute targets, upper case names and any order of its parts', async () => {
    const parts = partsOf({ sheets: [{ name: 'S', rows: TABLE }] });
    const prefixed = Object.entries(parts).map(([name, content]) => [
      name.replace('xl/worksheets/sheet1.xml', 'XL/Worksheets/SHEET1.XML'),
      name.startsWith('xl/worksheets')
        ? content.replaceAll(/<(\/?)(\w)/g, '<$1x:$2').replace('xmlns=', 'xmlns:x=')
        : content.replace('Target="worksheets', 'Target="/xl/worksheets'),
    ]);
    assert.deepEqual(
      valuesOf(await readWorkbook(await zipOf(Object.fromEntries(prefixed.toReversed())))),
      EXPECTED,
    );
  });

  it('may be of the strict form', async () => {
    const parts = partsOf({ sheets: [{ name: 'S', rows: TABLE }] });
    const strict = Object.entries(parts).map(([name, content]) => [
      name,
      content
        .replaceAll(
          'http://schemas.openxmlformats.org/spreadsheetml/2006/main',
          'http://purl.oclc.org/ooxml/spreadsheetml/main',
        )
        .replaceAll(
          'http://schemas.openxmlformats.org/officeDocument/2006/relationships',
          'http://purl.oclc.org/ooxml/officeDocument/relationships',
        ),
    ]);
    assert.deepEqual(valuesOf(await readWorkbook(await zipOf(Object.fromEntries(strict)))), EXPECTED);
  });

  it('may be in UTF-16, and have a byte order mark', async () => {
    const parts = partsOf({ sheets: [{ name: 'S', rows: TABLE }] });
    const sheet = parts['xl/worksheets/sheet1.xml'] ?? '';
    for (const bytes of [Buffer.from(`\uFEFF${sheet}`, 'utf16le'), Buffer.from(`\uFEFF${sheet}`)]) {
      const found = await readWorkbook(await zipOf({ ...parts, 'xl/worksheets/sheet1.xml': bytes }));
      assert.deepEqual(valuesOf(found), EXPECTED);
    }
  });

  it('may have no styles, no addresses, gaps, and rows out of order', async () => {
    const { 'xl/styles.xml': _, ...parts } = partsOf({
      sheets: [
        {
          name: 'S',
          rows: `<row><c t="inlineStr"><is><t>a</t></is></c><c t="inlineStr"><is><t>b</t></is></c></row><row r="5"><c r="B5"><v>2</v></c></row><row r="4"><c><v>1</v></c></row>`,
        },
      ],
    });
    const found = await readWorkbook(await zipOf(parts));
    assert.deepEqual(valuesOf(found), [
      [null, '2'],
      ['1', null],
    ]);
    assert.deepEqual(
      found.records.map(({ line, number }) => [line, number]),
      [
        [5, 1],
        [4, 2],
      ],
    );
  });

  it('has a record where a row has only an empty text or null, typed as such', async () => {
    const typed = (at: string, text: string) =>
      `<row r="${at.slice(1)}"><c r="${at}" s="1" t="inlineStr"><is><t>${text}</t></is></c></row>`;
    const rows = TABLE + typed('A3', '') + typed('B4', '') + typed('A5', String.raw`\N`);
    const unmarked = '<row r="6"><c r="A6" t="inlineStr"><is><t/></is></c></row>';
    const found = await read({ sheets: [{ name: 'S', rows: rows + unmarked }] });
    assert.deepEqual(valuesOf(found).slice(EXPECTED.length), [
      ['', null],
      [null, ''],
      [null, null],
    ]);
  });

  it('has no record where a row has only a look, and counts the rows as the sheet does', async () => {
    const blank = Array.from(
      { length: 990 },
      (_, i) => `<row r="${i + 3}" s="1"><c r="A${i + 3}" s="1"/><c r="B${i + 3}" s="1"/></row>`,
    );
    const found = await read({
      sheets: [{ name: 'S', rows: TABLE + blank.join('') + row(993, '<c r="A993"><v>2</v></c>') }],
    });
    assert.deepEqual(valuesOf(found), [...EXPECTED, ['2', null]]);
    assert.equal(found.records[1]?.line, 993);
  });

  it('may have a title above its header, and no header', async () => {
    const titled =
      row(1, text('A1', 'Customers of May')) +
      row(3, text('A3', 'id'), text('B3', 'name'), text('C3', 'born')) +
      [4, 5, 6]
        .map((n) => row(n, `<c r="A${n}"><v>${n}</v></c>`, text(`B${n}`, 'x'), text(`C${n}`, 'y')))
        .join('');
    const found = await read({ sheets: [{ name: 'S', rows: titled }] });
    assert.equal(found.dialect.skipLines, 2);
    assert.deepEqual(found.fields, ['id', 'name', 'born']);
    assert.equal(found.records.length, 3);
    const bare = await read(
      { sheets: [{ name: 'S', rows: row(1, '<c r="A1"><v>1</v></c>', text('B1', 'x')) }] },
      { hasHeader: false },
    );
    assert.deepEqual(bare.fields, ['column_1', 'column_2']);
    assert.deepEqual(valuesOf(bare), [['1', 'x']]);
  });

  it('says which row has more cells than the header', async () => {
    const found = await read({
      sheets: [{ name: 'S', rows: TABLE + row(3, '<c r="A3"><v>2</v></c>', text('E3', 'note')) }],
    });
    assert.deepEqual(found.records[1]?.problems, [
      { code: 'record.ragged_long', params: { actual: 5, expected: 2 }, isFatal: false },
    ]);
  });
});
