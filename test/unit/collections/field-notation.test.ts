import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { createNotation } from '../../../src/collections/field-notation.ts';
import { runsOf } from '../../support/share-of-runs.ts';
import { judge, oneField } from './judge-harness.ts';

/** As PostgreSQL prints what the judge gave out. */
function stored(canonical: string): string {
  return canonical.replace('T', ' ').replace(/Z$/, '+00');
}

describe('createNotation', () => {
  const date = { type: 'string', format: 'date' };
  const instant = { type: 'string', format: 'date-time' };
  for (const [name, property, rules, text] of [
    ['dates', date, { datePatterns: ['dd.MM.yyyy'] }, '31.01.2024'],
    ['words', { type: 'boolean' }, { trueWords: ['Ja'], falseWords: ['Nein'] }, 'Nein'],
    ['decimal marks', { type: 'number' }, { decimalMark: ',' }, '12,50'],
    ['zones', instant, { datePatterns: ['dd.MM.yyyy HH:mm'], timeZone: 'Europe/Berlin' }, '31.07.2024 12:30'],
    ['UTC', instant, { datePatterns: ['dd.MM.yyyy HH:mm'] }, '31.07.2024 12:30'],
    [
      'the first pattern that loses nothing',
      instant,
      { datePatterns: ['yyyyMMdd HH:mm', 'yyyyMMdd HH:mm:ss'] },
      '20240731 12:30:01',
    ],
    ['plain words', { type: 'boolean' }, undefined, 'true'],
  ] as const) {
    test(`writes ${name} as the field reads them`, () => {
      const collection = oneField(property, rules);
      const [field] = collection.fields;
      assert.ok(field);
      const { out } = judge(collection, [text]);
      assert.equal(createNotation(field)?.(stored(out[0] ?? '')), text);
    });
  }

  test('needs nothing where PostgreSQL writes what the field reads', () => {
    for (const property of [{ type: 'string' }, { type: 'number' }, date, instant]) {
      const [field] = oneField(property).fields;
      assert.equal(field && createNotation(field), undefined);
    }
  });

  test('gives texts that are judged to be the same instant', () => {
    const patterns = fc.constantFrom(
      'dd.MM.yyyy HH:mm:ss',
      'M/d/yyyy h:mm:ss a XXX',
      'M/d/yy h:mm a',
      'dd.MM.yyyy HH:mm',
      "d MMMM yyyy 'at' H:mm:ss",
    );
    const zones = fc.constantFrom(undefined, 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu');
    const rules = fc.constantFrom(undefined, 'first', 'second', 'error');
    const times = fc.date({ min: new Date('1970-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
    fc.assert(
      fc.property(patterns, zones, rules, times, (pattern, timeZone, repeatedTime, time) => {
        const collection = oneField(
          instant,
          {
            datePatterns: [pattern],
            ...(pattern.includes('/yy ') && { twoDigitYearsFrom: 1990 }),
            ...(timeZone && { timeZone, ...(repeatedTime && { repeatedTime }) }),
          },
          { key: ['f'] },
        );
        const [field] = collection.fields;
        const iso = `${time.toISOString().slice(0, 19)}+00`;
        const text = field && createNotation(field)?.(iso.replace('T', ' '));
        const { key, codes, warnings } = judge(collection, [text]);
        assert.deepEqual([key, codes, warnings], [`${Math.floor(time.getTime() / 1000)}.0`, [], []]);
      }),
      { seed: 9, numRuns: runsOf(1000) },
    );
  });
});
