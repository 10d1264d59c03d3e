import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { deriveColumns, isLegalColumn } from '../../../src/collections/columns.ts';
import { anyText } from './judge-harness.ts';

describe('deriveColumns', () => {
  test('keeps every name that can be a quoted identifier', () => {
    const names = ['Cost Total $', 'email', 'Email', '__proto__', 'constructor', '😀', 'a"b', ' x '];
    assert.deepEqual(deriveColumns(names), names);
  });

  test('gives system columns another name', () => {
    assert.deepEqual(deriveColumns(['ctid', 'xmin', 'oid', 'CTID']), ['ctid_', 'xmin_', 'oid_', 'CTID']);
  });

  test('tells names apart that PostgreSQL would cut to the same 63 bytes', () => {
    const stem = 'a'.repeat(199);
    const [first = '', second = ''] = deriveColumns([`${stem}1`, `${stem}2`]);
    assert.notEqual(first, second);
    assert.equal(Buffer.byteLength(first), 63);
  });

  test('cuts between characters', () => {
    const [column = ''] = deriveColumns(['😀'.repeat(50)]);
    assert.ok(column.isWellFormed() && Buffer.byteLength(column) <= 63);
  });

  test('does not take the column of a later field that is called like it', () => {
    assert.deepEqual(deriveColumns(['ctid', 'ctid_']), ['ctid__2', 'ctid_']);
  });

  test('gives legal, distinct columns to any names, and the same ones again', () => {
    const name = fc.oneof(anyText(80), fc.constantFrom('ctid', 'oid', '', 'a'.repeat(70), 'x'));
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 8 }), (names) => {
        const columns = deriveColumns(names);
        assert.equal(new Set(columns).size, names.length);
        assert.ok(columns.every(isLegalColumn));
        assert.deepEqual(deriveColumns(names), columns);
      }),
      { seed: 1, numRuns: 60 },
    );
  });
});
