import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createCsvWriter } from '../../../src/formats/csv/csv-writer.ts';
import { type RecordRange, sliceRecords, sliceTexts } from '../../../src/formats/csv/slice-records.ts';
import type { CsvDialect } from '../../../src/formats/format.ts';
import { runsOf } from '../../support/share-of-runs.ts';

const DIALECT: CsvDialect = {
  format: 'csv',
  encoding: 'utf-8',
  hasBom: false,
  compression: 'none',
  delimiter: ',',
  quote: '"',
  escape: '"',
  hasHeader: true,
  lineEnd: '\r\n',
};

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_260_101);

async function* cut(bytes: Buffer, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect<T>(pieces: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const piece of pieces) collected.push(piece);
  return collected;
}

async function bytesOf(text: string, range: RecordRange, dialect = DIALECT, size = 5): Promise<string> {
  return Buffer.concat(await collect(sliceRecords(cut(Buffer.from(text), size), dialect, range))).toString();
}

test('records are counted, not lines: a line end in quotes belongs to its record', async () => {
  const text = 'id,note\r\n1,"a\r\nb"\r\n2,"""\n"\r\n3,c\r\n';
  assert.equal(await bytesOf(text, { offset: 0, limit: 1 }), '1,"a\r\nb"\r\n');
  assert.equal(await bytesOf(text, { offset: 1, limit: 2 }), '2,"""\n"\r\n3,c\r\n');
  assert.equal(await bytesOf(text, { offset: 2, limit: 100 }), '3,c\r\n');
  assert.equal(await bytesOf(text, { offset: 3, limit: 1 }), '');
  assert.equal(await bytesOf(text, { offset: 0, limit: 0 }), '');
});

test('a header is no record, and without one the first line is', async () => {
  assert.equal(await bytesOf('\ufeff1\r\n2\r\n', { offset: 0, limit: 1 }), '2\r\n');
  assert.equal(
    await bytesOf('\ufeff1\r\n2\r\n', { offset: 0, limit: 1 }, { ...DIALECT, hasHeader: false }),
    '1\r\n',
  );
});

test('texts tell no value from empty text', async () => {
  const texts = sliceTexts(cut(Buffer.from('a,b,c\r\n1,,""\r\n2,"x,""y",é\r\n'), 4), DIALECT, {
    offset: 0,
    limit: 5,
  });
  assert.deepEqual(await collect(texts), [
    ['1', null, ''],
    ['2', 'x,"y', 'é'],
  ]);
});

test('what ends inside a record is no stored result', async () => {
  await assert.rejects(bytesOf('a\r\n"1\r\n', { offset: 0, limit: 5 }), { code: 'storage.corrupt' });
});

test('any slice of any records, however cut, is those records', async () => {
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('\n', '\r', '"', '', '"\r\n"', ','));
  const record = fc.tuple(text, fc.option(text));
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 12 }),
      fc.nat(13),
      fc.nat(13),
      fc.integer({ min: 1, max: 9 }),
      async (records, offset, limit, size) => {
        const writer = createCsvWriter(DIALECT, { dialect: DIALECT, fields: ['a', 'b'] });
        const lines = records.map((values) => writer.record(values));
        const file = writer.begin() + lines.join('');
        const range = { offset, limit };
        assert.equal(await bytesOf(file, range, DIALECT, size), lines.slice(offset, offset + limit).join(''));
        const texts = await collect(sliceTexts(cut(Buffer.from(file), size), DIALECT, range));
        assert.deepEqual(texts, records.slice(offset, offset + limit));
      },
    ),
    { seed: SEED, numRuns: runsOf(300) },
  );
});

test('reads no further than the last record, and nothing where none is wanted', async () => {
  let pieces = 0;
  async function* endless(): AsyncIterable<Uint8Array> {
    for (;;) {
      pieces += 1;
      yield Buffer.from('1,2\r\n');
    }
  }
  assert.equal((await collect(sliceRecords(endless(), DIALECT, { offset: 5, limit: 3 }))).length, 3);
  assert.ok(pieces <= 10, `${pieces} pieces were read`);
  pieces = 0;
  await collect(sliceRecords(endless(), DIALECT, { offset: 5, limit: 0 }));
  assert.equal(pieces, 0);
});
