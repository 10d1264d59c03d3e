import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAltered, isRowLevel, isTransient } from '../../../src/core/sqlstate.ts';

function errorOf(code: string): Error {
  return Object.assign(new Error('x'), { code });
}

test('every fault is transient, about one record, about the table, or none of these, and never two', () => {
  const expected: Record<string, string> = {
    '40001': 'transient',
    '40P01': 'transient',
    '55P03': 'transient',
    '57P01': 'transient',
    '57014': 'transient',
    '08006': 'transient',
    '53300': 'transient',
    '25006': 'transient',
    ECONNRESET: 'transient',
    EPIPE: 'transient',
    '22001': 'row',
    '22P02': 'row',
    '23505': 'row',
    '21000': 'row',
    '54000': 'row',
    P0001: 'row',
    '44000': 'row',
    P0002: 'row',
    MY001: 'row',
    '99999': 'row',
    '38001': 'row',
    XX000: 'row',
    XX001: 'none',
    '54001': 'none',
    '28000': 'none',
    HV000: 'none',
    '42703': 'altered',
    '42P01': 'altered',
    '42804': 'altered',
    '42501': 'none',
    '42601': 'none',
    WB001: 'none',
  };
  for (const [code, kind] of Object.entries(expected)) {
    const error = errorOf(code);
    const kinds = [
      ...(isTransient(error) ? ['transient'] : []),
      ...(isRowLevel(error) ? ['row'] : []),
      ...(isAltered(error) ? ['altered'] : []),
    ];
    assert.deepEqual(kinds, kind === 'none' ? [] : [kind], code);
  }
});

test('a connection that was lost without a code is transient; other errors are not', () => {
  assert.ok(isTransient(new Error('Connection terminated unexpectedly')));
  assert.ok(!isTransient(new Error('anything else')));
  assert.ok(!isTransient(undefined));
});
