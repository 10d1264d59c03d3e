import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Filter, FilterOperator } from '../../../src/core/job.ts';
import { buildFilter } from '../../../src/targets/postgres/filter-sql.ts';

const COLUMNS = new Map([
  ['id', { column: 'id', sqlType: 'bigint' }],
  ['Na"me', { column: 'Na"me', sqlType: 'text' }],
]);

test('values are parameters, cast to the column’s type, numbered after those of the scope', () => {
  assert.deepEqual(
    buildFilter(
      { and: [{ field: 'id', op: 'ge', value: '5' }, { not: { field: 'Na"me', op: 'like', value: 'a%' } }] },
      COLUMNS,
      3,
    ),
    {
      where: `((t."id" >= current_setting('waybill.p3')::bigint) and (not coalesce((t."Na""me"::text like current_setting('waybill.p4')::text), false)))`,
      params: ['5', 'a%'],
    },
  );
});

test('an empty list of conditions is true for and, false for or and in', () => {
  assert.equal(buildFilter({ and: [] }, COLUMNS).where, 'true');
  assert.equal(buildFilter({ or: [] }, COLUMNS).where, 'false');
  assert.equal(buildFilter({ field: 'id', op: 'in', value: [] }, COLUMNS).where, 'false');
});

test('no value is ever part of the statement', () => {
  const operators: FilterOperator[] = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'like'];
  const value = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0'));
  const leaf: fc.Arbitrary<Filter> = fc.oneof(
    fc.record({
      field: fc.constantFrom('id', 'Na"me'),
      op: fc.constantFrom(...operators),
      value: value.map((text) => `§${text}`),
    }),
    fc.record({
      field: fc.constantFrom('id', 'Na"me'),
      op: fc.constant('in' as const),
      value: fc.array(value.map((text) => `§${text}`)),
    }),
  );
  const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }),
      fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }),
      fc.record({ not: tie('filter') }),
    ),
  }));
  fc.assert(
    fc.property(filter, (tree) => {
      const { where, params } = buildFilter(tree, COLUMNS);
      assert.ok(!where.includes('§'));
      assert.equal(where.match(/current_setting\('waybill\.p\d+'\)/g)?.length ?? 0, params.length);
    }),
    { seed: 230, numRuns: 300 },
  );
});

test('a filter that is too deep, or has a NUL character, is refused', () => {
  let deep: Filter = { field: 'id', op: 'eq', value: '1' };
  for (let level = 0; level < 30; level += 1) deep = { not: deep };
  assert.throws(() => buildFilter(deep, COLUMNS), { code: 'request.invalid' });
  assert.throws(() => buildFilter({ field: 'id', op: 'eq', value: 'a\0' }, COLUMNS), {
    code: 'request.invalid',
  });
  assert.throws(() => buildFilter({ field: '__proto__', op: 'eq', value: 'a' }, COLUMNS), {
    code: 'request.invalid',
  });
});
