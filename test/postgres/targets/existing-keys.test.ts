/** Which keys of a chunk exist is found out in several ways, the cheapest first; all must come to the same. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { runsOf } from '../../support/share-of-runs.ts';
import {
  chunkOf,
  collectionOf,
  createTargetBench,
  nonZero,
  runJob,
  type TargetBench,
} from './target-harness.ts';

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
});
after(() => bench.database.drop());

/** Tables by the kind of their key; each has a column `account` that is in the scope, or not in use. */
const KEYS = {
  integer: { key: 'id bigint primary key', isScoped: false },
  text: { key: 'id text primary key', isScoped: false },
  'text in the order of another collation': {
    key: 'id text collate "und-x-icu"',
    unique: '(id collate "C")',
    isScoped: false,
  },
  'text for patterns': { key: 'id text', unique: '(id text_pattern_ops)', isScoped: false },
  'integer, falling': { key: 'id int', unique: '(id desc)', isScoped: false },
  uuid: { key: 'id uuid primary key', isScoped: false },
  'scope, integer': { key: 'id int', unique: '(account, id)', isScoped: true },
  'integer, scope': { key: 'id int', unique: '(id, account)', isScoped: true },
  'integer outside the scope': { key: 'id int primary key', isScoped: true },
  partial: { key: 'id int', unique: '(id) where id > 4', isScoped: false, keyIndex: true },
} as const;

const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 8 });

/** Both sides of a partial index, keys before, between and behind those that exist, and of these some that change and some that do not. */
const MIXED: [number[], number[]] = [
  [2, 3, 5, 8, 9],
  [1, 2, 3, 6, 8, 9, 12],
];

let tables = 0;
for (const [name, { key, isScoped, ...rest }] of Object.entries(KEYS)) {
  test(`a key of ${name}: each record is created, updated or unchanged, whatever lies between`, async () => {
    await fc.assert(
      fc.asyncProperty(numbers, numbers, async (existing, given) => {
        if (given.length === 0) return;
        const { pool } = bench.database;
        tables += 1;
        const table = `keyed_${tables}`;
        await pool.query(`create table ${table} (account int default 1, ${key}, name text)`);
        if ('unique' in rest) await pool.query(`create unique index ${table}_key on ${table} ${rest.unique}`);
        const idOf = (n: number) =>
          name === 'uuid' ? `00000000-0000-0000-0000-0000000000${10 + n}` : String(n);
        for (const n of existing) {
          await pool.query(`insert into ${table} (id, name) values ($1, $2)`, [
            idOf(n),
            n % 2 === 0 ? 'same' : 'old',
          ]);
        }
        const type = name.includes('text') ? 'text' : name === 'uuid' ? 'uuid' : 'integer';
        const collection = collectionOf(`id:${type} name`, {
          table,
          scope: isScoped ? ['account'] : [],
          ...('keyIndex' in rest && { keyIndex: `${table}_key` }),
        });
        const isKnown = (n: number) => existing.includes(n) && !('keyIndex' in rest && n <= 4);
        const job = { collection, scope: isScoped ? { account: '1' } : {} };
        const chunk = () => chunkOf(given.map((n) => [idOf(n), 'same']));
        const known = given.filter(isKnown);
        const wanted = nonZero({
          ...NONE,
          created: given.length - known.length,
          updated: known.filter((n) => n % 2 === 1).length,
          unchanged: known.filter((n) => n % 2 === 0).length,
        });
        const inserted = await runJob(bench.target, { ...job, kind: 'validation', mode: 'insert' }, [
          chunk(),
        ]);
        assert.equal(inserted.issues.filter(({ code }) => code === 'key.exists').length, known.length);
        const foreseen = await runJob(bench.target, { ...job, kind: 'validation', effects: true }, [chunk()]);
        assert.deepEqual(nonZero(foreseen.counts), wanted);
        const written = await runJob(bench.target, job, [chunk()]);
        assert.deepEqual(nonZero(written.counts), wanted);
        assert.deepEqual(written.issues, []);
        const again = await runJob(bench.target, job, [chunk()]);
        assert.deepEqual(nonZero(again.counts), expectAgain(given, 'keyIndex' in rest));
        await pool.query(`drop table ${table}`);
      }),
      { numRuns: runsOf(4), seed: 11, examples: [MIXED] },
    );
  });
}

const NONE = {
  created: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  skipped: 0,
  rejected: 0,
  warned: 0,
  removed: 0,
};

/** Rows outside a partial index are never found again. */
function expectAgain(given: readonly number[], isPartial: boolean) {
  const outside = isPartial ? given.filter((n) => n <= 4).length : 0;
  return nonZero({ ...NONE, created: outside, unchanged: given.length - outside });
}
