/** Records that refer to records of the same file: neither their order nor the chunks decide, and only the guilty ones are rejected. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { runsOf } from '../support/share-of-runs.ts';
import { countsOf, createEngine, type Engine, rowsOf } from './harness.ts';

/** All of them: a mutation of what rejected records give is met by the eleventh. */
const CASES = runsOf(20, 20);
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_260_105);

/** The key to itself, in the ways in which there may be one. */
const KEYS = {
  plain: 'constraint has_boss references TABLE',
  deferred: 'constraint has_boss references TABLE deferrable initially deferred',
  deferrable: 'constraint has_boss references TABLE deferrable',
  cascading: 'constraint has_boss references TABLE on delete cascade on update cascade',
} as const;

interface Person {
  readonly name: string;
  readonly boss: string | null;
  /** Breaks a rule of the collection (`long`), or of the table (`nought`). */
  readonly flaw: 'none' | 'long' | 'nought';
}

let engine: Engine;
let made = 0;
before(async () => {
  engine = await createEngine();
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

async function makeTable(key: keyof typeof KEYS): Promise<string> {
  const table = `staff_${(made += 1)}`;
  await engine.database.pool.query(
    `create table ${table} (name text primary key, boss text ${KEYS[key].replace('TABLE', table)}, age int check (age > 0), extra text default 'kept')`,
  );
  await engine.apply({
    name: table,
    key: ['name'],
    target: { table },
    schema: {
      type: 'object',
      properties: {
        name: { type: 'string' },
        boss: { type: ['string', 'null'] },
        age: { type: 'integer', maximum: 99 },
      },
    },
  });
  return table;
}

function toCsv(people: readonly Person[]): string {
  const ages = { none: '30', long: '100', nought: '0' };
  const lines = people.map(({ name, boss, flaw }) => `${name},${boss ?? ''},${ages[flaw]}`);
  return ['name,boss,age', ...lines, ''].join('\n');
}

async function runBoth(
  table: string,
  people: readonly Person[],
  options: object,
  chunks: readonly [number, number],
) {
  const source = { upload: await engine.upload(toCsv(people)) };
  const dialect = { format: 'csv' as const, header: true, delimiter: ',' };
  const request = { collection: table, source, dialect, effects: true, ...options };
  const validation = await engine.validate(request, { maxChunkRecords: chunks[0] });
  const imported = await engine.import(request, { maxChunkRecords: chunks[1] });
  assert.deepEqual(imported.issues, validation.issues);
  return { validation, imported };
}

/** What must become of each: the codes, by name. */
function foresee(
  people: readonly Person[],
  existing: readonly string[],
  isStrict: boolean,
): Map<string, string> {
  const codes = new Map<string, string>();
  for (const { name, flaw } of people) {
    if (flaw === 'long') codes.set(name, 'field.out_of_range');
    if (flaw === 'nought') codes.set(name, 'check.violated');
  }
  for (let isMoving = true; isMoving; ) {
    isMoving = false;
    for (const { name, boss } of people) {
      if (codes.has(name) || boss === null || existing.includes(boss)) continue;
      const isInFile = people.some((one) => one.name === boss);
      if (isInFile && (isStrict || !codes.has(boss))) continue;
      codes.set(name, isInFile ? 'reference.rejected' : 'reference.not_found');
      isMoving = true;
    }
  }
  return codes;
}

const NAMES = 'ann bob cid dan eve fay gus hal ida jim'.split(' ');

const people = fc
  .tuple(
    fc.shuffledSubarray(NAMES, { minLength: 1 }),
    fc.array(
      fc.record({
        boss: fc.oneof(
          { weight: 8, arbitrary: fc.constantFrom(...NAMES) },
          fc.constantFrom('old', 'nobody', null),
        ),
        flaw: fc.constantFrom<Person['flaw']>(
          'none',
          'none',
          'none',
          'none',
          'none',
          'none',
          'long',
          'nought',
        ),
      }),
      { minLength: NAMES.length, maxLength: NAMES.length },
    ),
  )
  .map(([names, rest]) => names.map((name, at): Person => ({ name, boss: null, flaw: 'none', ...rest[at] })));

test('any file comes to the same, whatever its order and the chunks', {
  timeout: 600_000 + CASES * 20_000,
}, async () => {
  const property = fc.asyncProperty(
    people,
    fc.constantFrom(...(Object.keys(KEYS) as (keyof typeof KEYS)[])),
    fc.constantFrom<'chunk' | 'all'>('chunk', 'chunk', 'all'),
    fc.constantFrom<'insert' | 'upsert'>('insert', 'upsert'),
    fc.tuple(fc.constantFrom(1, 3, 1000), fc.constantFrom(1, 2, 3, 1000)),
    async (made, key, atomicity, mode, chunks) => {
      const table = await makeTable(key);
      await engine.database.pool.query(`insert into ${table} values ('old', null, 60)`);
      const { validation, imported } = await runBoth(table, made, { atomicity, mode }, chunks);
      const codes = foresee(made, ['old'], atomicity === 'all');
      assert.deepEqual(
        imported.issues.map(({ record, code }) => [made[record - 1]?.name, code]),
        made.flatMap(({ name }) => (codes.has(name) ? [[name, codes.get(name)]] : [])),
      );
      const accepted =
        atomicity === 'all' && codes.size > 0 ? [] : made.filter(({ name }) => !codes.has(name));
      const rows = (await rowsOf(engine, table)) as { name: string; boss: string | null }[];
      assert.deepEqual(
        new Map(rows.map(({ name, boss }) => [name, boss])),
        new Map([...accepted.map(({ name, boss }) => [name, boss] as const), ['old', null]]),
      );
      if (accepted.length > 0) assert.deepEqual(countsOf(imported.job), countsOf(validation.job));
      assert.equal(await countStaging(), 0);
    },
  );
  await fc.assert(property, { numRuns: CASES, seed: SEED });
});

/** Tables in which records wait, of jobs that have ended. */
async function countStaging(): Promise<number> {
  const { rows } = await engine.database.pool.query<{ count: number }>(
    `select count(*)::int as count from pg_class where relkind = 'r' and starts_with(relname, 'stage_')`,
  );
  return rows[0]?.count ?? 0;
}

test('a circle beside a record that only the database refuses is written, chunk by chunk', async () => {
  const table = await makeTable('plain');
  await engine.database.pool.query(`
    create function no_dan() returns trigger language plpgsql as $$ begin
      if new.name = 'dan' then raise exception 'not dan'; end if; return null; end $$;
    create trigger no_dan after insert on ${table} for each row execute function no_dan()`);
  const circle: Person[] = [
    { name: 'ann', boss: 'bob', flaw: 'none' },
    { name: 'dan', boss: null, flaw: 'none' },
    { name: 'bob', boss: 'ann', flaw: 'none' },
    { name: 'cid', boss: 'bob', flaw: 'none' },
    { name: 'eve', boss: 'dan', flaw: 'none' },
  ];
  const source = { upload: await engine.upload(toCsv(circle)) };
  for (const maxChunkRecords of [1, 2, 1000]) {
    await engine.database.pool.query(`truncate ${table}`);
    const { job, issues } = await engine.import(
      { collection: table, source, mode: 'insert' },
      { maxChunkRecords },
    );
    assert.deepEqual(
      issues
        .map(({ record, code }) => [record, code])
        .toSorted(([one = 0], [other = 0]) => Number(one) - Number(other)),
      [
        [2, 'database.refused'],
        [5, 'database.refused'],
      ],
      `chunks of ${maxChunkRecords}`,
    );
    assert.deepEqual(countsOf(job), { created: 3, rejected: 2 });
  }
});

test('keys of several columns, to another column than the key, and with a match in full', async () => {
  await engine.database.pool.query(`
    create table parts (id int primary key, kind text, code int, of_kind text, of_code int, unique (kind, code),
      constraint part_of foreign key (of_kind, of_code) references parts (kind, code) match full)`);
  await engine.apply({
    name: 'parts',
    key: ['id'],
    target: { table: 'parts' },
    schema: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        kind: { type: 'string' },
        code: { type: 'integer' },
        of_kind: { type: ['string', 'null'] },
        of_code: { type: ['integer', 'null'] },
      },
    },
  });
  const source = {
    upload: await engine.upload(`id,kind,code,of_kind,of_code
1,a,1,b,2
2,b,2,,
3,c,3,b,
4,d,4,b,3
5,e,5,c,3
`),
  };
  for (const maxChunkRecords of [1000, 1]) {
    await engine.database.pool.query('truncate parts');
    const request = { collection: 'parts', source, mode: 'insert' as const, effects: true };
    const validation = await engine.validate(request);
    const imported = await engine.import(request, { maxChunkRecords });
    assert.deepEqual(imported.issues, validation.issues);
    assert.deepEqual(
      imported.issues.map(({ record, code, params }) => [record, code, params['field']]),
      [
        [3, 'reference.not_found', 'kind, code'],
        [4, 'reference.not_found', 'kind, code'],
        [5, 'reference.rejected', 'kind, code'],
      ],
    );
    assert.deepEqual(countsOf(imported.job), { created: 2, rejected: 3 });
  }
});
