import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnLetters, escapeText, isExact } from '../../../src/formats/xlsx/cells.ts';
import { sheetName } from '../../../src/formats/xlsx/workbook-parts.ts';
import { makeWorkbook, readSheets } from './workbook.ts';

const number = (text: string) => ({ kind: 'number', text }) as const;
const boolean = (text: string) => ({ kind: 'boolean', text }) as const;

test('a reader of other people finds header, numbers, booleans, texts and gaps as they were written', async () => {
  const workbook = await makeWorkbook({ fields: ['id', 'name', 'ok', 'code', 'born'] }, [
    [number('1'), 'Ann & <Bob> "é" 😀', boolean('true'), '00501', '1990-05-17'],
    [number('-0.50'), null, boolean('false'), '=1+1', undefined],
    [number('123456789012345'), ' two\nlines ', null, '1e5', 'x'],
  ]);
  assert.deepEqual(await readSheets(workbook), [
    {
      sheet: 'records',
      data: [
        ['id', 'name', 'ok', 'code', 'born'],
        [1, 'Ann & <Bob> "é" 😀', true, '00501', '1990-05-17'],
        [-0.5, null, false, '=1+1', null],
        [123456789012345, ' two\nlines ', null, '1e5', 'x'],
      ],
    },
  ]);
});

test('a sheet that is full, its header included, is followed by a further one with a header of its own', async () => {
  const records = [1, 2, 3, 4, 5].map((id) => [number(String(id))]);
  const sheets = await readSheets(await makeWorkbook({ fields: ['id'], maxSheetRows: 3 }, records));
  assert.deepEqual(
    sheets.map(({ sheet, data }) => [sheet, data.flat()]),
    [
      ['records', ['id', 1, 2]],
      ['records (2)', ['id', 3, 4]],
      ['records (3)', ['id', 5]],
    ],
  );
  const exact = await readSheets(await makeWorkbook({ fields: ['id'], maxSheetRows: 6 }, records));
  assert.equal(exact.length, 1, 'no empty sheet behind one that is just full');
  const bare = await makeWorkbook({ fields: ['id'], maxSheetRows: 3, hasHeader: false }, records);
  assert.deepEqual(
    (await readSheets(bare)).map(({ data }) => data.flat()),
    [
      [1, 2, 3],
      [4, 5],
    ],
  );
});

test('labels stand in the header in place of names, also the same one twice', async () => {
  const header = ['Key', 'Text', 'Text'];
  const workbook = await makeWorkbook({ fields: ['id', 'a', 'b'], header }, [['1', '2', '3']]);
  assert.deepEqual((await readSheets(workbook))[0]?.data, [header, ['1', '2', '3']]);
});

test('the same rows give the same bytes', async () => {
  const make = () => makeWorkbook({ fields: ['id'] }, [['1'], ['2']]);
  assert.deepEqual(await make(), await make());
});

test('numbers stay numbers as far as a spreadsheet keeps their digits', () => {
  for (const text of ['0', '-0', '7', '-12.50', '100000000000000000000', '999999999999999', '1e-7', '0.1']) {
    assert.ok(isExact(text), text);
  }
  for (const text of [
    '1234567890123456',
    '0.1234567890123456',
    '1e308',
    '1e-308',
    '1e400',
    'NaN',
    '007x',
    '',
  ]) {
    assert.ok(!isExact(text), text);
  }
});

test('what XML cannot hold is escaped, and what looks like an escape is told from one', () => {
  const cases: Readonly<Record<string, string>> = {
    'a\u0001b': 'a_x0001_b',
    'a\r\n\tb': 'a_x000D_\n\tb',
    '\uffff\ufffe': '_xFFFF__xFFFE_',
    _x0041_: '_x005F_x0041_',
    _x0041_x0042_: '_x005F_x0041_x005F_x0042_',
    '_x0041\u0001': '_x005F_x0041_x0001_',
    snake_case_x: 'snake_case_x',
    '<&>': '&lt;&amp;&gt;',
  };
  for (const [text, escaped] of Object.entries(cases)) assert.equal(escapeText(text), escaped);
});

test('a text that no cell can hold fails the file, naming record and field', async () => {
  const fits = await makeWorkbook({ fields: ['id', 'note'] }, [['1', 'x'.repeat(32_767)]]);
  assert.equal(String((await readSheets(fits))[0]?.data[1]?.[1]).length, 32_767);
  const records = [
    ['1', 'short'],
    ['2', 'x'.repeat(32_768)],
  ];
  await assert.rejects(makeWorkbook({ fields: ['id', 'note'] }, records), {
    code: 'format.limit_exceeded',
    message: /Field "note" of record 2 .* 32768 characters; .* 32767/,
  });
});

test('columns are lettered as spreadsheets letter them', () => {
  assert.deepEqual([0, 25, 26, 701, 702, 16_383].map(columnLetters), ['A', 'Z', 'AA', 'ZZ', 'AAA', 'XFD']);
});

test('sheets get names that spreadsheets allow', () => {
  assert.equal(sheetName('people', 1), 'people');
  assert.equal(sheetName("'a[b]:c*d?e/f\\'", 1), 'a_b__c_d_e_f_');
  assert.equal(sheetName('x'.repeat(40), 12), `${'x'.repeat(26)} (12)`);
  assert.equal(sheetName('😀'.repeat(20), 1), '😀'.repeat(15));
  assert.equal(sheetName('', 1), 'Sheet');
  assert.equal(sheetName('History', 1), 'History_');
});
