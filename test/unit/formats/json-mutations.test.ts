/** Documents that were damaged at random, against `JSON.parse`: a reader that takes what JSON does not have loses data in silence. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { JsonDialect, SourceRecord, SourceValue } from '../../../src/formats/format.ts';
import { runsOf } from '../../support/share-of-runs.ts';
import { codesOf, createReader, JSON_ARRAY, JSONL, readAll, readText } from './reading.ts';

const NAMES = ['a', 'b', '__proto__', 'é"\\'];
const value = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    12,
    -1.5e300,
    '',
    'x',
    ',',
    '[{',
    '}]',
    '"',
    '\\',
    '🙂',
    '\ud800',
    '\0',
  ),
  fc.json({ maxDepth: 2 }).map((text): unknown => JSON.parse(text)),
);
const object = fc
  .uniqueArray(fc.constantFrom(...NAMES), { maxLength: 3 })
  .chain((names) => fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), value))))
  .map(
    (members) =>
      `{${members.map(([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(member)}`).join(',')}}`,
  );
const objects = fc.array(object, { maxLength: 5 });

/** What goes wrong in files written by hand, by scripts, by half. */
const PIECES = [
  ',', '[', ']', '{', '}', ':', '"', "'", '\\', ' ', '\n', '\r', '\t', '\0', '\uFEFF', '\u2028', 'NaN', '-', '01', '1', 'null',
  '// x\n', '/* x */', '"a":1,', '{"a":1}', '{"a":1,"a":2}', '\\ud800', '[[[[', ']]]]',
]; // biome-ignore format: a list
const edit = fc.record({
  at: fc.nat(),
  removed: fc.constantFrom(0, 0, 1, 1, 2, 7),
  inserted: fc.constantFrom('', '', ...PIECES),
});
const edits = fc.array(edit, { maxLength: 3 });

function damage(text: string, changes: readonly { at: number; removed: number; inserted: string }[]): string {
  return changes
    .reduce((result, { at, removed, inserted }) => {
      const from = at % (result.length + 1);
      return result.slice(0, from) + inserted + result.slice(from + removed);
    }, text)
    .toWellFormed(); // it may have cut through a pair
}

/** What JSON.parse says; `undefined` where it throws. */
function parse(text: string): { readonly parsed: unknown } | undefined {
  try {
    return { parsed: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function isObject(parsed: unknown): parsed is Record<string, unknown> {
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
}

function valueOf(found: SourceValue): unknown {
  return found === null || typeof found === 'string' || found === undefined ? found : JSON.parse(found.text);
}

function assertSame(record: SourceRecord | undefined, fields: readonly string[], expected: unknown): void {
  assert.ok(record !== undefined && isObject(expected));
  const members = record.values.flatMap((found, i) =>
    found === undefined ? [] : [[fields[i] ?? '', valueOf(found)] as const],
  );
  assert.deepEqual(new Map(members), new Map(Object.entries(expected)));
}

/** `record.duplicate_name` is stricter than JSON.parse, which takes the last one: see docs/issues.md. */
function assertRecord(
  record: SourceRecord | undefined,
  fields: readonly string[],
  text: string | undefined,
  parsed: unknown,
): void {
  const code = record?.problems?.[0]?.code;
  if (!isObject(parsed)) assert.equal(code, 'record.not_json', text);
  else if (code === undefined) assertSame(record, fields, parsed);
  else assert.ok(['record.duplicate_name', 'record.too_deep'].includes(code), `${code} ${text}`);
}

function read(dialect: JsonDialect, text: string) {
  const reader = createReader(dialect);
  const bytes = Buffer.from(text);
  const records = readAll(reader, bytes);
  return { fields: reader.fields, records, bytes };
}

/** Bytes that no record speaks of may only be what stands between records. */
function assertNothingLost(bytes: Buffer, records: readonly SourceRecord[], between: RegExp): void {
  let end = 0;
  for (const record of records) {
    assert.match(bytes.toString('utf8', end, record.startByte), between);
    end = record.endByte;
  }
  const stands = records.at(-1)?.problems?.[0]?.params['reason'];
  if (/does not begin|after the end/.test(String(stands))) return; // the last one stands for the rest
  assert.match(bytes.toString('utf8', end), between);
}

describe('a damaged JSON array', () => {
  it('gives what JSON.parse gives, or an issue', () => {
    const documents = fc.tuple(
      objects,
      fc.constantFrom('', '\uFEFF', ' ', '\n'),
      fc.constantFrom(',', ', ', ',\n', '\n,'),
    );
    fc.assert(
      fc.property(documents, edits, ([elements, before, separator], changes) => {
        const text = damage(`${before}[${elements.join(separator)}]\n`, changes);
        const { fields, records, bytes } = read(JSON_ARRAY, text);
        const oracle = parse(text.replace(/^\uFEFF+/, ''));
        if (oracle === undefined || !Array.isArray(oracle.parsed))
          assert.ok(codesOf(records).some(Boolean), text);
        else {
          assert.equal(records.length, oracle.parsed.length, text);
          for (const [i, element] of oracle.parsed.entries()) assertRecord(records[i], fields, text, element);
        }
        assertNothingLost(bytes, records, /^\uFEFF*[\s,[\]]*$/);
      }),
      { seed: 7, numRuns: runsOf(5000) },
    );
  });

  const cases: readonly [text: string, codes: readonly (string | undefined)[]][] = [
    ['[{"a":1} {"a":2}]', [undefined, 'record.no_comma']],
    ['[{"a":1}{"a":2},{"a":3}]', [undefined, 'record.no_comma', undefined]],
    ['[{"a":1} {"a":}]', [undefined, 'record.not_json']],
    ['[{"a":1},,{"a":2}]', [undefined, 'record.not_json', undefined]],
    ['[,{"a":1}]', ['record.not_json', undefined]],
    ['[{"a":1},]', [undefined, 'record.not_json']],
    ['[,]', ['record.not_json', 'record.not_json']],
    ['[{"a":1}]]', [undefined, 'record.not_json']],
    ['[{"a":1}], ', [undefined, 'record.not_json']],
    ['[{"a":1}]\uFEFF', [undefined, 'record.not_json']],
    ['[{"a":1},\n// one\n{"a":2}]', [undefined, 'record.not_json']],
    ['\uFEFF\uFEFF[{"a":1}]', [undefined]],
    ['', ['record.not_json']],
  ];
  for (const [text, codes] of cases) {
    it(`costs no more than the damage: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(codesOf(readText(JSON_ARRAY, text).records), codes);
    });
  }

  it('keeps the values of an element that no comma comes before', () => {
    const { records } = readText(JSON_ARRAY, '[{"a":"1"} {"a":"2"}]');
    assert.deepEqual(records[1]?.values, ['2']);
    assert.deepEqual([records[1]?.startByte, records[1]?.problems?.[0]?.isFatal], [11, false]);
  });
});

describe('damaged JSON lines', () => {
  it('give line by line what JSON.parse gives, or an issue', () => {
    fc.assert(
      fc.property(objects, fc.constantFrom('\n', '\r\n', '\n\n'), edits, (lines, lineEnd, changes) => {
        const text = damage(lines.map((line) => line + lineEnd).join(''), changes);
        const { fields, records, bytes } = read(JSONL, text);
        const expected = text
          .replace(/^\uFEFF+/, '')
          .split('\n')
          .filter((line) => /[^ \t\r]/.test(line));
        assert.equal(records.length, expected.length, text);
        for (const [i, line] of expected.entries())
          assertRecord(records[i], fields, line, parse(line)?.parsed);
        assertNothingLost(bytes, records, /^\uFEFF*\s*$/);
      }),
      { seed: 8, numRuns: runsOf(5000) },
    );
  });
});
