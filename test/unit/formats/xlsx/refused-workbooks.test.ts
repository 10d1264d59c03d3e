/** Files that are no workbook, or a broken one: each is refused with a sentence. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isAppError } from '../../../../src/core/errors.ts';
import { foreignWorkbook, partsOf, row, text, zipOf } from './foreign-workbook.ts';
import { readWorkbook } from './read-workbook.ts';

/** A header of two names and one record. */
const TABLE =
  row(1, text('A1', 'id'), text('B1', 'name')) + row(2, '<c r="A2"><v>1</v></c>', text('B2', 'Ann'));

const OLE = Buffer.from('d0cf11e0a1b11ae1', 'hex');

/** What is no workbook, or a broken one, and a word of what is said. */
const REFUSED: Readonly<Record<string, readonly [bytes: () => Promise<Buffer>, code: string, says: RegExp]>> =
  {
    'an old workbook': [
      async () =>
        Buffer.concat([OLE, Buffer.alloc(600), Buffer.from('Workbook', 'utf16le'), Buffer.alloc(600)]),
      'source.binary',
      /\.xls/,
    ],
    'an encrypted one': [
      async () =>
        Buffer.concat([
          OLE,
          Buffer.alloc(600),
          Buffer.from('EncryptedPackage', 'utf16le'),
          Buffer.alloc(600),
        ]),
      'source.binary',
      /password/,
    ],
    'a binary one': [() => zipOf({ 'xl/workbook.bin': 'x' }), 'source.binary', /\.xlsb/],
    'an OpenDocument sheet': [
      () => zipOf({ mimetype: 'application/vnd.oasis.opendocument.spreadsheet', 'content.xml': '<x/>' }),
      'source.binary',
      /\.ods/,
    ],
    'a Word document': [() => zipOf({ 'word/document.xml': '<x/>' }), 'source.binary', /Word/],
    'another archive': [() => zipOf({ 'a.csv': 'a,b\n1,2\n' }), 'source.binary', /ZIP archive/],
    'a workbook without a sheet': [() => foreignWorkbook({ sheets: [] }), 'source.unreadable', /no sheet/],
    'an empty sheet': [() => foreignWorkbook({ sheets: [{ name: 'S', rows: '' }] }), 'source.empty', /"S"/],
    'a sheet that is missing': [
      async () => {
        const { 'xl/worksheets/sheet1.xml': _, ...parts } = partsOf({ sheets: [{ name: 'S', rows: TABLE }] });
        return zipOf(parts);
      },
      'source.unreadable',
      /missing/,
    ],
    'an entity of its own': [
      () =>
        foreignWorkbook({
          sheets: [{ name: 'S', rows: TABLE }],
          parts: {
            'xl/worksheets/sheet1.xml':
              '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData>&a;</sheetData></worksheet>',
          },
        }),
      'source.unreadable',
      /document type/,
    ],
    'an entity that nobody knows': [
      () => foreignWorkbook({ sheets: [{ name: 'S', rows: row(1, text('A1', '&bomb;')) }] }),
      'source.unreadable',
      /entity/,
    ],
    'elements without end': [
      () => foreignWorkbook({ sheets: [{ name: 'S', rows: '<a>'.repeat(1000) }] }),
      'source.unreadable',
      /nested more than/,
    ],
    'a text without end': [
      () =>
        foreignWorkbook({
          sheets: [{ name: 'S', rows: `<row r="1"><c r="A1" t="inlineStr"><is><t>${'x'.repeat(6e6)}` }],
        }),
      'source.unreadable',
      /more than \d+ characters/,
    ],
    'a cell that no sheet has': [
      () =>
        foreignWorkbook({
          sheets: [{ name: 'S', rows: row(1, text('A1', 'id'), '<c r="ZZZZZ1"><v>1</v></c>') }],
        }),
      'source.unreadable',
      /ZZZZZ1/,
    ],
    'a row that no sheet has': [
      () => foreignWorkbook({ sheets: [{ name: 'S', rows: row(99_999_999, text('A99999999', 'x')) }] }),
      'source.unreadable',
      /99999999/,
    ],
    'a shared text that there is not': [
      () =>
        foreignWorkbook({
          sheets: [{ name: 'S', rows: row(1, '<c r="A1" t="s"><v>7</v></c>') }],
          strings: '<si><t>a</t></si>',
        }),
      'source.unreadable',
      /shared text 7/,
    ],
    'an archive that was cut': [
      async () => (await foreignWorkbook({ sheets: [{ name: 'S', rows: TABLE }] })).subarray(0, -40),
      'source.unreadable',
      /ZIP archive/,
    ],
    'a checksum that is another one': [
      async () => {
        const bytes = await foreignWorkbook({ sheets: [{ name: 'S', rows: TABLE.repeat(50) }] });
        const at = bytes.indexOf('xl/worksheets/sheet1.xml') + 24;
        bytes[at + 20] = (bytes[at + 20] ?? 0) ^ 0xff;
        return bytes;
      },
      'source.unreadable',
      /ZIP archive/,
    ],
  };

describe('refused with a sentence', () => {
  for (const [name, [make, code, says]] of Object.entries(REFUSED)) {
    it(name, async () => {
      await assert.rejects(
        make().then((bytes) => readWorkbook(bytes)),
        (error) => {
          assert.ok(isAppError(error), String(error));
          assert.equal(error.code, code);
          assert.match(error.message, says);
          return true;
        },
      );
    });
  }
});
