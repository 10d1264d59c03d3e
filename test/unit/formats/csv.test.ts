import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse as csvParse } from 'csv-parse/sync';
import * as fc from 'fast-check';
import papaparse from 'papaparse';
import { isAppError } from '../../../src/core/errors.ts';
import type { CsvDialect } from '../../../src/formats/format.ts';
import { formatByName } from '../../../src/formats/formats.ts';
import { runsOf } from '../../support/share-of-runs.ts';
import { CSV, codesOf, createReader, readAll, readText } from './reading.ts';

const NO_HEADER: CsvDialect = { ...CSV, hasHeader: false };

describe('the CSV reader', () => {
  const cases: readonly [
    name: string,
    text: string,
    values: readonly unknown[],
    dialect?: Partial<CsvDialect>,
  ][] = [
    ['keeps NULL and empty text apart', ',""\n', [[null, '']]],
    ['takes a quote inside a field for text', 'a"b,c"\n', [['a"b', 'c"']]],
    ['takes a quote after a space for text', ' "a",b\n', [[' "a"', 'b']]],
    ['undoubles quotes', '"a""b",""""\n', [['a"b', '"']]],
    ['keeps line breaks inside quotes', '"a\r\nb","c\nd"\n', [['a\r\nb', 'c\nd']]],
    [
      'ends lines with LF, CRLF and CR',
      'a,b\nc,d\r\ne,f\rg,h',
      [
        ['a', 'b'],
        ['c', 'd'],
        ['e', 'f'],
        ['g', 'h'],
      ],
    ],
    [
      'skips blank lines',
      '\n\r\na,b\n\n\nc,d\n\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'reads a last line without an end',
      'a,b\nc,',
      [
        ['a', 'b'],
        ['c', null],
      ],
    ],
    ['keeps spaces and NUL characters', ' a ,\0\n', [[' a ', '\0']]],
    ['keeps the replacement character of the source', '\uFFFD,"\uFFFD"\n', [['\uFFFD', '\uFFFD']]],
    ['reads a delimiter of two bytes', 'ä§"x§y"§Â\n', [['ä', 'x§y', 'Â']], { delimiter: '§' }],
    ['reads escapes by backslash', '"a\\"b\\\\","\\n"\n', [['a"b\\', '\\n']], { escape: '\\' }],
    ['reads other quotes', "'a''b',\"c\"\n", [["a'b", '"c"']], { quote: "'", escape: "'" }],
    ['reads a quote of four bytes', '🙂a🙂🙂b🙂,c\n', [['a🙂b', 'c']], { quote: '🙂', escape: '🙂' }],
  ];
  for (const [name, text, values, dialect] of cases) {
    it(name, () => {
      const { records } = readText({ ...NO_HEADER, ...dialect }, text);
      assert.deepEqual(
        records.map((record) => record.values),
        values,
      );
      assert.deepEqual(codesOf(records).filter(Boolean), []);
    });
  }

  it('gives each record its bytes and lines', () => {
    const { records } = readText(CSV, '\uFEFFa,b\n\n"1\n",2\r\n3,4');
    assert.deepEqual(
      records.map(({ number, line, startByte, endByte, endLine }) => [
        number,
        line,
        startByte,
        endByte,
        endLine,
      ]),
      [
        [1, 3, 8, 16, 5],
        [2, 5, 16, 19, 5],
      ],
    );
  });

  it('makes names differ and gives blank ones a number', () => {
    assert.deepEqual(readText(CSV, 'a,,a, ,a (2),a\n').fields, [
      'a',
      'column_2',
      'a (3)',
      'column_4',
      'a (2)',
      'a (4)',
    ]);
    assert.deepEqual(readText(NO_HEADER, '1,2\n').fields, ['column_1', 'column_2']);
    assert.deepEqual(readText(CSV, '__proto__,ctid,🙂\n').fields, ['__proto__', 'ctid', '🙂']);
  });

  it('shows undecodable bytes of a header instead of losing the file', () => {
    const reader = createReader(CSV);
    const records = readAll(reader, Buffer.from('stra\xdfe,b\n1,2\n', 'latin1'));
    assert.deepEqual(reader.fields, ['stra\\xDFe', 'b']);
    assert.deepEqual(records[0]?.values, ['1', '2']);
  });

  it('rejects ragged records and reads on', () => {
    const { records } = readText(CSV, 'a,b\n1\n1,2,3\n1,2\n');
    assert.deepEqual(codesOf(records), ['record.ragged_short', 'record.ragged_long', undefined]);
    assert.deepEqual(records[1]?.problems, [
      { code: 'record.ragged_long', params: { actual: 3, expected: 2 }, isFatal: false },
    ]);
    assert.deepEqual(records[1]?.values, ['1', '2', '3']);
  });

  it('reports bytes that are no UTF-8 at their offset', () => {
    const records = readAll(createReader(CSV), Buffer.from('a,b\n1,x\xe9y\n\xc3\xa9,"\xf0\x9f"\n', 'latin1'));
    assert.deepEqual(
      records.map((record) => record.problems?.[0]),
      [
        {
          code: 'record.bad_encoding',
          params: { offset: 7, encoding: 'utf-8' },
          isFatal: true,
          fieldIndex: 1,
        },
        {
          code: 'record.bad_encoding',
          params: { offset: 14, encoding: 'utf-8' },
          isFatal: true,
          fieldIndex: 1,
        },
      ],
    );
    assert.deepEqual(records[0]?.values, ['1', undefined]);
  });

  it('reads windows-1252 and reports the five bytes that it does not have', () => {
    const dialect: CsvDialect = { ...NO_HEADER, encoding: 'windows-1252', delimiter: '§' };
    const bytes = Buffer.from('\x80\xa7Stra\xdfe\na\xa7\x81\n', 'latin1');
    const records = readAll(createReader(dialect), bytes);
    assert.deepEqual(records[0]?.values, ['€', 'Straße']);
    assert.deepEqual(records[1]?.problems?.[0]?.params, { offset: 11, encoding: 'windows-1252' });
  });

  it('rejects text after a closing quote', () => {
    const { records } = readText(CSV, 'a,b\n"1"x,2\n3,4\n');
    assert.deepEqual(codesOf(records), ['record.stray_quote', undefined]);
  });

  for (const [where, limit, filler] of [
    ['the end of the file', 1000, ''],
    ['the limit', 30, 'x,y\n'.repeat(20)],
  ] as const) {
    it(`loses one line to a quote that is not closed before ${where}`, () => {
      const { records } = readText(CSV, `a,b\n1,2\n"ok\nok","3\n4,5\n6,7\n${filler}`, {
        maxRecordBytes: limit,
      });
      assert.deepEqual(records[1]?.problems, [
        { code: 'record.unclosed_quote', params: { offset: 16, line: 4, limit }, isFatal: true },
      ]);
      assert.deepEqual([records[1]?.line, records[1]?.startByte, records[1]?.endByte], [3, 8, 19]);
      assert.deepEqual(
        records.slice(2, 4).map((record) => [record.line, record.values]),
        [
          [5, ['4', '5']],
          [6, ['6', '7']],
        ],
      );
      assert.equal(records.length, 4 + filler.length / 4);
    });
  }

  for (const lineEnd of ['\n', '\r\n', '\r']) {
    it(`gives up a record over the limit and reads on after ${JSON.stringify(lineEnd)}`, () => {
      // After a CR an LF may follow, so its line end counts as two bytes.
      for (const length of [17, 18, 19, 20, 21, 22, 100]) {
        const text = ['a,b', '1,2', `1,${'x'.repeat(length - 2)}`, '3,4', ''].join(lineEnd);
        const { records } = readText(CSV, text, { maxRecordBytes: 20 });
        assert.equal(records.length, 3, `length ${length}`);
        assert.deepEqual(codesOf(records), [
          undefined,
          length > 20 - (lineEnd === '\n' ? 1 : 2) ? 'record.too_long' : undefined,
          undefined,
        ]);
        assert.deepEqual(records[2]?.values, ['3', '4']);
      }
    });
  }

  it('holds a line of 200 MB in bounded memory', () => {
    const reader = createReader(CSV);
    reader.push(Buffer.from('a,b\n1,2\n'));
    const piece = Buffer.alloc(64 * 1024, 'x');
    const before = process.memoryUsage().arrayBuffers;
    let peak = 0;
    for (let i = 0; i < 3200; i += 1) {
      reader.push(piece);
      if (i % 100 === 0) peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    }
    const records = [...reader.push(Buffer.from('\n3,4\n')), ...reader.end()];
    assert.deepEqual(codesOf(records), ['record.too_long', undefined]);
    assert.ok(peak - before < 100 * 1024 * 1024, `${peak - before} bytes`);
  });

  it('refuses a source whose header cannot be read', () => {
    assert.throws(
      () => readText(CSV, '"a,b\n1,2\n'),
      (error) => isAppError(error, 'source.unreadable'),
    );
    assert.throws(
      () => readText(CSV, 'a,b,c\n', { maxFields: 2 }),
      (error) => isAppError(error, 'format.limit_exceeded'),
    );
  });

  it('refuses characters that cannot be told apart', () => {
    for (const bad of [
      { delimiter: '"' },
      { delimiter: ',,' },
      { quote: '' },
      { escape: '\n' },
      { delimiter: '€🙂' },
    ]) {
      assert.throws(
        () => createReader({ ...CSV, ...bad }),
        (error) => isAppError(error, 'format.invalid_option'),
      );
    }
    const dialect: CsvDialect = { ...CSV, encoding: 'windows-1252', delimiter: '→' };
    assert.throws(
      () => createReader(dialect),
      (error) => isAppError(error, 'format.invalid_option'),
    );
  });

  it('agrees with csv-parse and papaparse on what RFC 4180 defines', () => {
    const cell = fc
      .array(fc.constantFrom('a', 'é', '🙂', '"', ',', '\n', ' '), { maxLength: 5 })
      .map((parts) => parts.join(''));
    const rows = fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 6 });
    const quoteAll = (text: string) => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(
        rows,
        fc.infiniteStream(fc.boolean()),
        fc.constantFrom('\n', '\r\n'),
        (table, quotes, lineEnd) => {
          const text = table
            .map((row) =>
              row.map((c) => (quotes.next().value || /[",\n]/.test(c) ? quoteAll(c) : c)).join(','),
            )
            .join(lineEnd);
          const ours = readText(NO_HEADER, text).records.map((record) =>
            record.values.map((value) => value ?? ''),
          );
          assert.deepEqual(ours, csvParse(text, { relaxColumnCount: true }));
          assert.deepEqual(ours, papaparse.parse(text, { delimiter: ',', newline: lineEnd }).data);
        },
      ),
      { seed: 5, numRuns: runsOf(300) },
    );
  });
});

describe('the CSV writer', () => {
  const write = (
    fields: readonly string[],
    row: readonly (string | null)[],
    dialect: Partial<CsvDialect> = {},
  ) =>
    formatByName('csv')
      .createWriter({ dialect: { ...NO_HEADER, ...dialect }, fields })
      .record(row);

  it('quotes only what must be quoted', () => {
    assert.equal(write(['a', 'b', 'c', 'd'], ['x y', '', null, 'a"b']), 'x y,"",,"a""b"\n');
    assert.equal(write(['a', 'b'], ['a\rb', '\uFEFFx'], { lineEnd: '\r\n' }), '"a\rb","\uFEFFx"\r\n');
    assert.equal(write(['a', 'b'], ['a\\b', 'a"\\'], { escape: '\\' }), 'a\\b,"a\\"\\\\"\n');
  });

  it('always quotes a record of one column, so that none becomes a blank line', () => {
    assert.equal(write(['a'], ['x']), '"x"\n');
    assert.equal(write(['a'], ['\\N']), '"\\N"\n');
    assert.equal(write(['a'], [null]), '\\N\n');
  });

  it('reads that null of one column, and no other', () => {
    const values = (text: string) => readText(CSV, text).records.map((record) => record.values);
    assert.deepEqual(values('a\n\\N\n"\\N"\n""\n\\n\n'), [[null], ['\\N'], [''], ['\\n']]);
    assert.deepEqual(values('a,b\n\\N,\\N\n'), [['\\N', '\\N']]);
  });
});
