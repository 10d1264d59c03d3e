/** Values that rows take from each other, under constraints that are checked when all of them are there. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { runsOf } from '../support/share-of-runs.ts';
import { countsOf, createEngine, type Engine } from './harness.ts';

/** Fewer meet none that takes values of others and is accepted. */
const CASES = runsOf(20, 20);
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_260_106);

let engine: Engine;
let made = 0;
before(async () => {
  engine = await createEngine();
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

async function makeTable(constraint: string): Promise<string> {
  const table = `places_${(made += 1)}`;
  await engine.database.pool.query(
    `create table ${table} (id int primary key deferrable initially deferred, pos int, name text, constraint ${table}_pos ${constraint})`,
  );
  await engine.apply({
    name: table,
    key: ['id'],
    target: { table },
    schema: { type: 'object', properties: { id: { type: 'integer' }, pos: { type: ['integer', 'null'] } } },
  });
  return table;
}

/** The constraint, and whether it may wait; positions clash as the constraint says. */
const CONSTRAINTS: Readonly<Record<string, { sql: string; waits: boolean }>> = {
  'unique, deferred': { sql: 'unique (pos) deferrable initially deferred', waits: true },
  'unique, deferrable': { sql: 'unique (pos) deferrable', waits: true },
  'unique, plain': { sql: 'unique (pos)', waits: false },
  'exclusion, deferred': {
    sql: `exclude using gist (int4range(pos, pos, '[]') with &&) deferrable initially deferred`,
    waits: true,
  },
  'exclusion, plain': { sql: `exclude using gist (int4range(pos, pos, '[]') with &&)`, waits: false },
};

type Place = readonly [id: number, pos: number | null];

/** At most one of each id, and of the rows that are there one at each position. */
const places = (ids: number, isFree: boolean): fc.Arbitrary<readonly Place[]> =>
  fc
    .tuple(
      fc.shuffledSubarray(Array.from({ length: ids }, (_, at) => at + 1)),
      fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 8, maxLength: 8 }),
    )
    .map(([some, different, any]) =>
      some.map((id, at): Place => [id, (isFree && at % 6 === 5 ? any[at] : different[at]) ?? null]),
    );

test('a permutation is accepted exactly where the state at the end is valid', {
  timeout: 600_000 + CASES * 20_000,
}, async () => {
  let accepted = 0;
  const property = fc.asyncProperty(
    fc.constantFrom(...Object.keys(CONSTRAINTS)),
    places(4, false),
    places(5, true),
    fc.constantFrom<'upsert' | 'update' | 'replace'>('upsert', 'upsert', 'update', 'replace'),
    fc.constantFrom(1, 2, 1000),
    async (name, existing, records, mode, maxChunkRecords) => {
      const { sql, waits } = CONSTRAINTS[name] as (typeof CONSTRAINTS)[string];
      const isKnown = ([id]: Place) => existing.some(([other]) => other === id);
      const wanted = mode === 'update' ? records.filter(isKnown) : records;
      if (wanted.length === 0) return;
      const table = await makeTable(sql);
      for (const row of existing)
        await engine.database.pool.query(`insert into ${table} (id, pos) values ($1, $2)`, [...row]);
      const text = ['id,pos', ...wanted.map(([id, pos]) => `${id},${pos}`), ''].join('\n');
      const request = {
        collection: table,
        source: { upload: await engine.upload(text) },
        dialect: { format: 'csv' as const, header: true, delimiter: ',' },
        mode,
        atomicity: mode === 'replace' ? ('chunk' as const) : ('all' as const),
        effects: true,
      };
      const validation = await engine.validate(request, { maxChunkRecords });
      const imported = await engine.import(request, { maxChunkRecords });
      assert.deepEqual(imported.issues, validation.issues);

      // Rows that replace will delete have their values until then.
      const end = new Map([...existing, ...wanted]);
      const isValid = new Set(end.values()).size === end.size;
      const takesOthers = wanted.some(([id, pos]) =>
        existing.some(([other, taken]) => other !== id && taken === pos),
      );
      const isAccepted = isValid && (waits || !takesOthers);
      assert.equal(imported.issues.length === 0, isAccepted, JSON.stringify(imported.issues));
      assert.equal(imported.job.state, isAccepted ? 'succeeded' : 'failed', imported.job.failure?.message);
      if (!isAccepted) return;
      accepted += takesOthers ? 1 : 0;
      assert.deepEqual(countsOf(imported.job), countsOf(validation.job));
      const { rows } = await engine.database.pool.query<{ id: number; pos: number }>(
        `select id, pos from ${table}`,
      );
      const kept = mode === 'replace' ? new Map(wanted) : end;
      assert.deepEqual(new Map(rows.map(({ id, pos }) => [id, pos])), kept);
    },
  );
  await fc.assert(property, { numRuns: CASES, seed: SEED });
  assert.ok(accepted > 0, 'some case takes values of others and is accepted');
});

test('beside a record that only the database refuses, those that take values of others are innocent', async () => {
  const table = await makeTable('unique (pos) deferrable initially deferred');
  await engine.database.pool.query(`
    insert into ${table} (id, pos) values (1, 1), (2, 2), (3, 3);
    create function no_nine() returns trigger language plpgsql as $$ begin
      if new.pos = 9 then raise exception 'not nine'; end if; return null; end $$;
    create trigger no_nine after insert or update on ${table} for each row execute function no_nine()`);
  const source = { upload: await engine.upload('id,pos\n1,2\n2,1\n3,9\n') };
  const { job, issues } = await engine.import({ collection: table, source, atomicity: 'all' });
  assert.equal(job.failure?.code, 'job.not_all_accepted');
  assert.deepEqual(
    issues.map(({ record, code }) => [record, code]),
    [[3, 'database.refused']],
  );
});
