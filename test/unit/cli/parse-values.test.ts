import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseDelimiter,
  parseFilters,
  parseMaxErrors,
  parseMoment,
  parseOrder,
  parsePairs,
  parseSize,
} from '../../../src/cli/parse-values.ts';
import { isAppError } from '../../../src/core/errors.ts';

const isUsage = (error: unknown) => isAppError(error, 'usage.invalid');

test('filters are read as field, operator and value, whatever the field is called', () => {
  const cases: [string, object][] = [
    ['state = NY', { field: 'state', op: 'eq', value: 'NY' }],
    ['Cost Total $ >= 12.50', { field: 'Cost Total $', op: 'ge', value: '12.50' }],
    ['a ne ', { field: 'a', op: 'ne', value: '' }],
    ['city like New %', { field: 'city', op: 'like', value: 'New %' }],
    ['state in NY, CA', { field: 'state', op: 'in', value: ['NY', 'CA'] }],
    ['born is_null', { field: 'born', op: 'is_null' }],
    ['note = a = b', { field: 'note', op: 'eq', value: 'a = b' }],
    ['{"not": {"field": "a", "op": "eq", "value": "1"}}', { not: { field: 'a', op: 'eq', value: '1' } }],
  ];
  for (const [text, filter] of cases) assert.deepEqual(parseFilters([text]), filter, text);
});

test('several filters must all hold, and none is none', () => {
  assert.deepEqual(parseFilters(['a = 1', 'b < 2']), {
    and: [
      { field: 'a', op: 'eq', value: '1' },
      { field: 'b', op: 'lt', value: '2' },
    ],
  });
  assert.equal(parseFilters([]), undefined);
});

test('filters that cannot be understood are refused', () => {
  for (const text of ['state', 'state=NY', 'state =', '{"a":', '= 1'])
    assert.throws(() => parseFilters([text]), isUsage, text);
});

test('a limit of errors is a number or a share', () => {
  assert.deepEqual(parseMaxErrors('100'), { maxErrors: 100 });
  assert.deepEqual(parseMaxErrors('0'), { maxErrors: 0 });
  assert.deepEqual(parseMaxErrors('2.5%'), { maxErrorShare: 0.025 });
  assert.deepEqual(parseMaxErrors(undefined), {});
  for (const text of ['-1', '1e3', '101%', 'x', '']) assert.throws(() => parseMaxErrors(text), isUsage, text);
});

test('moments are absolute or from now', () => {
  const now = Date.UTC(2025, 0, 1);
  assert.equal(parseMoment('--start-at', '+15m', now), '2025-01-01T00:15:00.000Z');
  assert.equal(parseMoment('--start-at', '2025-03-01T18:00:00+01:00'), '2025-03-01T17:00:00.000Z');
  assert.throws(() => parseMoment('--start-at', 'tomorrow'), isUsage);
});

test('sizes, pairs, delimiters and orders are read as people type them', () => {
  assert.deepEqual(
    [parseSize('--x', '64M'), parseSize('--x', '1000'), parseSize('--x', '1GiB')],
    [67_108_864, 1000, 2 ** 30],
  );
  assert.throws(() => parseSize('--x', '0'), isUsage);
  assert.deepEqual(parsePairs('--map', ['a b=c', 'x=y=z']), { 'a b': 'c', x: 'y=z' });
  assert.throws(() => parsePairs('--map', ['=x']), isUsage);
  assert.deepEqual(
    [parseDelimiter('tab'), parseDelimiter(String.raw`\t`), parseDelimiter('|')],
    ['\t', '\t', '|'],
  );
  assert.throws(() => parseDelimiter(';;'), isUsage);
  assert.deepEqual(parseOrder(['a:desc', 'b', 'c:d']), [
    { field: 'a', direction: 'desc' },
    { field: 'b', direction: 'asc' },
    { field: 'c:d', direction: 'asc' },
  ]);
});
