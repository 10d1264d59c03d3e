/** Unique indexes under which nulls are one value (nulls not distinct): with any equality of the others, a validation says what the import does. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createEngine, type Engine } from './harness.ts';
import { createOddEqualities } from './odd-equalities.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
  await createOddEqualities(engine);
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

describe('nulls that are one value', () => {
  const cases: readonly [
    name: string,
    type: string,
    parts: string,
    same: readonly [string, string],
    schema: object,
  ][] = [
    ['of a usual type', 'int', 'u', ['7', '7'], { type: ['integer', 'null'] }],
    ['by an operator class of one’s own', 'int', 'u mod_ops', ['7', '17'], { type: ['integer', 'null'] }],
    ['beside another column', 'int', 'u mod_ops, w', ['7', '17'], { type: ['integer', 'null'] }],
    ['behind another column', 'int', 'w, u mod_ops', ['7', '17'], { type: ['integer', 'null'] }],
    ['in an expression', 'int', '(u + 0) mod_ops', ['7', '17'], { type: ['integer', 'null'] }],
    ['under a collation', 'text collate any_case', 'u', ['x', 'X'], { type: ['string', 'null'] }],
    ['in part of the rows', 'int', 'u mod_ops', ['7', '17'], { type: ['integer', 'null'] }],
  ];
  for (const [at, [name, type, parts, [one, other], schema]] of cases.entries()) {
    for (const isThere of [false, true]) {
      test(`${name}, ${isThere ? 'with one in the table' : 'in the file alone'}`, async () => {
        const table = `nulls_${at}_${isThere}`;
        await engine.database.pool.query(`
          create table ${table} (k int primary key, u ${type}, w int);
          create unique index ${table}_u on ${table} (${parts}) nulls not distinct ${name.startsWith('in part') ? 'where k < 100' : ''};
          ${isThere ? `insert into ${table} values (99, null, 1)` : ''}`);
        const integer = { type: ['integer', 'null'] };
        await engine.apply({
          name: table,
          key: ['k'],
          target: { table },
          schema: { type: 'object', properties: { k: { type: 'integer' }, u: schema, w: integer } },
          fields: { u: { empty: 'null' } },
        });
        const file = `k,u,w\n1,,1\n2,${one},1\n3,,1\n4,${other},1\n`;
        // What the table has as well may be told beside.
        const rejected = isThere ? [1, 3, 4] : [3, 4];
        const codes = isThere ? ['unique.conflict', 'unique.duplicate'] : ['unique.duplicate'];
        for (const kind of ['validate', 'import'] as const) {
          const { job, issues } = await engine[kind]({
            collection: table,
            source: { upload: await engine.upload(file) },
            dialect: { header: true },
          });
          assert.equal(job.failure?.message, undefined);
          assert.deepEqual([...new Set(issues.map(({ record }) => record))], rejected, kind);
          assert.deepEqual([...new Set(issues.map(({ code }) => code))].toSorted(), codes, kind);
        }
      });
    }
  }
});
