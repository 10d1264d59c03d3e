import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createCopyEncoder } from '../../../src/targets/postgres/copy-encoder.ts';
import { runsOf } from '../../support/share-of-runs.ts';

const AT = { number: 7, line: 9, startByte: 100, endByte: 120 };

function textOf(pieces: readonly Uint8Array[]): string {
  return Buffer.concat(pieces).toString('utf8');
}

/** COPY's text format read back, as PostgreSQL's manual describes it. */
function decodeRow(row: string): (string | null)[] {
  const plain: Record<string, string> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };
  return row
    .split('\t')
    .map((field) => (field === '\\N' ? null : field.replace(/\\(.)/g, (_, c: string) => plain[c] ?? c)));
}

test('a row has its position, warned flag and absent positions before its values', () => {
  const encoder = createCopyEncoder(4);
  encoder.append(AT, true, ['a', null, undefined, '']);
  assert.equal(textOf(encoder.take()), '7\t9\t100\t120\tt\t{3}\ta\t\\N\t\\N\t\n');
});

test('values beyond the end of a short record are absent, not null', () => {
  const encoder = createCopyEncoder(3);
  encoder.append(AT, false, ['a']);
  assert.equal(textOf(encoder.take()), '7\t9\t100\t120\tf\t{2,3}\ta\t\\N\t\\N\n');
});

test('any text survives, and a row never spans lines', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\\N', '\\.', 'a\tb', 'a\r\nb', '\\', '😀'),
  );
  fc.assert(
    fc.property(fc.array(fc.option(text), { minLength: 1, maxLength: 5 }), (values) => {
      const encoder = createCopyEncoder(values.length);
      encoder.append(AT, false, values);
      const lines = textOf(encoder.take()).split('\n');
      assert.equal(lines.length, 2);
      assert.deepEqual(decodeRow(lines[0] ?? '').slice(6), values);
    }),
    { seed: 20, numRuns: runsOf(300) },
  );
});

test('rows go on in the next piece, and one longer than a piece is kept whole', () => {
  const encoder = createCopyEncoder(1);
  const long = 'é'.repeat(300_000);
  for (let n = 0; n < 20_000; n += 1) encoder.append({ ...AT, number: n }, false, ['x'.repeat(40)]);
  encoder.append(AT, false, [long]);
  encoder.append(AT, false, ['last']);
  assert.equal(encoder.rowCount, 20_002);
  const size = encoder.sizeBytes;
  const pieces = encoder.take();
  assert.equal(
    pieces.reduce((sum, piece) => sum + piece.length, 0),
    size,
  );
  const rows = textOf(pieces).trimEnd().split('\n');
  assert.equal(rows.length, 20_002);
  assert.equal(rows[20_000]?.split('\t')[6], long);
  assert.equal(encoder.rowCount, 0);
  assert.deepEqual(encoder.take(), []);
});

test('pieces are made of spare memory first, and nothing of what was in it comes along', () => {
  const earlier = createCopyEncoder(1);
  for (let n = 0; n < 10_000; n += 1) earlier.append(AT, false, ['old'.repeat(20)]);
  const spare = earlier.take().map((piece) => piece.buffer);
  const given = [...spare];
  const encoder = createCopyEncoder(1, spare);
  for (let n = 0; n < 2000; n += 1) encoder.append(AT, false, ['new']);
  const pieces = encoder.take();
  assert.equal(given.includes(pieces[0]?.buffer as ArrayBuffer), true, 'the memory is used again');
  assert.equal(textOf(pieces), '7\t9\t100\t120\tf\t\\N\tnew\n'.repeat(2000));
});

test('memory that a long record took is not kept for the records after it', () => {
  const earlier = createCopyEncoder(1);
  earlier.append(AT, false, ['x'.repeat(1_000_000)]);
  const spare = earlier.take().map((piece) => piece.buffer);
  const encoder = createCopyEncoder(1, spare);
  encoder.append(AT, false, ['short']);
  assert.ok(encoder.take().every(({ buffer }) => buffer.byteLength < 1_000_000));
  assert.deepEqual(spare, []);
});
