import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatOfName } from '../../../src/cli/format-of-name.ts';

const NAMES: readonly (readonly [string, object])[] = [
  ['orders.csv', { format: 'csv' }],
  ['out/orders.jsonl', { format: 'jsonl' }],
  ['orders.ndjson.gz', { format: 'jsonl', compression: 'gzip' }],
  ['ORDERS.JSON.ZST', { format: 'json', compression: 'zstd' }],
  ['orders.xlsx', { format: 'xlsx' }],
  ['orders.zip', { compression: 'zip' }],
  ['orders', {}],
  ['out.json/orders', {}],
  ['.csv', {}],
  ['orders.2024', {}],
  ['-', {}],
];

for (const [name, expected] of NAMES) {
  test(`"${name}" says ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(formatOfName(name), expected);
  });
}
