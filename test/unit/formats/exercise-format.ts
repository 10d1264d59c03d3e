import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { ReadLimits, SourceDialect, SourceRecord, SourceValue } from '../../../src/formats/format.ts';
import { formatByName } from '../../../src/formats/formats.ts';
import { runsOf } from '../../support/share-of-runs.ts';
import { createReader, readAll } from './reading.ts';

/** Text with everything that has ever broken a format. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc
    .array(
      fc.constantFrom(
        '"',
        "'",
        ',',
        ';',
        '\n',
        '\r',
        '\r\n',
        '\\',
        '\0',
        '\uFEFF',
        '§',
        'é',
        '🙂',
        ' ',
        '\t',
        '{',
        '[',
        'x',
      ),
      { maxLength: 8 },
    )
    .map((parts) => parts.join('')),
);
const names = fc.uniqueArray(
  text.filter((name) => name.trim() !== ''),
  { minLength: 2, maxLength: 5 },
);
const number: fc.Arbitrary<SourceValue> = fc
  .constantFrom('12345678901234567890', '1.10', '-0', '1e400', '0')
  .map((source) => ({ kind: 'number', text: source }));

export interface ExerciseOptions {
  readonly dialects: readonly SourceDialect[];
  /** Bytes of any kind, broken ones too, in the neighbourhood of the format. */
  readonly alphabet: readonly string[];
  readonly lineEnd: RegExp;
  /** What may stand between two records, and before and behind them (a header apart): nothing else may be passed over. */
  readonly between: RegExp;
  /** CSV knows only text and null. */
  readonly hasTypes: boolean;
}

/** What every format must hold, whatever its syntax. */
export function exerciseFormat(name: string, options: ExerciseOptions): void {
  const value = options.hasTypes
    ? fc.oneof(text, fc.constant(null), number)
    : fc.oneof(text, fc.constant(null));
  const table = names.chain((fields) =>
    fc.record({
      fields: fc.constant(fields),
      rows: fc.array(fc.array(value, { minLength: fields.length, maxLength: fields.length }), {
        maxLength: 8,
      }),
    }),
  );
  const dialect = fc.constantFrom(...options.dialects);
  const limits: ReadLimits = { maxRecordBytes: 24, maxDepth: 3, maxFields: 4 };
  const noise = fc
    .array(
      fc.constantFrom(...options.alphabet).map((piece) => Buffer.from(piece, 'latin1')),
      { maxLength: 60 },
    )
    .map((pieces) => Buffer.concat(pieces));

  describe(`format ${name}`, () => {
    it('reads back what it has written', () => {
      fc.assert(
        fc.property(dialect, table, (chosen, { fields, rows }) => {
          const written = Buffer.from(write(chosen, fields, rows));
          const records = readAll(createReader(chosen, { fields }), written);
          assert.deepEqual(
            records.map((record) => [record.values, record.problems]),
            rows.map((row) => [row, undefined]),
          );
        }),
        { seed: 1, numRuns: runsOf(300) },
      );
    });

    it('finds the same records however the bytes are cut', () => {
      fc.assert(
        fc.property(dialect, noise, fc.array(fc.nat(300), { maxLength: 20 }), (chosen, bytes, cuts) => {
          const whole = readSafely(chosen, limits, bytes, []);
          const cut = cuts.map((at) => Math.min(at, bytes.length));
          assert.deepEqual(readSafely(chosen, limits, bytes, cut), whole);
          const every = Array.from(bytes.keys());
          assert.deepEqual(readSafely(chosen, limits, bytes, every), whole);
        }),
        { seed: 2, numRuns: runsOf(600) },
      );
    });

    it('resumes at the end of any record with the same tail', () => {
      fc.assert(
        fc.property(dialect, noise, fc.nat(), (chosen, bytes, pick) => {
          const all = readSafely(chosen, limits, bytes, []);
          // After the last record there is nothing to resume for; at byte 0 there is the header.
          const last = all.records[pick % Math.max(1, all.records.length - 1)];
          if (last === undefined || last.number === all.records.length || last.endByte === 0) return;
          const position = { byte: last.endByte, line: last.endLine, record: last.number + 1 };
          const reader = createReader(chosen, { limits, fields: all.fields, position });
          const tail = readAll(reader, bytes.subarray(position.byte));
          assert.deepEqual(pinned(tail), pinned(all.records.slice(last.number)));
        }),
        { seed: 3, numRuns: runsOf(600) },
      );
    });

    it('resumes where a record ends with the same tail', () => {
      fc.assert(
        fc.property(dialect, noise, fc.nat(), (chosen, bytes, pick) => {
          const all = readSafely(chosen, limits, bytes, []);
          const before = all.records[pick % Math.max(1, all.records.length)];
          // After the last record nothing is read: the total is known.
          if (before === undefined || before.number === all.records.length) return;
          const position = { byte: before.endByte, line: before.endLine, record: before.number + 1 };
          const reader = createReader(chosen, { limits, fields: all.fields, position });
          const tail = readAll(reader, bytes.subarray(position.byte));
          assert.deepEqual(pinned(tail), pinned(all.records.slice(before.number)));
        }),
        { seed: 5, numRuns: runsOf(600) },
      );
    });

    it('finds the same problems when asked for one field, and its values', () => {
      fc.assert(
        fc.property(dialect, noise, fc.nat(), (chosen, bytes, pick) => {
          const { fields, records } = readSafely(chosen, limits, bytes, []);
          if (records.length === 0) return;
          const at = pick % Math.max(1, fields.length);
          const reader = createReader(chosen, { limits, wanted: fields.slice(at, at + 1) });
          const asked = readAll(reader, bytes);
          const compared = ({ values, ...record }: SourceRecord) => ({ ...record, value: values[at] });
          assert.deepEqual(asked.map(compared), records.map(compared));
        }),
        { seed: 6, numRuns: runsOf(600) },
      );
    });

    it('gives records that lie in order, with right lines, and overlap nowhere', () => {
      fc.assert(
        fc.property(dialect, noise, (chosen, bytes) => {
          const lineAt = (byte: number) =>
            1 + (bytes.toString('latin1', 0, byte).match(options.lineEnd)?.length ?? 0);
          const { records } = readSafely(chosen, limits, bytes, []);
          let end = 0;
          records.forEach((record, i) => {
            if (i > 0) assert.match(bytes.toString('latin1', end, record.startByte), options.between);
            assert.equal(record.number, i + 1);
            assert.ok(
              record.startByte >= end && record.endByte >= record.startByte && record.endByte <= bytes.length,
            );
            assert.deepEqual(
              [record.line, record.endLine],
              [lineAt(record.startByte), lineAt(record.endByte)],
            );
            end = record.endByte;
          });
          // A record without bytes at the end may stand for all that follows.
          const last = records.at(-1);
          if (last !== undefined && last.endByte > last.startByte)
            assert.match(bytes.toString('latin1', end), options.between);
        }),
        { seed: 4, numRuns: runsOf(1000) },
      );
    });

    it('begins a new file, whole by itself, with each beginning', () => {
      for (const chosen of options.dialects) {
        const writer = formatByName(chosen.format).createWriter({ dialect: chosen, fields: ['a', 'b'] });
        const pieces = ['1', '2', '3'].map((a) => writer.begin() + writer.record([a, 'x']) + writer.end());
        assert.deepEqual(
          pieces,
          ['1', '2', '3'].map((a) => write(chosen, ['a', 'b'], [[a, 'x']])),
        );
      }
    });

    it('steps over a byte order mark', () => {
      for (const chosen of options.dialects) {
        if (chosen.format === 'xlsx') continue;
        const written = write({ ...chosen, hasBom: true }, ['a', 'b'], [['1', '2']]);
        assert.ok(written.startsWith('\uFEFF'));
        const [record] = readAll(createReader(chosen), Buffer.from(written));
        assert.deepEqual(record?.values, ['1', '2']);
      }
    });
  });
}

function write(
  dialect: SourceDialect,
  fields: readonly string[],
  rows: readonly (readonly SourceValue[])[],
): string {
  const writer = formatByName(dialect.format).createWriter({ dialect, fields });
  return writer.begin() + rows.map((row) => writer.record(row)).join('') + writer.end();
}

function readSafely(
  dialect: SourceDialect,
  limits: ReadLimits,
  bytes: Buffer,
  cuts: readonly number[],
): { fields: readonly string[]; records: SourceRecord[]; refused?: string } {
  const reader = createReader(dialect, { limits });
  try {
    const records = readAll(reader, bytes, cuts);
    return { fields: [...reader.fields], records };
  } catch (error) {
    // A header that cannot be read: where it is noticed depends on the cuts, the reason does not.
    return { fields: [], records: [], refused: (error as Error).message };
  }
}

/** With all names pinned there is room for all, or for none of the new ones, from the start: that alone may differ. */
function pinned(records: readonly SourceRecord[]): unknown[] {
  return records.map(({ values, ...record }) => {
    const filled = [...values];
    while (filled.length > 0 && filled.at(-1) === undefined) filled.pop();
    return { ...record, values: filled };
  });
}
