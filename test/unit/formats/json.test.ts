import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { SourceValue } from '../../../src/formats/format.ts';
import { formatByName } from '../../../src/formats/formats.ts';
import { runsOf } from '../../support/share-of-runs.ts';
import { codesOf, createReader, JSON_ARRAY, JSONL, readAll, readText } from './reading.ts';

const number = (text: string): SourceValue => ({ kind: 'number', text });

describe('the JSON readers', () => {
  it('keep numbers, arrays and objects as they stand in the source', () => {
    const text =
      '{"a":12345678901234567890,"b":1.10,"c":-0,"d":[1, {"x": 2}],"e":{},"f":true,"g":null,"h":"x"}';
    for (const [dialect, source] of [
      [JSONL, text],
      [JSON_ARRAY, `[${text}]`],
    ] as const) {
      const { fields, records } = readText(dialect, source);
      assert.deepEqual(fields, ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
      assert.deepEqual(records[0]?.values, [
        number('12345678901234567890'),
        number('1.10'),
        number('-0'),
        { kind: 'array', text: '[1, {"x": 2}]' },
        { kind: 'object', text: '{}' },
        { kind: 'boolean', text: 'true' },
        null,
        'x',
      ]);
    }
  });

  it('tell absent from null, in any order of names, and learn new ones', () => {
    const { fields, records } = readText(JSONL, '{"a":"1","b":null}\n{"c":"3","a":"4"}\n{}\n');
    assert.deepEqual(fields, ['a', 'b', 'c']);
    assert.deepEqual(
      records.map((record) => record.values),
      [['1', null], ['4', undefined, '3'], []],
    );
  });

  it('lose no name, whatever it means to JavaScript', () => {
    const { fields, records } = readText(
      JSONL,
      '{"__proto__":"x","constructor":"y","a\\u0062":"z"}\n{"ab":"w"}\n',
    );
    assert.deepEqual(fields, ['__proto__', 'constructor', 'ab']);
    assert.deepEqual(
      records.map((record) => record.values),
      [
        ['x', 'y', 'z'],
        [undefined, undefined, 'w'],
      ],
    );
  });

  it('report a name that stands twice, also inside a value', () => {
    for (const [text, name] of [
      ['{"a":1,"a":2}', 'a'],
      ['{"a":{"b":1,"\\u0062":2}}', 'b'],
      ['{"a":[{"c":1,"c":1}]}', 'c'],
    ]) {
      const { records } = readText(JSONL, text as string);
      assert.deepEqual(records[0]?.problems, [
        { code: 'record.duplicate_name', params: { name }, isFatal: false },
      ]);
    }
  });

  const broken = [
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":1.}',
    '{"a":1e}',
    '{"a":NaN}',
    "{'a':1}",
    '{a:1}',
    '{"a":1,}',
    '{"a" 1}',
    '{"a":"\t"}',
    '{"a":"\\x"}',
    '{"a":[1,]}',
    '{"a":tru}',
    '{"a":1}}',
    '{"a":1} x',
    '[1]',
    '1',
    'null',
    '"x"',
    '{"a":"',
  ];
  for (const text of broken) {
    it(`refuse ${text} and read on`, () => {
      const { records } = readText(JSONL, `${text}\n{"a":"ok"}\n`);
      assert.deepEqual(codesOf(records), ['record.not_json', undefined]);
      assert.ok(records[0]?.problems?.[0]?.isFatal);
    });
  }

  it('hold the limits', () => {
    const deep = `{"a":${'['.repeat(4)}${']'.repeat(4)}}`;
    assert.deepEqual(codesOf(readText(JSONL, `${deep}\n{"a":[[[]]]}`, { maxDepth: 4 }).records), [
      'record.too_deep',
      undefined,
    ]);
    assert.deepEqual(codesOf(readText(JSONL, '{"a":1}\n{"b":1,"c":1}\n', { maxFields: 2 }).records), [
      undefined,
      'record.too_many_fields',
    ]);
    const long = `{"a":"${'x'.repeat(50)}"}`;
    assert.deepEqual(codesOf(readText(JSONL, `${long}\n{"a":1}`, { maxRecordBytes: 20 }).records), [
      'record.too_long',
      undefined,
    ]);
    assert.deepEqual(codesOf(readText(JSON_ARRAY, `[${long},{"a":1}]`, { maxRecordBytes: 20 }).records), [
      'record.too_long',
      undefined,
    ]);
    assert.deepEqual(codesOf(readText(JSON_ARRAY, `[${'['.repeat(10_000)}`).records), ['record.not_json']);
  });

  it('report bytes that are no UTF-8 at their offset', () => {
    const records = readAll(createReader(JSONL), Buffer.from('{"a":"ok"}\n{"a":"\xe9"}\n', 'latin1'));
    assert.deepEqual(records[1]?.problems, [
      { code: 'record.bad_encoding', params: { offset: 17, encoding: 'utf-8' }, isFatal: true },
    ]);
  });

  it('agree with JSON.parse on what is JSON', () => {
    const pieces = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"a"',
        '"b"',
        ':',
        ',',
        '1',
        '-1.5e3',
        'true',
        'null',
        ' ',
        '"\\n"',
        '\\',
      ),
      { maxLength: 12 },
    );
    const generated = fc.oneof(
      pieces.map((parts) => `{${parts.join('')}}`),
      fc.json().map((json) => `{"a":${json}}`),
    );
    fc.assert(
      fc.property(generated, (text) => {
        const [record] = readText(JSONL, text).records;
        const isJson = (() => {
          try {
            JSON.parse(text);
            return true;
          } catch {
            return false;
          }
        })();
        assert.equal(record?.problems?.[0]?.code !== 'record.not_json', isJson, text);
      }),
      { seed: 6, numRuns: runsOf(2000) },
    );
  });
});

describe('the reader of JSON arrays', () => {
  it('reads elements over any white space', () => {
    const { records } = readText(JSON_ARRAY, '\uFEFF\n [ {"a":\n"1"}\n,\t{"a":"]}"}\n\n]\n');
    assert.deepEqual(
      records.map(({ line, endLine, values }) => [line, endLine, values]),
      [
        [2, 3, ['1']],
        [4, 4, [']}']],
      ],
    );
  });

  it('says at the last record that the file was cut', () => {
    for (const text of ['[{"a":1},{"a":', '[{"a":1},{"a":"x', '[{"a":1},', '[{"a":1}', '[{"a":1},{"a":1}']) {
      const { records } = readText(JSON_ARRAY, text);
      assert.equal(records[0]?.problems, undefined);
      assert.equal(codesOf(records).at(-1), 'record.not_json', text);
    }
    assert.deepEqual(codesOf(readText(JSON_ARRAY, '[]').records), []);
  });

  it('loses one element to a bracket that does not fit', () => {
    assert.deepEqual(codesOf(readText(JSON_ARRAY, '[{"a":[1},{"a":1}]').records), [
      'record.not_json',
      undefined,
    ]);
  });

  it('does not end an element at a bracket that closes nothing', () => {
    for (const broken of ['{"a":1]}', '{"a":1]]]}', '{"a":{"b":1]]}}', '{"a":"x"],"b":[2]}']) {
      const { records } = readText(JSON_ARRAY, `[{"a":0},${broken},{"a":2}]`);
      assert.deepEqual(codesOf(records), [undefined, 'record.not_json', undefined], broken);
    }
  });

  it('refuses elements that are no objects, and what is no array', () => {
    assert.deepEqual(codesOf(readText(JSON_ARRAY, '[1,{"a":1},"x",[2]]').records), [
      'record.not_json',
      undefined,
      'record.not_json',
      'record.not_json',
    ]);
    const single = readText(JSON_ARRAY, '{"type":"FeatureCollection"}').records;
    assert.match(String(single[0]?.problems?.[0]?.params['reason']), /not an array/);
    assert.equal(single.length, 1);
    assert.deepEqual(codesOf(readText(JSON_ARRAY, '[{"a":1}][{"a":2}]').records), [
      undefined,
      'record.not_json',
    ]);
  });
});

describe('the JSON writers', () => {
  it('leave absent fields out and keep a record on one line', () => {
    const row: SourceValue[] = [
      undefined,
      null,
      number('1.10'),
      { kind: 'array', text: '[1,\n 2]' },
      'é"\u2028',
    ];
    const fields = ['a', 'b', 'c', 'd', '__proto__'];
    const writer = formatByName('jsonl').createWriter({ dialect: JSONL, fields });
    assert.equal(writer.record(row), '{"b":null,"c":1.10,"d":[1,  2],"__proto__":"é\\"\u2028"}\n');
    assert.equal(writer.record([]), '{}\n');
  });

  it('write an array that JSON.parse reads, also without records', () => {
    const write = (rows: SourceValue[][]) => {
      const writer = formatByName('json').createWriter({ dialect: JSON_ARRAY, fields: ['a'] });
      return writer.begin() + rows.map((row) => writer.record(row)).join('') + writer.end();
    };
    assert.deepEqual(JSON.parse(write([['1'], [null]])), [{ a: '1' }, { a: null }]);
    assert.deepEqual(JSON.parse(write([])), []);
  });
});
