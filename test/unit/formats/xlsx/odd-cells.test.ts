/** What single cells are, however a program has written them. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { SourceValue } from '../../../../src/formats/format.ts';
import { DEFAULT_DECOMPRESSION_LIMITS } from '../../../../src/formats/source/decompression-limits.ts';
import { decodeRow, encodeRow, type SheetRow } from '../../../../src/formats/xlsx/read/row-lines.ts';
import { sheetRows } from '../../../../src/formats/xlsx/read/sheet-rows.ts';
import { chooseSheet, openWorkbook } from '../../../../src/formats/xlsx/read/workbook.ts';
import { type ForeignWorkbook, foreignWorkbook } from './foreign-workbook.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-cells-'));
});
after(() => rm(folder, { recursive: true }));

async function rowsOf(options: ForeignWorkbook): Promise<readonly SheetRow[]> {
  const path = join(folder, 'book.xlsx');
  await writeFile(path, await foreignWorkbook(options));
  const workbook = await openWorkbook(path, DEFAULT_DECOMPRESSION_LIMITS);
  const strings = await workbook.strings(folder);
  const rows: SheetRow[] = [];
  const limits = { maxFields: 16_384, maxRecordBytes: 1e6 };
  try {
    for await (const some of sheetRows(workbook, chooseSheet(workbook.sheets, undefined), strings, limits))
      rows.push(...some);
  } finally {
    strings.close();
    workbook.close();
  }
  return rows;
}

const number = (text: string, shown = text): SourceValue => ({ kind: 'number', text, shown });
const moment = (text: string): SourceValue => ({ kind: 'moment', text });
const duration = (text: string): SourceValue => ({ kind: 'duration', text });
const undated = (text: string): SourceValue => ({ kind: 'undated', text });

const FORMATS = [
  '00000',
  'yyyy\\-mm\\-dd',
  'dd.mm.yyyy hh:mm',
  'h:mm',
  '[h]:mm:ss',
  '0.00%',
  '#,##0.00 "€"',
  '[$-409]d\\-mmm\\-yy;@',
  '"Day" 0',
  '000\\-00\\-0000',
  '[Red]0.00',
  'mm:ss.0',
  '[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy',
  'General',
  '0.00E+00',
  '@',
  'yyyy"年"m"月"d"日"',
  '# ?/?',
] as const;
const styleOf = (code: (typeof FORMATS)[number]) => FORMATS.indexOf(code) + 1;
const IDS = [14, 22, 31, 46, 20, 58] as const;
const styleOfId = (id: (typeof IDS)[number]) => FORMATS.length + 1 + IDS.indexOf(id);

/** Typed behind an apostrophe: the last style, without a format of its own. */
const QUOTED = FORMATS.length + 1 + IDS.length;

const STRINGS = [
  '<si><t>plain</t></si>',
  '<si/>',
  '<si><r><t>ri</t></r><r><rPr><b/></rPr><t>ch</t></r></si>',
  '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/></si>',
  '<si><t xml:space="preserve">  two  </t></si>',
  '<si><t>a_x000D_b_x005F_x000D_</t></si>',
  '<si><t><![CDATA[<b> & ]]>c</t></si>',
  '<si><t>a &amp; &lt;b&gt; &#233;</t></si>',
];

/** What stands in A1, and what it is. */
const CELLS: readonly (readonly [name: string, cell: string, value: SourceValue])[] = [
  ['a shared text', '<c r="A1" t="s"><v>0</v></c>', 'plain'],
  ['an empty shared text', '<c r="A1" t="s"><v>1</v></c>', null],
  ['rich text', '<c r="A1" t="s"><v>2</v></c>', 'rich'],
  ['text with its reading', '<c r="A1" t="s"><v>3</v></c>', '東京'],
  ['spaces', '<c r="A1" t="s"><v>4</v></c>', '  two  '],
  ['escaped characters', '<c r="A1" t="s"><v>5</v></c>', 'a\rb_x000D_'],
  ['CDATA', '<c r="A1" t="s"><v>6</v></c>', '<b> & c'],
  ['entities', '<c r="A1" t="s"><v>7</v></c>', 'a & <b> é'],
  ['inline text', '<c r="A1" t="inlineStr"><is><t>here</t></is></c>', 'here'],
  ['inline rich text', '<c r="A1" t="inlineStr"><is><r><t>he</t></r><r><t>re</t></r></is></c>', 'here'],
  ['no address', '<c t="inlineStr"><is><t>here</t></is></c>', 'here'],
  ['an absolute address', '<c r="$A$1"><v>5</v></c>', number('5')],
  ['an integer', '<c r="A1"><v>42</v></c>', number('42')],
  ['a decimal', '<c r="A1"><v>1.10</v></c>', number('1.10')],
  ['17 digits', '<c r="A1"><v>12345678901234567</v></c>', number('12345678901234567')],
  ['an exponent', '<c r="A1"><v>1.5E-7</v></c>', number('1.5E-7')],
  ['a negative number', '<c r="A1"><v>-3</v></c>', number('-3')],
  ['blanks around a number', '<c r="A1"><v> 7 </v></c>', number('7')],
  ['leading zeros', `<c r="A1" s="${styleOf('00000')}"><v>501</v></c>`, number('501', '00501')],
  [
    'a number with dashes',
    `<c r="A1" s="${styleOf('000\\-00\\-0000')}"><v>123456789</v></c>`,
    number('123456789', '123-45-6789'),
  ],
  ['a fraction under a format of digits', `<c r="A1" s="${styleOf('00000')}"><v>1.5</v></c>`, number('1.5')],
  ['a percentage', `<c r="A1" s="${styleOf('0.00%')}"><v>0.125</v></c>`, number('0.125')],
  ['a currency', `<c r="A1" s="${styleOf('#,##0.00 "€"')}"><v>1234.5</v></c>`, number('1234.5')],
  ['a colour in the format', `<c r="A1" s="${styleOf('[Red]0.00')}"><v>5</v></c>`, number('5')],
  ['a word in the format', `<c r="A1" s="${styleOf('"Day" 0')}"><v>5</v></c>`, number('5')],
  ['scientific notation', `<c r="A1" s="${styleOf('0.00E+00')}"><v>1234567</v></c>`, number('1234567')],
  ['a fraction with a bar', `<c r="A1" s="${styleOf('# ?/?')}"><v>0.5</v></c>`, number('0.5')],
  ['a number under the format of text', `<c r="A1" s="${styleOf('@')}"><v>5</v></c>`, number('5')],
  ['General by its name', `<c r="A1" s="${styleOf('General')}"><v>5</v></c>`, number('5')],
  ['a style that is not there', '<c r="A1" s="999"><v>5</v></c>', number('5')],
  ['true', '<c r="A1" t="b"><v>1</v></c>', { kind: 'boolean', text: 'true', shown: 'TRUE' }],
  ['false', '<c r="A1" t="b"><v>0</v></c>', { kind: 'boolean', text: 'false', shown: 'FALSE' }],
  ['a date', `<c r="A1" s="${styleOf('yyyy\\-mm\\-dd')}"><v>45322</v></c>`, moment('2024-01-31')],
  ['a date of built-in format', `<c r="A1" s="${styleOfId(14)}"><v>45322</v></c>`, moment('2024-01-31')],
  [
    'a date in words',
    `<c r="A1" s="${styleOf('[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy')}"><v>45322</v></c>`,
    moment('2024-01-31'),
  ],
  [
    'a date of another locale',
    `<c r="A1" s="${styleOf('[$-409]d\\-mmm\\-yy;@')}"><v>45322</v></c>`,
    moment('2024-01-31'),
  ],
  [
    'a Japanese date',
    `<c r="A1" s="${styleOf('yyyy"年"m"月"d"日"')}"><v>45322</v></c>`,
    moment('2024-01-31'),
  ],
  ['an East Asian built-in date', `<c r="A1" s="${styleOfId(31)}"><v>44197</v></c>`, moment('2021-01-01')],
  ['another', `<c r="A1" s="${styleOfId(58)}"><v>44197</v></c>`, moment('2021-01-01')],
  [
    'a date with a time',
    `<c r="A1" s="${styleOf('dd.mm.yyyy hh:mm')}"><v>45322.5</v></c>`,
    moment('2024-01-31T12:00:00'),
  ],
  ['the same, built in', `<c r="A1" s="${styleOfId(22)}"><v>45322.75</v></c>`, moment('2024-01-31T18:00:00')],
  [
    'a date that hides a time',
    `<c r="A1" s="${styleOf('yyyy\\-mm\\-dd')}"><v>45322.5</v></c>`,
    moment('2024-01-31T12:00:00'),
  ],
  ['a time', `<c r="A1" s="${styleOf('h:mm')}"><v>0.520833333333333</v></c>`, moment('12:30:00')],
  ['a time, built in', `<c r="A1" s="${styleOfId(20)}"><v>0.25</v></c>`, moment('06:00:00')],
  [
    'a time with tenths',
    `<c r="A1" s="${styleOf('mm:ss.0')}"><v>0.0007002314814814815</v></c>`,
    moment('00:01:00.500'),
  ],
  ['a time with a day', `<c r="A1" s="${styleOf('h:mm')}"><v>45322.5</v></c>`, moment('2024-01-31T12:00:00')],
  ['a duration', `<c r="A1" s="${styleOf('[h]:mm:ss')}"><v>1.5</v></c>`, duration('36:00:00')],
  ['a duration, built in', `<c r="A1" s="${styleOfId(46)}"><v>0.5</v></c>`, duration('12:00:00')],
  ['a negative duration', `<c r="A1" s="${styleOf('[h]:mm:ss')}"><v>-0.25</v></c>`, duration('-06:00:00')],
  ['the first day', `<c r="A1" s="${styleOfId(14)}"><v>1</v></c>`, moment('1900-01-01')],
  ['day 59', `<c r="A1" s="${styleOfId(14)}"><v>59</v></c>`, moment('1900-02-28')],
  ['day 60, which never was', `<c r="A1" s="${styleOfId(14)}"><v>60</v></c>`, undated('60')],
  ['day 61', `<c r="A1" s="${styleOfId(14)}"><v>61</v></c>`, moment('1900-03-01')],
  ['day 0', `<c r="A1" s="${styleOfId(14)}"><v>0</v></c>`, undated('0')],
  ['a day before all', `<c r="A1" s="${styleOfId(14)}"><v>-1</v></c>`, undated('-1')],
  ['the last day', `<c r="A1" s="${styleOfId(14)}"><v>2958465</v></c>`, moment('9999-12-31')],
  ['a day after all', `<c r="A1" s="${styleOfId(14)}"><v>2958466</v></c>`, undated('2958466')],
  [
    'a second before midnight',
    `<c r="A1" s="${styleOfId(22)}"><v>45322.9999884259</v></c>`,
    moment('2024-01-31T23:59:59'),
  ],
  [
    'less than a millisecond before it',
    `<c r="A1" s="${styleOfId(22)}"><v>45322.9999999999</v></c>`,
    moment('2024-02-01T00:00:00'),
  ],
  ['a date in ISO 8601', '<c r="A1" t="d"><v>2021-03-04</v></c>', moment('2021-03-04')],
  ['an error', '<c r="A1" t="e"><v>#DIV/0!</v></c>', { kind: 'error', text: '#DIV/0!' }],
  [
    'an error of a formula',
    '<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
    { kind: 'error', text: '#DIV/0!' },
  ],
  ['the text of a formula', '<c r="A1" t="str"><f>"a"</f><v>a</v></c>', 'a'],
  ['the empty text of a formula', '<c r="A1" t="str"><f>""</f><v></v></c>', null],
  ['the same without a value', '<c r="A1" t="str"><f>""</f></c>', null],
  ['the number of a formula', '<c r="A1"><f>1+1</f><v>2</v></c>', number('2')],
  ['a formula without a value', '<c r="A1"><f>1+1</f></c>', { kind: 'uncalculated', text: '' }],
  ['an empty inline text', '<c r="A1" t="inlineStr"><is><t/></is></c>', null],
  ['an empty text typed as such', `<c r="A1" s="${QUOTED}" t="s"><v>1</v></c>`, ''],
  ['an empty inline text typed as such', `<c r="A1" s="${QUOTED}" t="inlineStr"><is><t/></is></c>`, ''],
  ['what a text typed as such has left', `<c r="A1" s="${QUOTED}"/>`, null],
  ['a text typed as such', `<c r="A1" s="${QUOTED}" t="s"><v>0</v></c>`, 'plain'],
  ['a written null', `<c r="A1" s="${QUOTED}" t="inlineStr"><is><t>\\N</t></is></c>`, null],
  ['a text like a written null', '<c r="A1" t="inlineStr"><is><t>\\N</t></is></c>', '\\N'],
  ['only a look', `<c r="A1" s="${styleOf('00000')}"/>`, null],
];

for (const [name, cell, value] of CELLS) {
  test(`${name}: ${cell}`, async () => {
    const behind = '<c r="B1"><v>1</v></c>';
    const [row] = await rowsOf({
      sheets: [{ name: 'S', rows: `<row r="1">${cell}${behind}</row>` }],
      strings: STRINGS.join(''),
      formats: FORMATS,
      formatIds: IDS,
    });
    assert.ok(row);
    assert.deepEqual(row.cells, [value, number('1')]);
    assert.deepEqual(decodeRow(encodeRow(row)), row, 'the seekable form keeps it');
  });
}

test('the system of 1904', async () => {
  const rows = await rowsOf({
    sheets: [
      {
        name: 'S',
        rows: `<row r="1"><c r="A1" s="1"><v>0</v></c><c r="B1" s="1"><v>43860.5</v></c><c r="C1" s="2"><v>0.5</v></c></row>`,
      },
    ],
    formatIds: [22, 20],
    is1904: true,
  });
  assert.deepEqual(rows[0]?.cells, [
    moment('1904-01-01T00:00:00'),
    moment('2024-01-31T12:00:00'),
    moment('12:00:00'),
  ]);
});
