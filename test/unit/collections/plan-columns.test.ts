import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ColumnFacts } from '../../../src/collections/collection.ts';
import { parseCollection } from '../../../src/collections/parse-collection.ts';
import { planColumns } from '../../../src/collections/plan-columns.ts';
import { isAppError } from '../../../src/core/errors.ts';
import type { ImportMode } from '../../../src/core/job.ts';
import { column } from './judge-harness.ts';

const items = parseCollection({
  name: 'items',
  key: ['id'],
  scope: ['account_id'],
  target: { table: 'items' },
  schema: {
    properties: {
      id: { type: 'integer' },
      name: { type: 'string' },
      made: { type: 'string', format: 'date-time' },
    },
  },
});

function problems(
  facts: readonly ColumnFacts[],
  mode: ImportMode = 'upsert',
  fields = ['id', 'name', 'made'],
): string {
  try {
    planColumns({ collection: items, facts, fields, mode });
    return '';
  } catch (error) {
    assert.ok(isAppError(error, 'target.unsupported'));
    return error.message;
  }
}

describe('planColumns', () => {
  const id = column('id', 'bigint', { isNullable: false });
  const name = column('name', 'text');
  const made = column('made', 'timestamp with time zone');
  const required = { isNullable: false };

  test('accepts what fits', () => {
    assert.equal(
      problems([
        id,
        column('name', 'mood', { enumLabels: ['a'] }),
        made,
        column('account_id', 'bigint', required),
      ]),
      '',
    );
    assert.equal(
      problems([
        id,
        column('name', 'text[]'),
        made,
        column('extra', 'text', { ...required, hasDefault: true }),
      ]),
      '',
    );
  });

  test('names fields of generated and identity columns', () => {
    assert.match(
      problems([id, column('name', 'text', { isGenerated: true }), made]),
      /"name" cannot be written.*generated/,
    );
    const identity = column('id', 'bigint', { ...required, isIdentityAlways: true });
    assert.match(problems([identity, name, made]), /"id" cannot be written.*identity/);
    assert.equal(problems([identity, name, made], 'update'), '');
  });

  test('tells every type that does not fit', () => {
    const message = problems([column('id', 'uuid'), column('name', 'integer'), column('made', 'date')]);
    assert.equal(message.split('\n').length, 3);
  });

  test('tells columns that are missing, and those that nothing fills', () => {
    assert.match(problems([id, made]), /no column "name"/);
    const strict = column('extra', 'text', required);
    assert.match(problems([id, name, made, strict]), /"extra" may not be null/);
    assert.equal(problems([id, name, made, strict], 'update'), '');
  });
});
