/** Dates that a field's patterns, or ISO 8601, cannot show; times that a clock skips or repeats; two-digit years; blanks. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { column, judge, oneField, table, verdict } from './judge-harness.ts';

const date = { type: 'string', format: 'date' };
const instant = { type: 'string', format: 'date-time' };
const time = { type: 'string', format: 'time' };

describe('what PostgreSQL stores beyond ISO 8601', () => {
  const dates = [
    ['infinity', 'infinity'],
    ['-infinity', '-infinity'],
    ['0044-03-15 BC', '0044-03-15 BC'],
    ['0001-02-29 BC', '0001-02-29 BC'],
    ['0002-02-29 BC', 'field.not_date'],
    ['10000-01-01', '10000-01-01'],
    ['5874897-12-31', '5874897-12-31'],
    ['5874898-01-01', 'field.not_date'],
    ['010000-01-01', 'field.not_date'],
    ['0000-01-01', 'field.not_date'],
    ['0000-01-01 BC', 'field.not_date'],
    ['-0044-03-15', 'field.not_date'],
    ['Infinity', 'field.not_date'],
    ['2024-01-01 BCE', 'field.not_date'],
  ] as const;
  table('a date', oneField(date), dates);
  table('a date with a pattern', oneField(date, { datePatterns: ['d.M.yyyy'] }), [
    ...dates,
    ['2024-01-31', 'field.not_date'],
  ]);
  table('a date with odd patterns', oneField(date, { datePatterns: ['yyyy-dd-MM'] }), [
    ['2024-13-01', '2024-01-13'],
    ['2024-01-13', 'field.not_date'],
  ]);
  table('a point in time', oneField(instant), [
    ['infinity', 'infinity'],
    ['10000-01-01T13:59:59Z', '10000-01-01T13:59:59Z'],
    ['0001-12-31T10:00:00Z BC', '0001-12-31T10:00:00Z BC'],
    ['0044-03-15T00:00:00+00 BC', '0044-03-15T00:00:00Z BC'],
    ['0044-03-15T00:00:00 BC', 'field.not_date_time'],
    ['1890-01-01 00:00:00+00:53:28', '1890-01-01T00:00:00+00:53:28'],
    ['0044-03-15 00:53:28+00:53:28 BC', '0044-03-15T00:53:28+00:53:28 BC'],
    ['1890-01-01 00:00:00+00:53:60', 'field.not_date_time'],
    ['294277-01-01T00:00:00Z', 'field.not_date_time'],
  ]);
  table('a time', oneField(time), [
    ['24:00:00', '24:00:00'],
    ['24:00', 'field.not_time'],
    ['24:00:01', 'field.not_time'],
    ['23:59:60', 'field.not_time'],
  ]);
  const zoned = [
    ['24:00:00-12', '24:00:00-12:00'],
    ['12:00:00+00:53:28', '12:00:00+00:53:28'],
    ['12:00:00.5-15:59:59', '12:00:00.5-15:59:59'],
    ['24:00:00+00:00:01', '24:00:00+00:00:01'],
    ['12:00:00+01:02:00', '12:00:00+01:02'],
    ['12:00:00-00:00:00', '12:00:00Z'],
    ['12:00:00+01:02:60', 'field.not_time'],
    ['12:00:00+16:00:01', 'field.not_time'],
    ['12:00:00+01:02:3', 'field.not_time'],
    ['12:00:00+0102:03', 'field.not_time'],
    ['12:00:00+01:02:03:04', 'field.not_time'],
    ['12:00:00', 'field.not_time'],
  ] as const;
  table('a time with a zone', oneField(time), zoned, 'time with time zone');
  table(
    'a time with a zone and a pattern',
    oneField(time, { datePatterns: ['HH:mm:ss XXX'] }),
    [
      ['12:00:00 +05:30', '12:00:00+05:30'],
      ['12:00:00+00:53:28', '12:00:00+00:53:28'],
      ['12:00:00+05:30', 'field.not_time'],
    ],
    'time with time zone',
  );
  table('a time without a zone', oneField(time), [['12:00:00+00:53:28', 'field.not_time']]);
  table('a time with a pattern', oneField(time, { datePatterns: ['HH:mm'] }), [
    ['12:30', '12:30:00'],
    ['12:30:00', 'field.not_time'],
    ['12:30:17', '12:30:17'],
    ['24:00:00', '24:00:00'],
  ]);
});

describe('patterns of a zone', () => {
  const rules = { datePatterns: ['M/d/yyyy h:mm a'], timeZone: 'America/New_York' };
  table('with what they cannot show', oneField(instant, rules), [
    ['11/5/2024 1:30 AM', '2024-11-05T06:30:00Z'],
    ['2024-11-05T06:30:00Z', 'field.not_date_time'],
    ['2024-11-05T06:30:17Z', '2024-11-05T06:30:17Z'],
    ['2024-11-05T06:30:17', 'field.not_date_time'],
    ['2024-11-03T06:30:00Z', '2024-11-03T06:30:00Z'],
    ['3/10/2024 2:30 AM', 'field.time_skipped'],
  ]);
  for (const blank of [' ', '\u00a0', '\u202f', '\u2009']) {
    test(`with ${blank.codePointAt(0)?.toString(16)} for a blank`, () => {
      assert.equal(verdict(oneField(instant, rules), `11/5/2024 1:30${blank}AM`), '2024-11-05T06:30:00Z');
    });
  }
  for (const [repeatedTime, expected, code] of [
    [undefined, '2024-11-03T05:30:00Z', 'field.time_repeated'],
    ['first', '2024-11-03T05:30:00Z', undefined],
    ['second', '2024-11-03T06:30:00Z', undefined],
  ] as const) {
    test(`an hour that comes twice is taken, with repeatedTime ${repeatedTime}`, () => {
      const collection = oneField(instant, { ...rules, ...(repeatedTime && { repeatedTime }) });
      const { out, codes, warnings } = judge(collection, ['11/3/2024 1:30 AM']);
      assert.deepEqual([out[0], codes, warnings], [expected, [], code === undefined ? [] : [code]]);
    });
  }
  test('an hour that comes twice is refused where the field says so', () => {
    const collection = oneField(instant, { ...rules, repeatedTime: 'error' });
    assert.deepEqual(judge(collection, ['11/3/2024 1:30 AM']).codes, ['field.time_repeated']);
  });
});

describe('two-digit years', () => {
  table('of a window', oneField(date, { datePatterns: ['M/d/yy'], twoDigitYearsFrom: 1950 }), [
    ['4/15/91', '1991-04-15'],
    ['4/15/50', '1950-04-15'],
    ['4/15/49', '2049-04-15'],
    ['2/29/00', '2000-02-29'],
    ['2/29/01', 'field.not_date'],
    ['4/15/1991', 'field.not_date'],
    ['2050-04-15', '2050-04-15'],
    ['2049-04-15', 'field.not_date'],
  ]);
  test('without a window are refused in words that name the rule', () => {
    assert.throws(() => oneField(date, { datePatterns: ['M/d/yy'] }), /twoDigitYearsFrom/);
  });
});

describe("JSON's null in a field that may be null", () => {
  const nested = oneField({ type: ['object', 'null'] });
  const facts = [column('f', 'jsonb', { isNullable: false })];
  test('is a value of CSV', () => assert.equal(verdict(nested, 'null'), 'null'));
  test("is SQL's in JSON", () => assert.equal(verdict(nested, null, { isJsonSource: true }), null));
  test('is its own where the column takes no other', () =>
    assert.equal(verdict(nested, null, { isJsonSource: true, facts }), 'null'));
  test('is missing where an object is needed', () => {
    const needed = oneField({ type: 'object' }, undefined, {
      schema: { properties: { f: { type: 'object' } }, required: ['f'] },
    });
    assert.deepEqual(
      [verdict(needed, 'null'), verdict(needed, null, { isJsonSource: true, facts })],
      ['field.schema', 'field.missing'],
    );
  });
});
