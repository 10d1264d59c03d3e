import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { createDateParts, isRealDate, utcSeconds } from '../../../src/collections/date-parts.ts';
import { compileDatePattern } from '../../../src/collections/date-pattern.ts';
import { parseIsoDate, parseIsoDateTime, parseIsoTime } from '../../../src/collections/iso-date.ts';
import { createWallClock } from '../../../src/collections/time-zone.ts';

const parts = createDateParts();
const day = fc.date({
  min: new Date('0001-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
});

describe('date patterns', () => {
  for (const [pattern, text, iso] of [
    ['dd.MM.yyyy', '31.01.2024', '2024-01-31T00:00:00.000Z'],
    ['d.M.yyyy', '1.2.2024', '2024-02-01T00:00:00.000Z'],
    ['yyyyMMdd', '20240229', '2024-02-29T00:00:00.000Z'],
    ['MMM dd yyyy', 'Jun 12 1998', '1998-06-12T00:00:00.000Z'],
    ['d MMMM yyyy', '3 december 2024', '2024-12-03T00:00:00.000Z'],
    ['yyyy/MM/dd HH:mm:ss', '2015/01/01 01:02:03', '2015-01-01T01:02:03.000Z'],
    ["yyyy-MM-dd'T'HH:mm:ss.SSS", '2015-01-01T01:02:03.450', '2015-01-01T01:02:03.450Z'],
    ['MM/dd/yyyy hh:mm a', '12/31/2024 12:05 AM', '2024-12-31T00:05:00.000Z'],
    ['h:mm a, d.M.yyyy', '1:05 pm, 2.3.2024', '2024-03-02T13:05:00.000Z'],
  ] as const) {
    test(`${pattern} reads ${text}`, () => {
      assert.equal(compileDatePattern(pattern).parse(text, parts), 'ok');
      const read = new Date(utcSeconds(parts) * 1000 + parts.micros / 1000);
      assert.equal(read.toISOString(), iso);
    });
  }

  for (const [pattern, text] of [
    ['dd.MM.yyyy', '30.02.2024'],
    ['dd.MM.yyyy', '29.02.2023'],
    ['dd.MM.yyyy', '29.02.1900'],
    ['dd.MM.yyyy', '1.02.2024'],
    ['dd.MM.yyyy', '01.02.2024 '],
    ['dd.MM.yyyy', '01.13.2024'],
    ['dd.MM.yyyy', '00.01.2024'],
    ['MMM d yyyy', 'Foo 1 2024'],
    ['yyyy-MM-dd HH:mm', '2024-01-01 24:00'],
    ['yyyy-MM-dd HH:mm', '2024-01-01 12:60'],
    ['yyyy-MM-dd hh:mm a', '2024-01-01 13:00 PM'],
  ] as const) {
    test(`${pattern} refuses ${text}`, () =>
      assert.equal(compileDatePattern(pattern).parse(text, parts), 'bad'));
  }

  for (const pattern of [
    'yy-MM-dd',
    'MM/yyyy',
    'yyyy-MM-dd HH',
    'yyyy-MM-dd hh:mm',
    'foo',
    "yyyy-MM-dd 'x",
    'HH:mm HH',
    'a h:mm',
    '',
  ]) {
    test(`"${pattern}" is no pattern`, () => assert.throws(() => compileDatePattern(pattern)));
  }

  test('read back what they write', () => {
    const pattern = fc.constantFrom(
      'dd.MM.yyyy HH:mm:ss',
      'M/d/yyyy h:mm:ss a',
      'yyyyMMddHHmmss',
      'MMMM d, yyyy HH:mm:ss XXX',
      'd-MMM-yyyy H:m:s',
    );
    fc.assert(
      fc.property(pattern, day, (source, date) => {
        const { parse, render } = compileDatePattern(source);
        parseIsoDateTime(`${date.toISOString().slice(0, 19)}Z`, parts);
        const text = render(parts);
        const again = createDateParts();
        assert.equal(parse(text, again), 'ok', text);
        assert.equal(utcSeconds(again) * 1000, Math.floor(date.getTime() / 1000) * 1000);
      }),
      { seed: 2, numRuns: 300 },
    );
  });
});

describe('ISO dates and times', () => {
  test('agree with the platform on which days exist', () => {
    const numbers = fc.tuple(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
    );
    fc.assert(
      fc.property(numbers, ([year, month, date]) => {
        const text = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`;
        const platform = new Date(`${text}T00:00:00Z`);
        const exists = !Number.isNaN(platform.getTime()) && platform.toISOString().startsWith(text);
        assert.equal(parseIsoDate(text, parts) === 'ok', exists, text);
        assert.equal(isRealDate(year, month, date), exists, text);
      }),
      { seed: 3, numRuns: 1000 },
    );
  });

  for (const text of [
    '2024-1-31',
    '2024-01-31T00:00',
    '0000-01-01',
    '2024-02-30',
    'today',
    '2024-01-3a',
    '20240131',
    '+002024-01',
  ]) {
    test(`${text} is no date`, () => assert.equal(parseIsoDate(text, parts), 'bad'));
  }

  for (const [text, verdict] of [
    ['2024-01-31T12:30', 'ok'],
    ['2024-01-31 12:30:15+02', 'ok'],
    ['2024-01-31t12:30:15.123456z', 'ok'],
    ['2024-01-31T12:30:15-0330', 'ok'],
    ['2024-01-31T12:30:15.1234560', 'ok'],
    ['2024-01-31T12:30:15.1234567', 'too_precise'],
    ['2024-01-31', 'bad'],
    ['2024-01-31T12', 'bad'],
    ['2024-01-31T12:30:60', 'bad'],
    ['2024-01-31T24:00', 'bad'],
    ['2024-01-31\u000012:30', 'bad'],
    ['2024-01-31T12:30:15.', 'bad'],
    ['2024-01-31T12:30+16:00', 'bad'],
    ['2024-01-31T12:30+1', 'bad'],
    ['infinity', 'bad'],
  ] as const) {
    test(`${JSON.stringify(text)} as a date-time is ${verdict}`, () =>
      assert.equal(parseIsoDateTime(text, parts), verdict));
  }

  test('a time of day may lack its seconds', () => {
    assert.equal(parseIsoTime('09:05', parts), 'ok');
    assert.equal(parseIsoTime('9:05', parts), 'bad');
  });
});

describe('time zones', () => {
  const wall = (text: string) => {
    parseIsoDateTime(text, parts);
    return utcSeconds(parts);
  };
  const berlin = createWallClock('Europe/Berlin').first;

  test('follow summer time', () => {
    assert.equal(berlin(wall('2024-01-31T12:00')), 3600);
    assert.equal(berlin(wall('2024-07-31T12:00')), 7200);
  });
  test('have no time where the clock jumps', () => assert.equal(berlin(wall('2024-03-31T02:30')), undefined));
  test('take the earlier of two times in autumn', () => assert.equal(berlin(wall('2024-10-27T02:30')), 7200));
  test('know offsets of three quarters of an hour', () => {
    assert.equal(createWallClock('Asia/Kathmandu').first(wall('2024-01-01T00:00')), 20_700);
  });
});
