/** Which keys are the same is for the index to say: collations, types and operator classes with an equality of their own. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { countsOf, createEngine, type Engine, rowsOf } from './harness.ts';
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

interface EqualityCase {
  readonly name: string;
  readonly type: string;
  readonly schema: object;
  /** Index over `k`; a primary key by default. */
  readonly index?: string;
  readonly there: string;
  /** Another spelling of what is there, two of one value, and one that is like none. */
  readonly same: string;
  readonly twice: readonly [string, string];
  readonly other: string;
}

const TEXT = { type: 'string' };
const NUMBER = { type: 'number' };

const CASES: readonly EqualityCase[] = [
  {
    name: 'citext',
    type: 'citext',
    schema: TEXT,
    there: 'ann',
    same: 'ANN',
    twice: ['bob', 'Bob'],
    other: 'c',
  },
  {
    name: 'a collation that ignores case',
    type: 'text collate any_case',
    schema: TEXT,
    there: 'ann',
    same: 'ANN',
    twice: ['bob', 'Bob'],
    other: 'c',
  },
  {
    name: 'a collation that ignores accents',
    type: 'varchar(10) collate no_accents',
    schema: TEXT,
    there: 'jose',
    same: 'José',
    twice: ['zoe', 'ZOÉ'],
    other: 'c',
  },
  {
    name: 'a collation of the index alone',
    type: 'text',
    index: '(k collate any_case)',
    schema: TEXT,
    there: 'ann',
    same: 'ANN',
    twice: ['bob', 'Bob'],
    other: 'c',
  },
  {
    name: 'a collation in another order',
    type: 'text collate "C"',
    schema: TEXT,
    there: 'b',
    same: 'b',
    twice: ['a', 'a'],
    other: 'B',
  },
  {
    name: 'padded text',
    type: 'char(5)',
    schema: TEXT,
    there: 'ab',
    same: 'ab ',
    twice: ['x', 'x  '],
    other: 'y',
  },
  {
    name: 'numbers of any scale',
    type: 'numeric',
    schema: NUMBER,
    there: '1.5',
    same: '1.50',
    twice: ['2', '2.00'],
    other: '3',
  },
  {
    name: 'floats',
    type: 'float8',
    schema: NUMBER,
    there: '0.1',
    same: '0.10000000000000001',
    twice: ['1e3', '1000'],
    other: '3',
  },
  {
    name: 'intervals',
    type: 'interval',
    schema: TEXT,
    there: '1 day',
    same: '24 hours',
    twice: ['1 month', '30 days'],
    other: '3 s',
  },
  {
    name: 'addresses',
    type: 'inet',
    schema: TEXT,
    there: '10.0.0.1',
    same: '10.0.0.1/32',
    twice: ['::1', '0:0::1'],
    other: '::2',
  },
  {
    name: 'an operator class of one’s own',
    type: 'int',
    index: '(k mod_ops)',
    schema: { type: 'integer' },
    there: '1',
    same: '11',
    twice: ['2', '12'],
    other: '3',
  },
];

/** That a column of floats rounds is told elsewhere. */
function roundingOf({ type }: EqualityCase, field: string): object {
  return type === 'float8' ? { fields: { [field]: { rounding: 'accept' } } } : {};
}

describe('records with one key', () => {
  for (const [at, made] of CASES.entries()) {
    for (const duplicates of ['error', 'last'] as const) {
      test(`${made.name}, duplicates: ${duplicates}`, async () => {
        const table = `equal_${at}_${duplicates}`;
        const { same, twice, other } = made;
        await engine.database.pool.query(`
          create table ${table} (k ${made.type}${made.index === undefined ? ' primary key' : ''}, v int, u ${made.type});
          ${made.index === undefined ? '' : `create unique index on ${table} ${made.index};`}
          create unique index ${table}_beside on ${table} ${made.index?.replace('k', 'u') ?? '(u)'};
          insert into ${table} values ('${made.there}', 0, '${made.there}')`);
        await engine.apply({
          name: table,
          key: ['k'],
          target: { table },
          schema: { type: 'object', properties: { k: made.schema, v: { type: 'integer' } } },
          ...roundingOf(made, 'k'),
        });
        const file = `k,v\n${twice[0]},1\n${same},2\n${other},3\n${twice[1]},4\n`;
        const request = {
          collection: table,
          source: { upload: await engine.upload(file) },
          duplicates,
          effects: true,
          dialect: { header: true },
        };
        const validation = await engine.validate(request, { maxChunkRecords: 1 });
        const imported = await engine.import(request, { maxChunkRecords: 3 });
        assert.equal(imported.job.failure?.message, undefined);
        assert.deepEqual(imported.issues, validation.issues);
        assert.deepEqual(countsOf(imported.job), countsOf(validation.job));
        const isError = duplicates === 'error';
        assert.deepEqual(countsOf(imported.job), {
          created: 2,
          updated: 1,
          ...(isError ? { rejected: 1 } : { skipped: 1 }),
        });
        assert.deepEqual(
          imported.issues.map(({ record, code, params }) => [record, code, params]),
          isError ? [[4, 'key.duplicate', { other: 1 }]] : [],
        );
        const rows = (await rowsOf(engine, table)) as { v: number }[];
        assert.deepEqual(
          rows.map(({ v }) => v).toSorted((a, b) => a - b),
          duplicates === 'last' ? [2, 3, 4] : [1, 2, 3],
        );
      });
    }
    test(`${made.name}: a unique index beside the key`, async () => {
      const table = `beside_${at}`;
      const { same, twice, other } = made;
      await engine.database.pool.query(`
        create table ${table} (id int primary key, u ${made.type});
        create unique index ${table}_u on ${table} ${made.index?.replace('k', 'u') ?? '(u)'};
        insert into ${table} values (9, '${made.there}')`);
      await engine.apply({
        name: table,
        key: ['id'],
        target: { table },
        schema: { type: 'object', properties: { id: { type: 'integer' }, u: made.schema } },
        ...roundingOf(made, 'u'),
      });
      const file = `id,u\n1,${twice[0]}\n2,${same}\n3,${other}\n4,${twice[1]}\n`;
      const request = { collection: table, source: { upload: await engine.upload(file) }, effects: true };
      const validation = await engine.validate(request, { maxChunkRecords: 1 });
      const imported = await engine.import(request, { maxChunkRecords: 3 });
      assert.deepEqual(imported.issues, validation.issues);
      assert.deepEqual(countsOf(imported.job), countsOf(validation.job));
      assert.deepEqual(
        imported.issues.map(({ record, code, params }) => [record, code, params]),
        [
          [2, 'unique.conflict', { constraint: `${table}_u` }],
          [4, 'unique.duplicate', { constraint: `${table}_u`, other: 1 }],
        ],
      );
    });
  }
});

test('exclusion constraints are judged for the file and the target, wherever chunks begin', async () => {
  await engine.database.pool.query(`
    create table bookings (id int primary key, span int4range, constraint no_overlap exclude using gist (span with &&) where (id < 100));
    insert into bookings values (50, '[10,20)')`);
  await engine.apply({
    name: 'bookings',
    key: ['id'],
    target: { table: 'bookings' },
    schema: { type: 'object', properties: { id: { type: 'integer' }, span: { type: 'string' } } },
  });
  // 2 clashes with 1 and is out, so 3 may stay; 4 clashes with what is there; 5 and 6 are outside of the rule.
  const file = 'id;span\n1;[1,4)\n2;[3,6)\n3;[5,8)\n4;[15,16)\n105;[1,4)\n106;[15,16)\n50;[30,40)\n';
  const request = { collection: 'bookings', source: { upload: await engine.upload(file) }, effects: true };
  const validation = await engine.validate(request, { maxChunkRecords: 1 });
  const imported = await engine.import(request, { maxChunkRecords: 2 });
  assert.equal(imported.job.failure?.message, undefined);
  assert.deepEqual(imported.issues, validation.issues);
  assert.deepEqual(countsOf(imported.job), countsOf(validation.job));
  assert.deepEqual(
    imported.issues.map(({ record, code, params }) => [record, code, params]),
    [
      [2, 'exclusion.duplicate', { constraint: 'no_overlap', other: 1 }],
      [4, 'exclusion.conflict', { constraint: 'no_overlap' }],
    ],
  );
  assert.deepEqual(countsOf(imported.job), { created: 4, updated: 1, rejected: 2 });
});
